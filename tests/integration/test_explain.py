"""From a number to its rows: the SELECT that `explain` prints gives the published number, whatever its kind."""

import pandas as pd
import pytest
from click.testing import CliRunner

from pipelines.commands.explain import explain
from pipelines.warehouse import connect
from transforms import trace
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
            if metrics()[row["metric"]].kind == "median":
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
