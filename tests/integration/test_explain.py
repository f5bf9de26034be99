"""From a number to its rows: the SELECT that `explain` prints gives the published number, whatever its kind."""

import json
import re

import pandas as pd
import pytest
from click.testing import CliRunner

from pipelines import edition, explaining
from pipelines.commands.explain import explain
from pipelines.warehouse import connect
from transforms import made_of, trace
from transforms import row as rows
from transforms import study as studies
from transforms.linkage.plan import plan
from transforms.linkage.published import measures
from transforms.metric import metrics

SAMPLE = 6


@pytest.fixture(scope="module")
def numbers(demo):
    """Every shown number of an edition that is counted from rows."""
    workspace, outcome = demo
    folder = workspace.editions / outcome.edition / "tables"
    found = pd.concat([pd.read_parquet(folder / f"{table}.parquet") for table in ("cells", "splits")])
    counted = [name for name, m in metrics().items() if not m.of]
    return found[(found.status == "shown") & found.metric.isin(counted)]


def test_the_printed_select_gives_the_number(demo, numbers):
    drawn = numbers.groupby(["metric", "area_kind", "period_kind", "split"], dropna=False)
    sample = drawn.sample(n=SAMPLE, replace=True, random_state=1).drop_duplicates("id")
    assert set(sample.metric) == set(numbers.metric) and len(sample) > 500
    with connect(demo[0], read_only=True) as con:
        for row in sample.to_dict("records"):
            top, bottom = con.execute(trace.number_sql(trace.parse(row["id"]))).fetchone()
            if metrics()[row["metric"]].method == "survival":
                assert top <= bottom
            elif metrics()[row["metric"]].kind == "median":
                assert top == pytest.approx(row["value"]), row["id"]
            else:
                assert top == pytest.approx(row["numerator"]), row["id"]
            assert bottom is None or bottom == row["denominator"], row["id"]


def test_steps_end_with_the_numerator_and_rows_are_as_many(demo, numbers):
    counts = numbers[numbers.metric.map(lambda m: metrics()[m].kind == "count") & (numbers.numerator > 3)]
    with connect(demo[0], read_only=True) as con:
        for row in counts.groupby("metric").sample(n=1, random_state=2).to_dict("records"):
            at = trace.parse(row["id"])
            assert trace.steps(con, at)[-1][1] == row["numerator"] == len(trace.rows(con, at))


@pytest.mark.parametrize("split", ["", ":labor_or_sex=sex"])
def test_explain_prints_definition_steps_and_files(demo, split):
    asked = f"eousa/conviction_rate/chapter77{split}/ALL/FY2015"
    found = CliRunner().invoke(explain, [asked, "--workspace", str(demo[0].root)], catch_exceptions=False)
    for words in (asked, "Definition", "terminated", "Steps", "mart.defendant_facts", "sha256", "select "):
        assert words in found.output


@pytest.fixture(scope="module")
def made(demo):
    """Every shown number that is made of others, all numbers by ID, and the study."""
    workspace, outcome = demo
    cells = pd.read_parquet(workspace.editions / outcome.edition / "tables" / "cells.parquet")
    of = cells["metric"].isin([name for name, m in metrics().items() if m.of])
    return cells[of & (cells["status"] == "shown")], cells.set_index("id"), studies.load(workspace.study)


def test_a_number_made_of_others_is_what_its_inputs_give(made):
    derived, cells, study = made
    years = cells[cells["period_kind"] == "fy"].groupby(["source", "metric", "scope", "area"])
    drawn = derived.groupby(["metric", "area_kind", "period_kind"]).sample(n=SAMPLE, replace=True, random_state=3)
    assert set(derived["metric"]) == {name for name, m in metrics().items() if m.of}
    for row in drawn.drop_duplicates("id").to_dict("records"):
        at = trace.parse(row["id"])
        line = years.get_group((at.source, at.metric.of[0], at.scope.name, at.area))
        found = made_of.inputs(at, dict(zip(line["period"], line["numerator"], strict=True)), study)
        values = [float(cells.loc[one.at.id, "numerator"]) for one in found]
        assert made_of.result(at, found, values) == pytest.approx(row["value"]), row["id"]


