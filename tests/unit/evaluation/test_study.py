"""A whole evaluation from published cells: every table, the panel rule, determinism."""

import numpy as np
import pandas as pd
import pytest
import yaml

from sources.facts import districts
from transforms.evaluation import PanelError
from transforms.evaluation.study_panel import study_panel
from transforms.evaluation.tables import STEPS, evaluate_study
from transforms.study import Study, default_text

TABLES = {
    "verdict", "power", "estimates", "event_study", "placebos", "robustness", "balance", "pretrend", "sensitivity",
    "by_site", "outcomes", "panel",
}  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return Study(**yaml.safe_load(default_text()))


@pytest.fixture(scope="module")
def cells(study):
    """Counts of 94 districts with a true ratio of 1.8 in the sites, and an unfinished last year."""
    rng = np.random.default_rng(2)
    names, years = list(districts()), range(2005, 2022)
    first = {d: p.first_fiscal_year for p in study.phases for d in p.districts}
    size = np.exp(rng.normal(0, 0.6, len(names)))
    rows = []
    for metric, scope, base in (
        ("defendants_charged", "acteam", 4), ("defendants_charged", "chapter77", 6), ("cases_filed", "acteam", 2),
        ("cases_filed", "chapter77", 3), ("cases_filed", "listed", 30),
    ):  # fmt: skip
        for i, district in enumerate(names):
            for t, year in enumerate(years):
                lift = 1.8 if year >= first.get(district, 9999) and scope != "listed" else 1.0
                n = rng.poisson(base * size[i] * (0.6 + 0.06 * t) * lift)
                rows.append((metric, scope, district, f"FY{year}", float(n), year == 2021))
    frame = pd.DataFrame(rows, columns=["metric", "scope", "area", "period", "numerator", "is_provisional"])
    inside = frame[(frame["metric"] == "cases_filed") & (frame["scope"] == "chapter77")]["numerator"].to_numpy()
    frame.loc[frame["scope"] == "listed", "numerator"] += inside
    return frame.assign(source="eousa", area_kind="district", period_kind="fy", status="shown")


@pytest.fixture(scope="module")
def run(cells, study):
    told = []
    tables = evaluate_study(cells, study, "eousa", lambda *step: told.append(step), draws=299, power_draws=40)
    return tables, told


def test_the_panel_leaves_out_spill_over_and_unfinished_years_and_says_so(cells, study):
    panel = study_panel(cells, study, "defendants_charged", "eousa")
    assert (len(panel.units), int(panel.ever.sum())) == (92, 12)
    assert panel.periods == tuple(range(2005, 2021))
    assert not {"MOE", "KS"} & set(panel.units)
    assert any("FY2021" in note for note in panel.notes) and any("MOE, KS" in note for note in panel.notes)
    assert len(study_panel(cells, study, "defendants_charged", "eousa", with_spillover=True).units) == 94


def test_a_hidden_count_is_refused_and_never_a_zero(cells, study):
    hidden = cells.copy()
    at = hidden.index[(hidden["metric"] == "defendants_charged") & (hidden["scope"] == "acteam")][3]
    hidden.loc[at, ["status", "numerator"]] = ["suppressed", None]
    with pytest.raises(PanelError) as caught:
        study_panel(hidden, study, "defendants_charged", "eousa")
    assert caught.value.name == "outcome_missing"


def test_an_absent_source_is_refused(cells, study):
    with pytest.raises(PanelError) as caught:
        evaluate_study(cells, study, "htd")
    assert caught.value.name == "no_rows"


def test_every_table_is_there_and_names_source_and_scope(run):
    tables, _ = run
    assert set(tables) == TABLES
    assert all(len(t) and list(t.columns[:2]) == ["source", "scope"] for t in tables.values())


def test_the_planted_ratio_is_found_and_the_verdict_follows(run):
    said = run[0]["verdict"].iloc[0]
    assert said["lower"] < 1.8 < said["upper"] and said["lower"] > 1
    assert said["verdict"] == "clear rise"
    assert "12 sites" in said["sentence"] and "80 comparison districts" in said["sentence"]


def test_the_outcome_that_should_not_move_does_not(run):
    robust = run[0]["robustness"].set_index("check")
    assert robust.loc["negative control", "lower"] < 1 < robust.loc["negative control", "upper"]
    assert robust.loc["dose", "note"] == "not recorded in the study file"
    assert robust.loc["spill-over", "n_units"] == 94


def test_progress_names_every_step_once_in_order(run):
    assert [step for step, _, _ in run[1]] == list(STEPS)
    assert [n for _, n, _ in run[1]] == list(range(1, len(STEPS) + 1))


def test_the_same_cells_give_the_same_tables(run, cells, study):
    again = evaluate_study(cells, study, "eousa", draws=299, power_draws=40)
    for name, table in run[0].items():
        pd.testing.assert_frame_equal(again[name], table)


def test_tables_can_be_written_as_parquet(run, tmp_path):
    for name, table in run[0].items():
        table.to_parquet(tmp_path / f"{name}.parquet")
        assert len(pd.read_parquet(tmp_path / f"{name}.parquet")) == len(table)
