"""Sun and Abraham (2021): an event study whose coefficients are averages of cohort effects.

In: a panel. Out: the overall effect and one by event time; the period before the start is the reference.
"""

from __future__ import annotations

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.results import read
from transforms.evaluation.library import refuse_extras, sun_abraham
from transforms.evaluation.panel import Panel

KEY = "sun_abraham"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Interaction-weighted event study; without a never-treated unit the last cohort is the comparison."""
    refuse_extras(panel, KEY, covariates=True)
    panel = panel.without_always_treated().supported()
    result, notes = sun_abraham(panel)
    df = len(set(panel.cluster.tolist())) - 1
    method = f"interaction-weighted least squares, cluster-robust error, t({df})"
    return read(KEY, panel, design, result, method, notes, df)


ESTIMATOR = Estimator(
    key=KEY,
    label="Sun and Abraham event study",
    assumes=("Without treatment, outcomes of all cohorts would have moved in parallel, in levels.",),
    fails_when=("Counts grow by a common factor.", "Few clusters are treated: the clustered error is too small."),
    run=estimate,
)
