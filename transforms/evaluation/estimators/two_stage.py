"""Gardner (2022): remove unit and period effects estimated on the untreated, then compare.

In: a panel. Out: the overall effect, and effects by event time and by cohort.
"""

from __future__ import annotations

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.results import read
from transforms.evaluation.library import refuse_extras, two_stage
from transforms.evaluation.panel import Panel

KEY = "two_stage"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Effects of the treated against what unit and period effects of the untreated predict."""
    refuse_extras(panel, KEY, covariates=True)
    panel = panel.without_always_treated().supported()
    result, notes = two_stage(panel)
    return read(KEY, panel, design, result, "two-stage least squares, clustered error", notes)


ESTIMATOR = Estimator(
    key=KEY,
    label="Two-stage difference-in-differences",
    assumes=(
        "Untreated outcomes are a unit effect plus a period effect, in levels.",
        "Nothing changes before the start.",
    ),
    fails_when=("Counts grow by a common factor: use poisson_etwfe, which does the same with factors.",),
    run=estimate,
)
