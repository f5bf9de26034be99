"""Callaway and Sant'Anna (2021): effects by cohort and period from clean two-by-two comparisons.

In: a panel. Out: simple, dynamic, group and calendar averages, and every cohort-period effect.
"""

from __future__ import annotations

import numpy as np

from transforms.evaluation.aggregate import averages, standard_error
from transforms.evaluation.estimate import Design, Estimate, Estimator, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import Cells, callaway_cells, control_of, refuse_extras
from transforms.evaluation.panel import Panel

KEY = "callaway_santanna"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """All averages, with analytic errors from the influence functions."""
    refuse_extras(panel, KEY, covariates=True)
    panel = panel.without_always_treated()
    cells, notes = callaway_cells(panel, design)
    method = f"doubly robust, controls {control_of(panel, design, 'never')} treated, influence-function error"
    found = [
        Estimate(
            estimator=KEY,
            term=average.term,
            method=method,
            notes=panel.notes + notes,
            **place(panel, average.event_time, average.cohort, average.time),
            **normal(average.value, standard_error(average.influence, panel.cluster), design.level),
            **panel.counts,
        )
        for average in averages(cells, design.balance_event)
    ]
    return [*found, *_pretest(panel, cells)]


def _pretest(panel: Panel, cells: Cells) -> list[Estimate]:
    """Wald test that all effects before treatment are zero (`estimate` is the statistic). Passing proves little."""
    from scipy.stats import chi2

    before = cells.time < cells.cohort
    if not before.any():
        return []
    influence = np.zeros((int(panel.cluster.max()) + 1, int(before.sum())))
    np.add.at(influence, panel.cluster, cells.influence[:, before])
    covariance = influence.T @ influence
    if np.linalg.matrix_rank(covariance) < len(covariance):
        return []
    wald = float(cells.effect[before] @ np.linalg.solve(covariance, cells.effect[before]))
    method = f"Wald test, {len(covariance)} degrees of freedom"
    return [
        Estimate(KEY, "pretest", wald, p_value=float(chi2.sf(wald, len(covariance))), method=method, **panel.counts)
    ]


ESTIMATOR = Estimator(
    key=KEY,
    label="Callaway and Sant'Anna difference-in-differences",
    assumes=(
        "Without treatment, outcomes of a cohort and of its controls would have moved in parallel, in levels.",
        "Nothing changes before the start.",
    ),
    fails_when=(
        "Counts grow by a common factor: parallel levels then fail (bias +0.33 log points in EVALUATION's simulation).",
        "Cohorts are small: the normal interval is too narrow.",
    ),
    run=estimate,
)