def test_explain_goes_on_to_the_rows_of_every_input(demo, made):
    asked = "eousa/change_cases/acteam/ALL/FY2015"
    call = [asked, "--workspace", str(demo[0].root)]
    found = json.loads(CliRunner().invoke(explain, [*call, "--json"], catch_exceptions=False).output)
    assert [one["id"].split("/")[4].split("@")[0] for one in found["made_of"]] == [
        "FY2013", "FY2014", "FY2015", "FY2010", "FY2011", "FY2012",
    ]  # fmt: skip
    assert all(one["steps"][-1][1] == one["value"] for one in found["made_of"])
    above, below = (sum(o["value"] for o in found["made_of"] if o["role"].startswith(w)) for w in ("above", "below"))
    assert found["value"] == pytest.approx(above / below)
    told = CliRunner().invoke(explain, call, catch_exceptions=False).output
    assert "Made of" in told and told.count("Steps") == 6 and "SQL" not in told


@pytest.fixture(scope="module")
def all_linked(demo):
    """Every number that hangs on links, hidden ones too."""
    workspace, outcome = demo
    return pd.read_parquet(workspace.editions / outcome.edition / "tables" / "linked.parquet")


@pytest.fixture(scope="module")
def linked(all_linked):
    """Every shown number that hangs on links."""
    return all_linked[all_linked["status"] == "shown"]


def test_what_hangs_on_links_is_what_its_rows_give_at_every_threshold(demo, all_linked):
    assert set(all_linked["measure"]) == set(measures()) and set(all_linked["threshold"]) == set(plan().thresholds)
    with connect(demo[0], read_only=True) as con:
        for row in all_linked.to_dict("records"):
            at = trace.parse(row["id"])
            assert at.id == row["id"]
            numerator, denominator, value = con.execute(trace.linked.number_sql(at)).fetchone()[2:]
            if row["status"] == "shown":
                shown = (row["numerator"], row["denominator"], row["value"])
                assert (numerator, denominator, value) == pytest.approx(shown), row["id"]
            counts = [n for _, n in trace.linked.steps(con, at)]
            assert counts[1:] == [denominator, numerator] and counts[0] >= counts[1], row["id"]
            counted = [one for one in trace.linked.rows(con, at) if one[0] == one[4]]
            assert len({key for key, *_ in counted}) == len(counted) == numerator, row["id"]
            if measures()[row["measure"]]["kind"] == "days":
                days = pd.Series([int(one[7].removesuffix(" days")) for one in counted])
                assert days.median() == value, row["id"]


def test_every_counted_record_has_the_links_that_say_so_with_place_and_why(demo, linked):
    """As many agencies as the measure asks for; each with pass, file and a probability that the threshold lets pass."""
    agencies = {"seen_by_two": 2}
    with connect(demo[0], read_only=True) as con:
        for row in linked[linked["period"] == "FY2022-2024"].to_dict("records"):
            rows = pd.DataFrame(trace.linked.rows(con, trace.parse(row["id"])))
            rows.columns = ["key", "delivery", "file", "line", "counted", "by", "probability", "evidence"]
            links = rows[rows["key"] != rows["counted"]]
            other = links["key"].str.split("/").str[0].groupby(links["counted"]).nunique()
            assert len(other) == row["numerator"] and (other >= agencies.get(row["measure"], 1)).all()
            assert (links["probability"] >= plan().thresholds[row["threshold"]]).all()
            assert rows[["delivery", "file", "line"]].notna().all().all()
            assert links[["by", "evidence"]].notna().all().all()


def test_explain_tells_what_hangs_on_links_down_to_the_lines(demo, linked):
    at = linked[(linked["measure"] == "days_opening_to_charge") & (linked["threshold"] == "strict")].iloc[-1]
    call = [at["id"], "--workspace", str(demo[0].root)]
    found = CliRunner().invoke(explain, [*call, "--rows"], catch_exceptions=False).output
    for words in (at["id"], "0.99 or more", "Steps", "mart.agency_record -> ", "linkage.link", "sha256", " days",
                  "gs_case.txt line ", ", probability 1.0000: same district"):  # fmt: skip
        assert words in found
    told = json.loads(CliRunner().invoke(explain, [*call, "--json"], catch_exceptions=False).output)
    assert {f["agency"] for f in told["files"]} >= {"eousa", "fbi", "fjc"} and "rows" not in told


