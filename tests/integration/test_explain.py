"""From a number to its rows: the SELECT that `explain` prints gives the published number, whatever its kind."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from pipelines.commands.explain import explain
from pipelines.warehouse import connect
from transforms import made_of, trace
from transforms import study as studies
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
