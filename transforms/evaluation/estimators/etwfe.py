"""Extended two-way fixed effects, linear (Wooldridge 2021): one regression, every cohort-period its own effect.

In: a panel, with covariates if wished. Out: simple, event, group and calendar averages as R's `etwfe` gives them.
"""

from __future__ import annotations

from transforms.evaluation.estimate import Design, Estimate, Estimator, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import control_of, refuse_extras
from transforms.evaluation.panel import Panel
from transforms.evaluation.saturated import average, cells, fit

KEY = "etwfe"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """All averages; errors are clustered, with the small-sample factor of R's `fixest`."""
    refuse_extras(panel, KEY, covariates=True)
    panel = panel.without_always_treated()
    control = control_of(panel, design, "not-yet")
    found = fit(panel, control=control, is_poisson=False)
    df = len(set(panel.cluster.tolist())) - 1
    estimates = []
    for cell in cells(found):
        where = place(panel, cell.event_time, _time(panel, cell.start), _time(panel, cell.period))
        value = normal(*average(found, cell.rows, "difference"), design.level, df)
        method = f"least squares, controls {control} treated, cluster-robust error, t({df})"
        notes = found.notes
        estimates.append(Estimate(KEY, cell.term, method=method, notes=notes, **where, **value, **panel.counts))
    return estimates


def _time(panel: Panel, position: int | None) -> float | None:
    return None if position is None else float(panel.times[position])


ESTIMATOR = Estimator(
    key=KEY,
    label="Extended two-way fixed effects, linear",
    assumes=(
        "Without treatment, outcomes of all cohorts would have moved in parallel, given the covariates.",
        "Effects of covariates are linear and may differ by cohort and period.",
    ),
    fails_when=(
        "Counts grow by a common factor: use poisson_etwfe.",
        "Few clusters are treated: the clustered error is too small (it rejects 9-20 % at nominal 5 %).",
    ),
    run=estimate,
)
