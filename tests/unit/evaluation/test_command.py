"""`palermo evaluate` as a shell user meets it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.commands.evaluate import evaluate
from tests.unit.evaluation.invented_panel import invented

ROLES = ["--unit", "district", "--time", "year", "--cohort", "start", "--outcome", "n"]


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    path = tmp_path_factory.mktemp("panel") / "panel.csv"
    invented(1.8).to_csv(path, index=False)
    return str(path)


def run(*arguments):
    return CliRunner().invoke(evaluate, list(arguments))


def test_json_holds_every_field_and_the_known_ratio(panel):
    got = json.loads(run(panel, *ROLES, "--draws", "199", "--json").stdout)
    first = next(e for e in got if e["estimator"] == "poisson_etwfe" and e["term"] == "simple")
    assert first["lower"] < 1.8 < first["upper"]
    assert (first["n_units"], first["n_treated"], first["scale"]) == (60, 12, "ratio")
    assert {"event_time", "cohort", "standard_error", "p_value", "method", "notes"} <= set(first)
    assert {e["cohort"] for e in got if e["term"] == "group"} == {2009, 2012}


def test_the_table_names_the_same_estimate(panel):
    shown = run(panel, *ROLES, "--estimator", "twfe", "--family", "gaussian").stdout
    got = json.loads(run(panel, *ROLES, "--estimator", "twfe", "--family", "gaussian", "--json").stdout)
    assert f"{got[0]['estimate']:.7g}" in shown


def test_list_names_all_estimators_with_assumptions():
    shown = run("--list").stdout
    assert "poisson_etwfe" in shown and "fails when" in shown
    assert len(json.loads(run("--list", "--json").stdout)) == 12


def test_a_refusal_is_one_line_and_exit_code_1(panel):
    got = run(panel, *ROLES[:-1], "nothing")
    assert got.exit_code == 1
    assert "Panel refused (missing_column)" in got.output


def test_missing_roles_are_named():
    got = run("--unit", "district")
    assert got.exit_code == 2
    assert "--time, --cohort, --outcome" in got.output


def test_incomplete_units_can_be_dropped(panel, tmp_path):
    lines = Path(panel).read_text().splitlines()
    path = tmp_path / "gap.csv"
    path.write_text("\n".join(lines[:-1]))
    assert "(gaps)" in run(str(path), *ROLES).output
    got = json.loads(run(str(path), *ROLES, "--estimator", "twfe", "--drop-incomplete", "--json").stdout)
    assert got[0]["n_units"] == 59
