"""Linkage against the truth of invented worlds: who is of one matter, how sure, and the same whatever the order."""

import csv
import datetime as dt

import duckdb
import openpyxl
import pandas as pd
import pytest

from pipelines.workspace import Workspace
from sources.readers import keyed_hash
from transforms.linkage import ledger, links
from transforms.linkage.plan import plan
from transforms.linkage.published import fields, measures

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


def test_ends_of_a_range_lie_in_the_order_of_the_thresholds(demo):
    """A share that grows with links: strict <= middle <= loose, in every period."""
    shares = [key for key, fact in measures().items() if fact["kind"] == "share"]
    linked = table(demo, "linked").query("status == 'shown'")
    linked = linked[linked["measure"].isin(shares)]
    wide = linked.pivot(index=["measure", "period"], columns="threshold", values="value").dropna()
    assert len(wide) >= 3
    assert (wide["strict"] <= wide["middle"]).all() and (wide["middle"] <= wide["loose"]).all()
    assert (wide["strict"] < wide["loose"]).any()


def test_small_counts_of_links_are_hidden_and_nothing_else(demo):
    workspace, _ = demo
    least = workspace.settings.disclosure.threshold
    for name, guarded in (("links", ["n"]), ("linked", ["numerator", "denominator"]), ("relinks", ["n"])):
        frame = table(demo, name)
        hidden = frame["status"] == "suppressed"
        assert frame.loc[hidden, guarded].isna().all().all()
        assert ((frame.loc[~hidden, guarded] == 0) | (frame.loc[~hidden, guarded] >= least)).all().all()
    differ = table(demo, "disagreement").query("status == 'shown'")
    rest = differ["n_compared"] - differ["n_differ"]
    assert len(differ) > 5 and (rest.eq(0) | rest.ge(least)).all()


def table(demo, name):
    workspace, outcome = demo
    return pd.read_parquet(workspace.editions / outcome.edition / "tables" / f"{name}.parquet")


def test_the_share_of_right_links_that_is_published_is_about_true(demo, world):
    _, true, found = world
    kept = found[found.probability >= plan().thresholds["middle"]]
    for row in table(demo, "links").query("status == 'shown' and n > 0").itertuples():
        part = kept[(kept.source == row.source) & (kept["pass"] == row[2])]
        right = sum(true.get(k) == m for k, m in zip(part.key_l, part.key_r, strict=True))
        assert len(part) == row.n
        assert right / row.n >= row.precision - 0.05, row


def test_records_that_move_between_views_are_in_the_ledger():
    with duckdb.connect() as con:
        rows = "('a', 'fbi'), ('b', 'fbi'), ('c', 'hsi'), ('d', 'hsi'), ('new', 'hsi')"
        con.execute(f"create table record as select * from (values {rows}) as t(record_key, source)")
        con.execute("create table record_before as select * from record where record_key <> 'new'")
        links = "create table {} as select * from (values {}) as t(key_l, key_r, probability)"
        con.execute(links.format("link_before", "('b', 'm1', 0.99), ('c', 'm2', 0.95), ('d', 'm4', 0.97)"))
        con.execute(links.format("link", "('a', 'm1', 0.95), ('b', 'm3', 0.99), ('c', 'm2', 0.6), ('d', 'm4', 0.91),"
                                         " ('new', 'm2', 1.0)"))  # fmt: skip
        moved = ledger.relinked(con, 0.9, dt.date(2026, 8, 31), dt.date(2026, 9, 30))
    assert moved[["record_key", "kind", "matter_before", "matter_after"]].fillna("").values.tolist() == [
        ["a", "joined", "", "m1"], ["b", "moved", "m1", "m3"], ["c", "left", "m2", ""],
    ]  # fmt: skip


def test_decisions_of_a_workbook_hold_and_a_spoilt_one_is_refused(demo, tmp_path):
    from pipelines import linking, review
    from sources.errors import WorkspaceError

    path = tmp_path / "review.xlsx"
    n = review.write(demo[0], path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert n == sheet.max_row - 2 > 0
    pair = sheet["A3"].value, sheet["B3"].value
    sheet.cell(3, len(review.HEADER)).value = "Same"
    book.save(path)
    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    assert review.read(elsewhere, path, dt.date(2026, 11, 25)) == 1
    assert linking.decisions(elsewhere) == [(*pair, True)]
    sheet.cell(3, len(review.HEADER)).value = "different"
    book.save(path)
    review.read(elsewhere, path, dt.date(2026, 11, 26))
    assert linking.decisions(elsewhere) == [(*pair, False)]
    sheet.cell(3, len(review.HEADER)).value = "perhaps"
    book.save(path)
    with pytest.raises(WorkspaceError, match="row 3: a decision is"):
        review.read(elsewhere, path, dt.date(2026, 11, 26))


def test_the_sheet_of_a_matter_says_why_its_records_are_one(demo, world):
    from click.testing import CliRunner

    from pipelines.commands.match import match

    _, _, found = world
    link = found[(found["pass"] == "model") & (found.probability > 0.95)].iloc[0]
    for key in (link.key_l, link.key_r):
        said = CliRunner().invoke(match, [key, "--workspace", str(demo[0].root)]).output
        assert link.key_l in said and link.key_r in said and link.evidence in said
    assert CliRunner().invoke(match, ["fbi/nobody", "--workspace", str(demo[0].root)]).exit_code == 1


def test_each_agency_is_told_the_lines_on_which_it_differs_and_no_value(demo):
    workspace, _ = demo
    sheets = sorted(workspace.returns.glob("*/*_differs.xlsx"))
    assert {path.parent.name for path in sheets} >= {"fbi", "hsi", "eousa", "fjc"}
    for path in sheets:
        header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        assert header == ("file", "line", "other agency", "field", "what differs") and rows
        assert {row[3].removeprefix("linkage.") for row in rows} <= set(fields())
        assert all(row[4].startswith(fields()[row[3].removeprefix("linkage.")]["says"]) for row in rows)


def test_a_handful_of_records_is_linked_by_keys_alone(tmp_path):
    """Too few pairs to learn from: a key links, nothing else does."""
    names = ["source", "record_key", "district", "matter_number", "referred_on", "statute", "n_subjects", "agencies"]
    rows = [
        ("eousa", "eousa/AZ/1", "AZ", "AZ-1", "2020-01-10", "18:1591", 2, "+fbi"),
        ("eousa", "eousa/AZ/2", "AZ", "AZ-2", "2020-03-10", "18:1589", 3, "+fbi"),
        ("fbi", "fbi/a", "AZ", "AZ-1", "2020-01-20", "18:1591", 2, "+fbi"),
        ("fbi", "fbi/b", "AZ", None, "2020-03-11", "18:1591", 1, "+fbi"),
    ]
    frame = pd.DataFrame(rows, columns=names).assign(
        docket_number=None, taken_up_on=None, filed_on=None, referred_on=lambda f: pd.to_datetime(f["referred_on"])
    )
    path = tmp_path / "record.parquet"
    with duckdb.connect() as con:
        con.register("given", frame.astype({"docket_number": "string"}))
        dates = ", ".join(f"cast({day} as date) as {day}" for day in ("referred_on", "taken_up_on", "filed_on"))
        con.execute(f"copy (select * replace ({dates}) from given) to '{path}' (format parquet)")
    found = linked(path)
    assert found[["key_l", "key_r", "pass", "probability"]].values.tolist() == [
        ["fbi/a", "eousa/AZ/1", "matter_number", plan().unlearnt["key"]]
    ]