ROWS = ("comparison", "benchmarks", "cohorts", "funnels", "signals", "bridge")


@pytest.fixture(scope="module")
def tables(demo):
    """Every table of the edition that a row is made of or stands in, and what gives rows of them as explain reads."""
    folder = demo[0].editions / demo[1].edition / "tables"
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in (*ROWS, "cells")}
    by_id = {name: frame.set_index("id", drop=False).sort_index() for name, frame in frames.items()}
    lines = dict(iter(frames["cells"].groupby(["source", "metric", "scope"])))

    def read(table, **where):
        if "id" in where:
            return by_id[table].loc[[where["id"]] if where["id"] in by_id[table].index else []]
        place = tuple(where.get(c) for c in ("source", "metric", "scope"))
        found = lines.get(place, frames["cells"].iloc[:0]) if table == "cells" else frames[table]
        for column, value in where.items():
            found = found[found[column] == value]
        return found

    return frames, by_id, read


@pytest.mark.parametrize("table", ROWS)
def test_every_row_of_a_table_is_what_its_parts_give(demo, tables, table):
    frames, by_id, read = tables
    study, made = studies.load(demo[0].study), set()
    for row in frames[table].to_dict("records"):
        at = trace.parse(row["id"])
        assert (at.table, at.id) == (table, row["id"])
        found = rows.sums(table, row, read, study)
        for one in found:
            made.add(one.column)
            assert one.value is None or one.value == pytest.approx(row[one.column]), (row["id"], one.column)
            for part in one.parts:
                assert part.id in by_id[getattr(trace.parse(part.id), "table", "cells")].index, part.id
        if row.get("status", "shown") == "shown":
            assert found or table == "benchmarks", row["id"]
    assert made >= {
        "comparison": {"before", "after", "before_other", "after_other", "share_of_change"}, "benchmarks": {"ours"},
        "cohorts": {"n_charged", "of_ended", "so_far", "median_days"}, "funnels": {"numerator", "denominator", "rate"},
        "signals": {"observed", "expected"}, "bridge": {"total"},
    }[table]  # fmt: skip


def test_every_benchmark_is_a_row_or_a_cell(demo, tables):
    frames, _, read = tables
    study = studies.load(demo[0].study)
    for row in frames["benchmarks"].to_dict("records"):
        assert rows.sums("benchmarks", row, read, study), row["id"]


@pytest.mark.parametrize("table", ["cohorts", "signals", "bridge"])
def test_what_no_published_number_gives_the_select_gives(demo, tables, table):
    workspace, outcome = demo
    final_to = edition.final_to(edition.read(workspace.editions / outcome.edition))
    frame = tables[0][table]
    frame = frame[frame["chart"] == "t"] if table == "signals" else frame
    with connect(workspace, read_only=True) as con:
        for row in frame.sample(n=min(60, len(frame)), random_state=4).to_dict("records"):
            given = con.execute(rows.number_sql(table, row, final_to[row["source"]])).df().iloc[0].to_dict()
            assert given == pytest.approx({column: row[column] for column in given}), row["id"]


def test_every_address_that_a_page_prints_can_be_explained(demo):
    workspace, outcome = demo
    site = workspace.editions / outcome.edition / "site"
    printed = re.compile(r"Address of a number</dt><dd><code>([^<&]+)</code>")
    found = {address for page in site.rglob("*.html") for address in printed.findall(page.read_text(encoding="utf-8"))}
    assert len(found) > 20
    for address in found:
        told = CliRunner().invoke(explain, [address, "--workspace", str(workspace.root)], catch_exceptions=False)
        assert told.exit_code == 0 and address.split()[0] in told.output, address


