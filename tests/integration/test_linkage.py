"""Linkage against the truth of invented worlds: who is of one matter or defendant, how sure, whatever the order."""

import csv
import datetime as dt
import shutil

import duckdb
import openpyxl
import pandas as pd
import pytest

from pipelines.workspace import Workspace
from sources.readers import keyed_hash
from transforms.disclosure import Rule
from transforms.linkage import guard, ledger, links, published
from transforms.linkage.attack import COUNTS, exposed
from transforms.linkage.plan import plan, plans, thresholds
from transforms.linkage.published import fields, measures

HASHED = ("fbi", "hsi", "dol_oig")


LEVELS = [plan.level for plan in plans()]
DEFENDANTS = "mart.defendant_record"
CLERKS = """
select * replace (
    defendant_number + cast(hash(record_key, 'number') % 100 < 5 as integer) as defendant_number,
    case when hash(record_key, 'statute') % 100 < 8 then '18:371' else statute end as statute,
    cast(disposed_on + cast(hash(record_key, 'day') % 5 = 0 as integer) * 7 as date) as disposed_on,
    cast(sentence_month + interval 1 month * cast(hash(record_key, 'month') % 100 < 3 as integer) as date)
        as sentence_month,
    prison_months + cast(hash(record_key, 'prison') % 100 < 5 as integer) as prison_months
) from '{records}' where source <> 'eousa' union all by name select * from '{records}' where source = 'eousa'
"""


def paths(folder):
    """What holds the rows of each mart of records."""
    return {mart: str(folder / f"{mart.split('.')[1]}.parquet") for plan in plans() for mart in plan.marts}


def linked(folder, decisions=(), order="record_key", changed=None):
    """The links of all levels; `changed` are SELECTs from `{records}` that take the place of marts."""
    tables = {mart: f"(select * from '{path}' order by {order})" for mart, path in paths(folder).items()}
    for mart, sql in (changed or {}).items():
        tables[mart] = f"({sql.format(records=paths(folder)[mart])})"
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("create table decision (key_l varchar, key_r varchar, is_same boolean)")
        if decisions:
            con.executemany("insert into decision values (?, ?, ?)", decisions)
        links.view(con, tables)
        return con.execute("select * from found").df()


