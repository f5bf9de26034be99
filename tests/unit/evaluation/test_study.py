"""A whole evaluation from published cells: every table, the panel rule, determinism."""

import numpy as np
import pandas as pd
import pytest

from transforms.evaluation import PanelError
from transforms.evaluation.estimate import Estimate
from transforms.evaluation.study_panel import study_panel
from transforms.evaluation.tables import STEPS, TABLES, _flat, evaluate_study


def test_the_panel_leaves_out_spill_over_and_unfinished_years_and_says_so(cells, study):
    panel = study_panel(cells, study, "defendants_charged", "eousa")
    assert (len(panel.units), int(panel.ever.sum())) == (92, 12)
    assert panel.periods == tuple(range(2005, 2021))
    assert not {"MOE", "KS"} & set(panel.units)
    assert any("FY2021" in note for note in panel.notes) and any("MOE, KS" in note for note in panel.notes)
    assert len(study_panel(cells, study, "defendants_charged", "eousa", with_spillover=True).units) == 94


def test_years_too_young_for_an_outcome_are_left_out_and_named(cells, study):
    waiting = study.model_copy(update={"follow_up_years": {"defendants_charged": 2}})
    panel = study_panel(cells, waiting, "defendants_charged", "eousa")
    assert panel.periods[-1] == 2018  # 2021 is not complete, 2019 and 2020 are too young
    assert any("less than 2 years of follow-up" in note and "FY2019, FY2020" in note for note in panel.notes)
    assert study_panel(cells, waiting, "cases_filed", "eousa").periods[-1] == 2020


def test_a_hidden_count_is_refused_and_never_a_zero(cells, study):
    hidden = cells.copy()
    at = hidden.index[(hidden["metric"] == "defendants_charged") & (hidden["scope"] == "acteam")][3]
    hidden.loc[at, ["status", "numerator"]] = ["suppressed", None]
    with pytest.raises(PanelError) as caught:
        study_panel(hidden, study, "defendants_charged", "eousa")
    assert caught.value.name == "outcome_hidden"


def test_an_absent_source_is_refused(cells, study):
    with pytest.raises(PanelError) as caught:
        evaluate_study(cells, study, "htd")
    assert caught.value.name == "no_rows"


def test_every_table_is_there_and_names_source_and_scope(run):
    tables, _ = run
    assert set(tables) == set(TABLES)
    assert all(len(t) and list(t.columns[:2]) == ["source", "scope"] for t in tables.values())


def test_the_planted_ratio_is_found_and_the_verdict_follows(run):
    said = run[0]["verdict"].iloc[0]
    assert said["lower"] < 1.8 < said["upper"] and said["lower"] > 1
    assert said["verdict"] == "clear rise"
    assert "12 sites" in said["sentence"] and "80 comparison districts" in said["sentence"]


def test_one_estimate_has_one_interval_from_the_draws_of_the_study(run, cells, study):
    """The verdict, the primary row of the robustness table, of the outcomes and of the estimators are one estimate."""
    said, robust, outcomes, rows = (run[0][t] for t in ("verdict", "robustness", "outcomes", "estimates"))
    kept = rows[(rows["estimator"] == "poisson_etwfe") & (rows["term"] == "simple") & (rows["scale"] == "ratio")]
    numbers = ["ratio", "lower", "upper", "p_value"]
    first = said[numbers].to_numpy()
    for other in (robust[robust["check"] == "primary"], outcomes[outcomes["outcome"] == study.primary_outcome],
                  kept.rename(columns={"estimate": "ratio"})):  # fmt: skip
        assert other[numbers].to_numpy() == pytest.approx(first, rel=1e-9)
    ranks = np.array([*robust["p_value"], *outcomes["p_adjusted"]], dtype=float) * (1 + study.inference.draws)
    assert ranks[np.isfinite(ranks)] == pytest.approx(
        np.round(ranks[np.isfinite(ranks)])
    )  # of so many draws, no others


def test_the_outcome_that_should_not_move_does_not(run):
    robust = run[0]["robustness"].set_index("check")
    assert robust.loc["negative control", "lower"] < 1 < robust.loc["negative control", "upper"]
    assert "neither study file nor docket" in robust.loc["dose", "note"]
    assert "not recorded in this source" in robust.loc["mix", "note"]
    assert robust.loc["spill-over", "n_units"] == 94


def test_progress_names_every_step_once_in_order(run):
    assert [step for step, _, _ in run[1]] == list(STEPS)
    assert [n for _, n, _ in run[1]] == list(range(1, len(STEPS) + 1))


def test_tables_can_be_written_as_parquet(run, tmp_path):
    for name, table in run[0].items():
        table.to_parquet(tmp_path / f"{name}.parquet")
        assert len(pd.read_parquet(tmp_path / f"{name}.parquet")) == len(table)


def test_an_infinite_estimate_stays_a_number(tmp_path):
    """A site without a case before the start: its ratio is infinite, beside others that are not."""
    none_before = Estimate("ratio_of_ratios", "simple", np.inf, lower=np.inf, upper=np.inf)
    frame = pd.DataFrame([_flat(none_before), _flat(Estimate("twfe", "simple", 1.5, 0.2, 1.1, 1.9))])
    frame.to_parquet(tmp_path / "estimates.parquet")
    assert frame["estimate"].tolist() == [np.inf, 1.5] and frame["lower"].tolist() == [np.inf, 1.1]
