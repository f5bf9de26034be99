"""From a number to its rows: the SELECT that `explain` prints gives the published number, whatever its kind."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from pipelines.commands.explain import explain
from pipelines.warehouse import connect
from transforms import made_of, trace
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
        ("eousa/defendants_charged/acteam/ALL/FY2013@nope", "no edition or release of that name"),
    ],
)
def test_an_id_that_is_none_is_told_what_there_is(demo, asked, says):
    found = CliRunner().invoke(explain, [asked, "--workspace", str(demo[0].root)])
    assert found.exit_code and says in (found.output + str(found.exception))