def truth(workspace, folder):
    """By level the matter or defendant of every record whose matter or defendant the hub has."""
    hasher = keyed_hash(workspace.key())
    with (workspace.root / "truth" / "links.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    found = {level: {} for level in LEVELS}
    for row in rows:
        record = hasher(row["record"]) if row["source"] in HASHED else row["record"]
        found[row["level"]][f"{row['source']}/{record}"] = "eousa/" + row["of"].replace("-", "/", 1)
    known = {
        plan.level: {key for mart in plan.marts for key in pd.read_parquet(paths(folder)[mart])["record_key"]}
        for plan in plans()
    }
    return {
        level: {record: hub for record, hub in found[level].items() if record in known[level] and hub in known[level]}
        for level in LEVELS
    }


def records_of(workspace, folder):
    with duckdb.connect(str(workspace.warehouse), read_only=True) as con:
        for mart, path in paths(folder).items():
            con.execute(f"copy {mart} to '{path}' (format parquet)")
    return folder


@pytest.fixture(scope="module")
def world(demo, tmp_path_factory):
    """(folder of records, truth by level, links) of the demo's world."""
    records = records_of(demo[0], tmp_path_factory.mktemp("records"))
    return records, truth(demo[0], records), linked(records)


@pytest.fixture(scope="module", params=LEVELS)
def at(world, request):
    """(plan, truth, links) of a level."""
    _, true, found = world
    return plan(request.param), true[request.param], found[found["level"] == request.param]


def precision_and_recall(found, true, cut):
    kept = found[found.probability >= cut]
    right = sum(true.get(key) == matter for key, matter in zip(kept.key_l, kept.key_r, strict=True))
    return right / len(kept), right / len(true)


def judged(found, true):
    """At each level, and of defendants for each agency that has a record of them."""
    parts = [("case", None), ("defendant", "fjc"), ("defendant", "ussc")]
    for level, source in parts:
        part = found[(found["level"] == level) & (source is None or found["source"] == source)]
        wanted = {key: hub for key, hub in true[level].items() if source is None or key.startswith(f"{source}/")}
        assert len(wanted) > 500
        precision, recall = precision_and_recall(part, wanted, thresholds()["middle"])
        assert precision >= 0.98, (level, source)
        assert recall >= 0.90, (level, source)


def test_links_are_right_and_most_are_found(world):
    _, true, found = world
    judged(found, true)


@pytest.mark.slow
def test_defendants_are_found_where_clerks_err(world):
    """Courts and Commission write numbers, statutes, days, months and terms otherwise in 3 to 20 % of records."""
    records, true, _ = world
    judged(linked(records, changed={DEFENDANTS: CLERKS}), true)


def test_a_stricter_threshold_is_more_precise_and_finds_less(at):
    _, true, found = at
    cuts = thresholds()
    scores = [precision_and_recall(found, true, cuts[name]) for name in ("loose", "middle", "strict")]
    assert [p for p, _ in scores] == sorted(p for p, _ in scores)
    assert [r for _, r in scores] == sorted((r for _, r in scores), reverse=True)


def test_the_model_is_no_surer_than_it_may_be(at):
    """Of links in a band of probability at least the lower end is right, but for chance (three standard errors)."""
    _, true, found = at
    for low, high in ((0.5, 0.9), (0.9, 0.99), (0.99, 1.01)):
        band = found[(found.probability >= low) & (found.probability < high)]
        right = [true.get(k) == m for k, m in zip(band.key_l, band.key_r, strict=True)]
        assert sum(right) >= len(band) * low - 3 * (len(band) * low * (1 - low)) ** 0.5


def test_a_record_has_one_link_and_a_matter_one_of_each_source_unless_a_key_says_more(at):
    level, _, found = at
    assert found.key_l.is_unique
    by_key = {step.key for step in level.passes if step.kind == "key"}
    assert not found[~found["pass"].isin(by_key)].duplicated(["key_r", "source"]).any()


def test_the_order_of_arrival_changes_no_byte(world):
    records, _, found = world
    pd.testing.assert_frame_equal(linked(records, order="hash(record_key)"), found, check_exact=True)


def test_keys_and_passes_of_levels_differ(world):
    """So that a join by key, and a pass by name, stays within its level."""
    _, _, found = world
    assert found["key_l"].is_unique
    assert not set(found.loc[found["level"] == "case", "key_r"]) & set(found.loc[found["level"] != "case", "key_r"])
    steps = [step.key for plan in plans() for step in plan.passes]
    assert len(steps) == len(set(steps)) and set(found["pass"]) <= {*steps, "model"}


def test_a_record_that_goes_leaves_every_other_one_in_its_cluster(world):
    """The key of a cluster is that of its record of the hub: it does not depend on members."""
    records, _, found = world
    gone = found[(found["level"] == "defendant") & (found["pass"] == "docket_and_number")].iloc[0]
    half = "select * from '{records}' where hash(record_key) % 2 = 0"
    all_but = f"select * from '{{records}}' where record_key <> '{gone.key_l}'"
    rest = linked(records, changed={"mart.agency_record": half, DEFENDANTS: all_but})
    either = [frame[frame["source"].isin(["fjc", "ussc"])].reset_index(drop=True) for frame in (found, rest)]
    sure = [frame[frame.probability >= thresholds()["middle"]].set_index("key_l")["key_r"] for frame in either]
    pd.testing.assert_series_equal(sure[0].drop(gone.key_l), sure[1])
    # A model for each kind of export: investigations move no link of a court.
    courts = [frame[frame["level"] == "case"] for frame in either]
    assert len(courts[0]) > 500 and len(rest) < len(found) - 100
    pd.testing.assert_frame_equal(*courts, check_exact=True)


def test_a_decision_stands_whatever_the_model_says(world):
    """At both levels; levels have no record in common."""
    records, _, found = world
    pairs = []
    for rule in ("referral", "sentence"):
        other = found[found["pass"] == rule].iloc[0]
        pairs.append((other, found[(found["pass"] == "model") & (found["level"] == other.level)].iloc[0]))
    decisions = [(apart.key_l, apart.key_r, False) for _, apart in pairs]
    new = linked(records, [*decisions, *((other.key_l, apart.key_r, True) for other, apart in pairs)])
    new = new.set_index("key_l")
    for other, apart in pairs:
        assert apart.key_l not in new.index or new.loc[apart.key_l, "key_r"] != apart.key_r
        assert new.loc[other.key_l, ["key_r", "pass", "probability"]].tolist() == [apart.key_r, "review", 1.0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 1591])
def test_links_are_right_in_other_worlds(tmp_path, seed):
    """Of each world no more is made than the marts, which hold the records."""
    import dagster as dg

    from pipelines.definitions import JOB, build
    from sources.synthetic import generate
    from tests.world import quick_workspace

    workspace = quick_workspace(tmp_path / "world")
    generate(workspace.root, seed=seed, scale=0.2, n_deliveries=1)
    job = build(str(workspace.root)).resolve_job_def(JOB)
    below = [k for k in job.asset_layer.executable_asset_keys if k.path[0] in ("delivery", "staging", "core", "mart")]
    assert job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), asset_selection=below).success
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


