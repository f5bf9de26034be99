"""Two-way fixed effects: what a naive analyst would report, with the decomposition that shows why not to.

In: a panel. Out: the single coefficient, a naive event study, and Goodman-Bacon's (2021) two-by-two comparisons with
their weights. Always-treated units stay in: the naive analyst keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design, Estimate, Estimator, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import bacon, refuse_extras
from transforms.evaluation.panel import Panel
from transforms.evaluation.twoway import regress

KEY = "twfe"
KINDS = {
    "treated_vs_never": "Treated vs Untreated",
    "earlier_vs_later": "Earlier vs Later Treated",
    "later_vs_earlier": "Later vs Earlier Treated",
}
ONE_TREATED = "one treated cluster: the clustered error is not to be trusted"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """The coefficient, the event study, and the decomposition (which takes neither weights nor covariates)."""
    refuse_extras(panel, KEY, covariates=True)
    few = len(set(panel.cluster[panel.ever].tolist())) == 1
    notes = (*panel.notes, *([ONE_TREATED] if few else []))
    df = len(set(panel.cluster.tolist())) - 1
    method = f"least squares with unit and period effects, cluster-robust error, t({df})"
    beta, error = regress(panel, panel.treated[None, :, :].astype(float))
    whole = normal(beta[0], error[0], design.level, df)
    found = [Estimate(KEY, "simple", method=method, notes=notes, **whole, **panel.counts)]
    found += [*_event_study(panel, design, method, notes, df)]
    return found if panel.weights is not None or panel.covariates else [*found, *_decomposition(panel, notes)]


def _event_study(panel: Panel, design: Design, method: str, notes: tuple[str, ...], df: int) -> Iterator[Estimate]:
    event = panel.times[None, :] - np.append(panel.times, np.inf)[panel.start][:, None]
    found = np.unique(event[np.isfinite(event)])
    step = float(np.diff(panel.times).min())
    omitted = {-step} if not panel.ever.all() else {-step, float(found.min())}
    shown = [e for e in found if not any(np.isclose(e, o) for o in omitted)]
    dummies: NDArray[np.float64] = np.stack([np.isclose(event, e).astype(float) for e in shown])
    beta, error = regress(panel, dummies)
    for e, b, s in zip(shown, beta, error, strict=False):
        where, value = place(panel, event_time=float(e)), normal(b, s, design.level, df)
        yield Estimate(
            KEY, "event", method=method, notes=(*notes, "naive event study"), **where, **value, **panel.counts
        )


def _decomposition(panel: Panel, notes: tuple[str, ...]) -> Iterator[Estimate]:
    if len(panel.cohorts) < 2 and panel.cohorts != [0]:
        return
    result, said = bacon(panel)
    means = result.effect_by_type()
    method, notes = "Goodman-Bacon decomposition", notes + said
    for kind, weight in result.weight_by_type().items():
        if weight > 0:
            label = KINDS.get(kind, kind)
            yield Estimate(KEY, "bacon", float(means[kind]), label=label, method=method, notes=notes, **panel.counts)
            yield Estimate(
                KEY, "bacon_weight", float(weight), label=label, scale="weight", method=method, notes=notes,
                **panel.counts,
            )  # fmt: skip
    for two in result.comparisons:
        where = place(panel, cohort=float(two.treated_group))
        label = f"{where['cohort']} vs {_control(panel, two.control_group)}"
        yield Estimate(
            KEY, "bacon_2x2", float(two.estimate), label=label, method=method, notes=notes, **where, **panel.counts
        )
        yield Estimate(
            KEY, "bacon_2x2_weight", float(two.weight), label=label, scale="weight", method=method, notes=notes,
            **where, **panel.counts,
        )  # fmt: skip


def _control(panel: Panel, group: object) -> str:
    return "never" if group == "never_treated" else str(place(panel, cohort=float(str(group)))["cohort"])


ESTIMATOR = Estimator(
    key=KEY,
    label="Two-way fixed effects, with Bacon decomposition",
    assumes=(
        "Outcomes would have moved in parallel, in levels.",
        "The effect is the same in every cohort and does not grow with time.",
    ),
    fails_when=(
        "Starts are staggered and effects change with time: earlier cohorts then serve as controls for later ones.",
        "Counts grow by a common factor.",
    ),
    run=estimate,
)
