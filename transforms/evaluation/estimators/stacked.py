"""Stacked difference-in-differences (Wing, Freedman and Hollingsworth 2024): one clean experiment per cohort.

In: a panel. Out: the overall effect and one by event time, over the widest window that every cohort has.
"""

from __future__ import annotations

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.results import read
from transforms.evaluation.library import refuse_extras, stacked
from transforms.evaluation.panel import Panel

KEY = "stacked"
WIDEST = 5


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Stack the cohorts over a common window of at most five periods on either side."""
    refuse_extras(panel, KEY)
    panel = panel.without_always_treated()
    last = panel.n_periods if not panel.ever.all() else max(panel.cohorts)
    cohorts = [c for c in panel.cohorts if c < last]
    before = min(WIDEST, *cohorts, panel.n_periods)
    after = max(0, min(WIDEST, *(last - 1 - c for c in cohorts), panel.n_periods))
    result, notes = stacked(panel, before, after)
    method = f"stacked least squares, {before} periods before and {after + 1} after, cluster-robust error"
    return read(KEY, panel, design, result, method, notes)


ESTIMATOR = Estimator(
    key=KEY,
    label="Stacked difference-in-differences",
    assumes=("Within each cohort's window, outcomes would have moved in parallel, in levels.",),
    fails_when=("Counts grow by a common factor.", "Cohorts are close together, so that windows are short."),
    run=estimate,
)
