"""Linkage against the truth of invented worlds: who is of one matter, how sure, and the same whatever the order."""

import csv

import duckdb
import pandas as pd
import pytest

from sources.readers import keyed_hash
from transforms.linkage import links
from transforms.linkage.plan import plan

HASHED = ("fbi", "hsi", "dol_oig")


def linked(records, decisions=(), order="record_key"):
    """The links of a frame or file of records, and what the model learnt."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(f"create table record as select * from '{records}' order by {order}")
        con.execute("create table decision (key_l varchar, key_r varchar, is_same boolean)")
        if decisions:
            con.executemany("insert into decision values (?, ?, ?)", decisions)
        links.find(con, plan())
        return con.execute("select * from link").df()


def truth(workspace, records):
    """The matter of every record that was referred, filed or taken up and whose matter the hub has."""
    hasher = keyed_hash(workspace.key())
    with (workspace.root / "truth" / "links.csv").open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["level"] == "case"]
    found = {}
    for row in rows:
        record = hasher(row["record"]) if row["source"] in HASHED else row["record"]
        found[f"{row['source']}/{record}"] = "eousa/" + row["of"].replace("-", "/", 1)
    known = set(pd.read_parquet(records)["record_key"])
    return {record: matter for record, matter in found.items() if record in known and matter in known}


def records_of(workspace, folder):
    path = folder / "record.parquet"
    with duckdb.connect(str(workspace.warehouse), read_only=True) as con:
        con.execute(f"copy mart.agency_record to '{path}' (format parquet)")
    return path


@pytest.fixture(scope="module")
def world(demo, tmp_path_factory):
    """(records, truth, links) of the demo's world."""
    records = records_of(demo[0], tmp_path_factory.mktemp("records"))
    return records, truth(demo[0], records), linked(records)


def precision_and_recall(found, true, cut):
    kept = found[found.probability >= cut]
    right = sum(true.get(key) == matter for key, matter in zip(kept.key_l, kept.key_r, strict=True))
    return right / len(kept), right / len(true)


def judged(found, true):
    assert len(true) > 500
    precision, recall = precision_and_recall(found, true, plan().thresholds["middle"])
    assert precision >= 0.98
    assert recall >= 0.90


def test_links_are_right_and_most_are_found(world):
    _, true, found = world
    judged(found, true)


def test_a_stricter_threshold_is_more_precise_and_finds_less(world):
    _, true, found = world
    cuts = plan().thresholds
    scores = [precision_and_recall(found, true, cuts[name]) for name in ("loose", "middle", "strict")]
    assert [p for p, _ in scores] == sorted(p for p, _ in scores)
    assert [r for _, r in scores] == sorted((r for _, r in scores), reverse=True)


def test_the_model_is_no_surer_than_it_may_be(world):
    """Of links in a band of probability at least the lower end is right, but for chance (three standard errors)."""
    _, true, found = world
    for low, high in ((0.5, 0.9), (0.9, 0.99), (0.99, 1.01)):
        band = found[(found.probability >= low) & (found.probability < high)]
        right = [true.get(k) == m for k, m in zip(band.key_l, band.key_r, strict=True)]
        assert sum(right) >= len(band) * low - 3 * (len(band) * low * (1 - low)) ** 0.5


def test_a_record_has_one_link_and_a_matter_one_of_each_source_unless_a_key_says_more(world):
    _, _, found = world
    assert found.key_l.is_unique
    by_key = {step.key for step in plan().passes if step.kind == "key"}
    assert not found[~found["pass"].isin(by_key)].duplicated(["key_r", "source"]).any()


def test_the_order_of_arrival_changes_no_byte(world):
    records, _, found = world
    pd.testing.assert_frame_equal(linked(records, order="hash(record_key)"), found, check_exact=True)


def test_a_decision_stands_whatever_the_model_says(world):
    records, _, found = world
    apart, other = found[found["pass"] == "model"].iloc[0], found[found["pass"] == "referral"].iloc[0]
    new = linked(records, [(apart.key_l, apart.key_r, False), (other.key_l, apart.key_r, True)]).set_index("key_l")
    assert apart.key_l not in new.index or new.loc[apart.key_l, "key_r"] != apart.key_r
    assert new.loc[other.key_l, ["key_r", "pass", "probability"]].tolist() == [apart.key_r, "review", 1.0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 1591])
def test_links_are_right_in_other_worlds(tmp_path, seed):
    from pipelines.refresh import refresh
    from sources.synthetic import generate
    from tests.world import quick_workspace

    workspace = quick_workspace(tmp_path / "world")
    generate(workspace.root, seed=seed, scale=0.2, n_deliveries=1)
    refresh(workspace)
    records = records_of(workspace, tmp_path)
    judged(linked(records), truth(workspace, records))
