"""Borusyak, Jaravel and Spiess (2024): fit the untreated, predict the treated, average the gap.

In: a panel. Out: the overall effect, and effects by event time and by cohort.
"""

from __future__ import annotations

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.results import read
from transforms.evaluation.library import imputation, refuse_extras
from transforms.evaluation.panel import Panel

KEY = "imputation"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Effects of the treated against what unit and period effects of the untreated predict."""
    refuse_extras(panel, KEY, covariates=True)
    panel = panel.without_always_treated().supported()
    result, notes = imputation(panel)
    return read(KEY, panel, design, result, "imputation, conservative clustered error", notes)


ESTIMATOR = Estimator(
    key=KEY,
    label="Imputation difference-in-differences",
    assumes=(
        "Untreated outcomes are a unit effect plus a period effect, in levels.",
        "Nothing changes before the start.",
    ),
    fails_when=("Counts grow by a common factor: use poisson_etwfe, which does the same with factors.",),
    run=estimate,
)