def test_a_comparison_says_its_cells_with_their_sum_and_the_zeros_on_one_line(demo, tables):
    row = tables[0]["comparison"].query("status == 'shown' and outcome == 'defendants_charged'").iloc[0]
    call = [row["id"], "--workspace", str(demo[0].root)]
    told = CliRunner().invoke(explain, call, catch_exceptions=False).output
    assert f"before {row['before']:.0f}: the sum of" in told and "/FY2010\n" in told and "(--json lists them)" in told
    found = json.loads(CliRunner().invoke(explain, [*call, "--json"], catch_exceptions=False).output)
    before = next(one for one in found["made_of"] if one["column"] == "before")
    assert sum(part["value"] for part in before["parts"]) == row["before"] == found["says"]["before"]
    assert len(before["parts"]) == 2 * row["n_districts"] and found["files"]


def test_a_table_says_what_it_is_made_of_and_how_to_read_it(demo, tables):
    call = ["evaluation_panel", "--workspace", str(demo[0].root)]
    told = CliRunner().invoke(explain, call, catch_exceptions=False).output
    for words in ("primary outcome", "seed: ", "draws: ", "rows", 'palermo query "select * from evaluation_panel"'):
        assert words in told
    made = json.loads(CliRunner().invoke(explain, [*call, "--json"], catch_exceptions=False).output)["made_of"][0]
    panel = pd.read_parquet(demo[0].editions / demo[1].edition / "tables" / "evaluation_panel.parquet")
    assert made["value"] == panel["n"].sum() and len(made["parts"]) == len(panel)


def test_every_table_is_told_of_and_no_other(demo):
    made = edition.read(demo[0].editions / demo[1].edition)["tables"]
    plain = {name for name in made if not name.startswith(explaining.EVALUATION)}
    assert set(rows.made_of()) == plain | {"evaluation", *explaining.FILES}
    assert not set(rows.KINDS) & set(metrics())


def test_only_files_behind_its_tables_are_named(demo):
    call = ["eousa/matters_declined/chapter77/ALL/FY2015", "--workspace", str(demo[0].root), "--json"]
    found = json.loads(CliRunner().invoke(explain, call, catch_exceptions=False).output)
    named = {f["contract"] for f in found["files"]}
    assert "gs_case" in named and not named & {"gs_sentence", "gs_assignment"}
    assert "staging.sentence" not in found["tables"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("eousa/defendants_charged/chapter77/ALL/FY2015", r"charged: [\d,]+, 95 %"),
        ("eousa/conviction_rate/chapter77/ALL/FY2015", r"defendants: \d+ % \([\d,]+ of [\d,]+\), 95 %"),
    ],
)
def test_a_value_is_printed_as_in_the_report(demo, asked, says):
    told = CliRunner().invoke(explain, [asked, "--workspace", str(demo[0].root)], catch_exceptions=False).output
    assert re.search(says, told.splitlines()[1])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("linkage/nothing/middle/ALL/FY2022-2024", "there are seen_by_two"),
        ("linkage/seen_by_two/sure/ALL/FY2022-2024", "there are strict, middle, loose"),
        ("linkage/seen_by_two/middle/AK/FY2022-2024", "for ALL alone"),
        ("linkage/seen_by_two/middle/ALL/FY2022", "write them as"),
        ("linkage/seen_by_two/middle/ALL/FY1890-1892", "has no number"),
        ("eousa/defendants_charged/acteam:=labor/ALL/FY2013", "written scope:split=part"),
        ("eousa/defendants_charged/acteam:labor_or_sex/ALL/FY2013", "written scope:split=part"),
        ("eousa/cohort/acteam/ALL/FY1890", "The nearest of"),
        ("eousa/funnel/conviction_rate/acteam/XX", "eousa/funnel/conviction_rate/acteam/"),
        ("nothing", "no ID and no table"),
        ("eousa/<metric>/acteam/ALL/<period>", "put a name for each word"),
        ("", "five parts"),
        ("eousa/defendants_charged/acteam/ALL/FY2013@nope", "no edition or release of that name"),
    ],
)
def test_an_id_that_is_none_is_told_what_there_is(demo, asked, says):
    found = CliRunner().invoke(explain, [asked, "--workspace", str(demo[0].root)])
    assert found.exit_code and says in (found.output + str(found.exception))