def test_nothing_that_is_shown_of_links_tells_what_is_hidden(demo):
    """No total stands beside a hidden pass, no sum beside a hidden year; where each count is hidden alone, some do."""
    tables, cells = {name: table(demo, name) for name in COUNTS}, table(demo, "cells")
    rule = Rule(threshold=demo[0].settings.disclosure.threshold)
    assert exposed(tables, cells, rule) == []
    over = tables["linked"][guard.over_hidden_year(tables["linked"], cells)]
    assert len(over) and set(over["status"]) == {"suppressed"}
    with duckdb.connect(str(demo[0].warehouse), read_only=True) as con, pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "_hide", lambda frame, must, _: frame.assign(status="shown"))
        bare = published.tables(con, rule.threshold, (2004, 2026), cells)
    for name, counts in COUNTS.items():
        small = pd.concat([bare[name][count].between(1, rule.threshold - 1) for count in counts], axis=1).any(axis=1)
        bare[name].loc[small, counts] = float("nan")
    found = exposed(bare, cells, rule)
    assert {e.metric for e in found} >= {"links", "disagreement", "cases_with_unit"}


def test_a_few_decisions_of_a_person_hide_nothing(demo, tmp_path):
    """They stand with the model's: alone they would be a hidden pass, which hides all fields of its agency."""
    workspace, cells, tables = demo[0], table(demo, "cells"), []
    few = "select key_l from linkage.link where pass = 'model' and source = 'hsi' and probability >= 0.99 limit 3"
    with duckdb.connect(shutil.copy(workspace.warehouse, tmp_path / "w.duckdb")) as con:
        for _ in range(2):
            made = published.tables(con, workspace.settings.disclosure.threshold, (2004, 2026), cells)
            tables.append({name: made[name][["level", "source", "status"]] for name in ("links", "disagreement")})
            con.execute(f"update linkage.link set pass = 'review' where key_l in ({few})")
    assert tables[0]["links"].query("source == 'hsi' and status == 'shown'").shape[0] > 1
    for name, before in tables[0].items():
        pd.testing.assert_frame_equal(before, tables[1][name])


def table(demo, name):
    workspace, outcome = demo
    return pd.read_parquet(workspace.editions / outcome.edition / "tables" / f"{name}.parquet")


def test_the_share_of_right_links_that_is_published_is_about_true(demo, world):
    _, true, found = world
    true = true["case"] | true["defendant"]
    kept = found[found.probability >= thresholds()["middle"]]
    for row in table(demo, "links").query("status == 'shown' and n > 0").itertuples():
        part = kept[(kept.level == row.level) & (kept.source == row.source) & (kept["pass"] == row[3])]
        right = sum(true.get(k) == m for k, m in zip(part.key_l, part.key_r, strict=True))
        assert len(part) == row.n
        assert right / row.n >= row.precision - 0.05, row


def test_records_that_move_between_views_are_in_the_ledger():
    with duckdb.connect() as con:
        rows = "('a', 'fbi'), ('b', 'fbi'), ('c', 'hsi'), ('d', 'hsi'), ('new', 'hsi')"
        con.execute(f"create table known as select 'case' as level, * from (values {rows}) as t(record_key, source)")
        con.execute("insert into known values ('defendant', 'e', 'fjc')")
        con.execute("create table known_before as select * from known where record_key <> 'new'")
        links = "create table {} as select 'case' as level, * from (values {}) as t(key_l, key_r, probability)"
        con.execute(links.format("found_before", "('b', 'm1', 0.99), ('c', 'm2', 0.95), ('d', 'm4', 0.97)"))
        con.execute(links.format("found", "('a', 'm1', 0.95), ('b', 'm3', 0.99), ('c', 'm2', 0.6), ('d', 'm4', 0.91),"
                                          " ('new', 'm2', 1.0)"))  # fmt: skip
        con.execute("insert into found_before values ('defendant', 'e', 'm1/1', 1.0)")
        con.execute("insert into found values ('defendant', 'e', 'm1/2', 1.0)")
        moved = ledger.relinked(con, 0.9, dt.date(2026, 8, 31), dt.date(2026, 9, 30))
    assert moved[["level", "record_key", "kind", "before", "after"]].fillna("").values.tolist() == [
        ["case", "a", "joined", "", "m1"], ["case", "b", "moved", "m1", "m3"], ["case", "c", "left", "m2", ""],
        ["defendant", "e", "moved", "m1/1", "m1/2"],
    ]  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
