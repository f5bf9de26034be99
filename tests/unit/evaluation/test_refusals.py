"""A bad panel is refused by name, with a message that says what to do and prints no value."""

import numpy as np
import pandas as pd
import pytest

from transforms.evaluation import ESTIMATORS, REFUSALS, Design, Panel, PanelError, evaluate
from transforms.evaluation.reading import read_panel

COLUMNS = {"unit": "u", "time": "t", "cohort": "g", "outcome": "y"}


def good():
    """Four units, four years, one cohort from 2003, one from 2004."""
    rows = [(f"u{i}", 2001 + t, g, 3.0 + i + t) for i, g in enumerate((2003, 2004, 0, 0)) for t in range(4)]
    return pd.DataFrame(rows, columns=["u", "t", "g", "y"]).assign(e=2.0, w=1.0, c=lambda f: f["u"], x=range(16))


def changed(column, value, rows=slice(0, 1)):
    frame = good().astype({column: object})
    frame.iloc[rows, frame.columns.get_loc(column)] = value
    return frame


POISSON, GAUSSIAN = {"family": "poisson"}, {}
BAD = {
    "no_rows": (good().iloc[:0], {}),
    "missing_column": (good(), {"outcome": "Y"}),
    "column_twice": (pd.concat([good(), good()[["y"]]], axis=1), {}),
    "same_column_for_two_roles": (good(), {"cohort": "t"}),
    "unit_missing": (changed("u", None), {}),
    "time_missing": (changed("t", None), {}),
    "time_not_ordered": (changed("t", "spring"), {}),
    "duplicate_rows": (pd.concat([good(), good().iloc[:1]]), {}),
    "gaps": (good().iloc[1:], {}),
    "outcome_not_numeric": (changed("y", "many"), {}),
    "outcome_missing": (changed("y", None), {}),
    "outcome_infinite": (changed("y", -np.inf), {}),
    "outcome_constant": (good().assign(y=1), {}),
    "outcome_negative": (changed("y", -1), POISSON),
    "cohort_not_a_period": (changed("g", "autumn", slice(0, 4)), {}),
    "cohort_negative": (changed("g", -1, slice(8, 12)), {}),
    "cohort_is_indicator": (good().assign(g=lambda f: (f["g"] > 0).astype(int)), {}),
    "treatment_ends": (good().assign(g=lambda f: ((f["g"] > 0) & (f["t"] == 2003)).astype(int)), {}),
    "cohort_varies": (changed("g", 2004), {}),
    "nobody_treated": (good().assign(g=0), {}),
    "nobody_untreated": (good().assign(g=2003), {}),
    "no_period_before": (good().assign(g=lambda f: f["g"].where(f["g"] == 0, 2001)), {}),
    "one_period": (good()[good()["t"] == 2004], {}),
    "one_unit": (good()[good()["u"] == "u0"], {}),
    "exposure_not_positive": (changed("e", 0), POISSON | {"exposure": "e"}),
    "exposure_needs_poisson": (good(), {"exposure": "e"}),
    "weights_not_positive": (changed("w", -1), {"weights": "w"}),
    "cluster_missing": (changed("c", None), {"cluster": "c"}),
    "cluster_splits_unit": (changed("c", "u3"), {"cluster": "c"}),
    "too_few_clusters": (good().assign(c="all"), {"cluster": "c"}),
    "covariate_not_numeric": (changed("x", "blue"), {"covariates": ["x"]}),
    "covariate_missing": (changed("x", np.nan), {"covariates": ["x"]}),
    "covariate_constant": (good().assign(x=2), {"covariates": ["x"]}),
    "family_unknown": (good(), {"family": "probit"}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_panel_is_refused_by_name(name):
    frame, roles = BAD[name]
    with pytest.raises(PanelError) as caught:
        Panel.from_frame(frame, **(COLUMNS | roles))
    assert caught.value.name == name
    assert str(caught.value).startswith(f"Panel refused ({name})")


def test_the_good_panel_is_not_refused():
    panel = Panel.from_frame(good(), **COLUMNS, weights="w", cluster="c", covariates=["x"])
    assert panel.counts == {"n_units": 4, "n_treated": 2}
    with pytest.raises(ValueError, match="read-only"):
        panel.y[0, 0] = 1


def all_treated():
    return Panel.from_frame(good().assign(g=lambda f: f["g"].replace(0, 2002)), **COLUMNS)


RUNS = {
    "estimator_unknown": (lambda: Panel.from_frame(good(), **COLUMNS), Design(), "magic"),
    "control_unknown": (lambda: Panel.from_frame(good(), **COLUMNS), Design(control="all"), "etwfe"),
    "no_never_treated": (all_treated, Design(control="never"), "etwfe"),
    "needs_never_treated": (all_treated, Design(), "synthetic_did"),
    "takes_no_covariates": (
        lambda: Panel.from_frame(good(), **COLUMNS, covariates=["x"]), Design(), "interrupted_time_series",
    ),
    "takes_no_exposure": (
        lambda: Panel.from_frame(good(), **COLUMNS, exposure="e", family="poisson"), Design(), "etwfe",
    ),
    "too_few_periods_before": (
        lambda: Panel.from_frame(good().assign(g=lambda f: f["g"].where(f["g"] == 0, 2002)), **COLUMNS),
        Design(), "synthetic_control",
    ),
    "not_whole_counts": (lambda: Panel.from_frame(changed("y", 1.5), **COLUMNS), Design(), "ratio_of_ratios"),
    "no_event_before": (
        lambda: Panel.from_frame(
            good().assign(y=lambda f: f["y"].where((f["g"] == 0) | (f["t"] >= f["g"]), 0)), **COLUMNS, **POISSON
        ),
        Design(), "poisson_etwfe",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_an_estimator_refuses_what_it_cannot_do(name):
    make, design, key = RUNS[name]
    with pytest.raises(PanelError) as caught:
        evaluate(make(), design, [key])
    assert caught.value.name == name


def test_every_refusal_can_be_reached_and_there_are_at_least_25():
    assert set(REFUSALS) - set(BAD) - set(RUNS) == {
        "library_failed",
        "not_identified",
        "outcome_hidden",
    }  # see test_study
    assert len(BAD) + len(RUNS) >= 25


def test_one_estimator_that_refuses_does_not_stop_the_others():
    got = evaluate(all_treated(), Design(), ["synthetic_did", "etwfe"])
    assert [e.term for e in got if e.estimator == "synthetic_did"] == ["refused"]
    assert any(e.term == "simple" and e.estimate is not None for e in got if e.estimator == "etwfe")


def test_never_may_be_empty_zero_infinite_or_after_the_panel():
    starts = {"u2": ["", "0", "Inf", None, "2050"], "u3": [np.nan, 0.0, np.inf, "never", 2050]}
    for two, three in zip(*starts.values(), strict=True):
        frame = changed("g", two, slice(8, 12)).astype({"g": object})
        frame.loc[frame["u"] == "u3", "g"] = three
        panel = Panel.from_frame(frame, **COLUMNS)
        assert list(panel.ever) == [True, True, False, False]


def test_a_message_prints_no_value_of_the_panel():
    with pytest.raises(PanelError) as caught:
        Panel.from_frame(changed("y", "Jane Roe"), **COLUMNS)
    assert "Jane" not in str(caught.value)


def test_every_estimator_says_what_it_assumes_and_when_it_fails():
    assert all(e.key == key and e.assumes and e.fails_when for key, e in ESTIMATORS.items())


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_separates_it(tmp_path, separator):
    path = tmp_path / "panel.csv"
    good().to_csv(path, sep=separator)
    pd.testing.assert_frame_equal(read_panel(path)[list("utgy")], good()[list("utgy")])