def test_decisions_of_a_workbook_hold_and_a_spoilt_one_is_refused(demo, tmp_path, level):
    from pipelines import linking, review
    from sources.errors import WorkspaceError

    path = tmp_path / "review.xlsx"
    n = review.write(demo[0], path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == LEVELS
    assert n == sum(sheet.max_row - 2 for sheet in book) and all(sheet.max_row > 2 for sheet in book)
    sheet, last = book[level], len(review.header(plan(level)))
    pair = sheet["A3"].value, sheet["B3"].value
    sheet.cell(3, last).value = "Same"
    book.save(path)
    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    assert review.read(elsewhere, path, dt.date(2026, 11, 25)) == 1
    assert linking.decisions(elsewhere) == [(*pair, True)]
    sheet.cell(3, last).value = "different"
    book.save(path)
    review.read(elsewhere, path, dt.date(2026, 11, 26))
    assert linking.decisions(elsewhere) == [(*pair, False)]
    sheet.cell(3, last).value = "perhaps"
    book.save(path)
    with pytest.raises(WorkspaceError, match=f"sheet {level}: row 3: a decision is"):
        review.read(elsewhere, path, dt.date(2026, 11, 26))


@pytest.mark.parametrize("level", LEVELS)
def test_the_sheet_of_a_matter_or_defendant_says_why_its_records_are_one(demo, world, level):
    from click.testing import CliRunner

    from pipelines.commands.match import match

    _, _, found = world
    link = found[(found["level"] == level) & (found["pass"] == "model") & (found.probability > 0.95)].iloc[0]
    for key in (link.key_l, link.key_r):
        said = CliRunner().invoke(match, [key, "--workspace", str(demo[0].root)]).output
        assert link.key_l in said and link.key_r in said and link.evidence in said
        assert f"of one {plan(level).one}." in said and f"(the {plan(level).one} itself)" in said
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


def of_a_handful(frame, level, texts, days):
    """Links of so few records that nothing can be learnt from them."""
    with duckdb.connect() as con:
        con.register("given", frame.astype(dict.fromkeys(texts, "string")))
        dates = ", ".join(f"cast({day} as date) as {day}" for day in days)
        con.execute(f"create table record as select * replace ({dates}) from given")
        con.execute("create table decision (key_l varchar, key_r varchar, is_same boolean)")
        assert links.find(con, plan(level)) is None
        return con.execute("select * from link").df()


def defendants(frame):
    days = ["charged_on", "disposed_on", "sentence_month"]
    return of_a_handful(frame, "defendant", ["matter", "docket_number", "statute", *days], days)


HUB = ("eousa", "eousa/AZ/1/1", "AZ", "eousa/AZ/1", "AZ 20-7", 1, "2020-03-01", "18:1591", "CONVICTED_PLEA",
       "2021-02-03", "2021-05-01", 60)  # fmt: skip
NAMES = ["source", "record_key", "district", "matter", "docket_number", "defendant_number", "charged_on", "statute",
         "outcome", "disposed_on", "sentence_month", "prison_months"]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ("docket_and_number", {"matter": None, "statute": "18:371"}),
        (None, {"matter": None, "disposed_on": None, "charged_on": "2019-03-01", "sentence_month": None}),
        ("case_and_number", {"docket_number": None, "charged_on": "2019-03-01", "statute": "18:371"}),
        (None, {"docket_number": None, "disposed_on": "2021-02-04", "statute": "18:371"}),
        ("ending", {"docket_number": None, "defendant_number": 2, "sentence_month": None}),
        (None, {"docket_number": None, "defendant_number": 2, "prison_months": 61}),
        ("sentence", {"matter": None, "docket_number": None, "disposed_on": None, "charged_on": None}),
        (None, {"matter": None, "docket_number": None, "disposed_on": None, "outcome": "CONVICTED_TRIAL"}),
    ],
)
def test_each_pass_links_a_defendant_and_stops_where_something_contradicts(step, says):
    other = dict(zip(NAMES, HUB, strict=True)) | {"source": "fjc", "record_key": "fjc/a"} | says
    frame = pd.DataFrame([HUB, tuple(other[name] for name in NAMES)], columns=NAMES)
    assert defendants(frame)["pass"].tolist() == [step] * (step is not None)


def test_two_defendants_that_a_rule_cannot_tell_apart_are_not_linked_by_it():
    twin = (*HUB[:1], "eousa/AZ/1/2", *HUB[2:5], 2, *HUB[6:])
    record = ("ussc", "ussc/9", "AZ", None, None, None, None, *HUB[7:9], None, *HUB[10:])
    frame = pd.DataFrame([HUB, twin, record], columns=NAMES)
    assert defendants(frame).empty


def test_a_handful_of_records_is_linked_by_keys_alone():
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
    found = of_a_handful(frame, "case", ["docket_number"], ["referred_on", "taken_up_on", "filed_on"])
    assert found[["key_l", "key_r", "pass", "probability"]].values.tolist() == [
        ["fbi/a", "eousa/AZ/1", "matter_number", plan().unlearnt["key"]]
    ]
