"""Two-way fixed effects: what a naive analyst would report, with the decomposition that shows why not to.

In: a panel. Out: the single coefficient, a naive event study, and Goodman-Bacon's (2021) two-by-two comparisons with
their weights. Always-treated units stay in: the naive analyst keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design, Estimate, Estimator, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import bacon, refuse_extras
from transforms.evaluation.panel import ENOUGH_TREATED, Panel
from transforms.evaluation.score import signs
from transforms.evaluation.twoway import null_scores, regress

KEY = "twfe"
KINDS = {
    "treated_vs_never": "Treated vs Untreated",
    "earlier_vs_later": "Earlier vs Later Treated",
    "later_vs_earlier": "Later vs Earlier Treated",
    "later_vs_always": "Later vs Always Treated",
}


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """The coefficient, the event study, and the decomposition (which takes neither weights nor covariates)."""
    refuse_extras(panel, KEY, covariates=True)
    notes = panel.notes
    df = len(set(panel.cluster.tolist())) - 1
    method = f"least squares with unit and period effects, cluster-robust error, t({df})"
    beta, error = regress(panel, panel.treated[None, :, :].astype(float))
    whole = normal(beta[0], error[0], design.level, df)
    found = [Estimate(KEY, "simple", method=method, notes=notes, **whole, **panel.counts)]
    found += [*_wild(panel, design, float(beta[0])), *_event_study(panel, design, method, notes, df)]
    return found if panel.weights is not None or panel.covariates else [*found, *_decomposition(panel, notes)]


def _wild(panel: Panel, design: Design, value: float) -> Iterator[Estimate]:
    """The coefficient again with the wild cluster bootstrap's p-value, where enough clusters are treated for it."""
    if len(set(panel.cluster[panel.ever].tolist())) < ENOUGH_TREATED:
        return
    score = null_scores(panel)
    drawn = np.abs(signs(len(score), design.draws, design.seed) @ score)
    p_value = float((1 + (drawn >= abs(score.sum()) * (1 - 1e-9)).sum()) / (1 + design.draws))
    method = f"wild cluster score bootstrap under no effect, {design.draws} random signs"
    yield Estimate(KEY, "wild_bootstrap", value, p_value=p_value, method=method, notes=panel.notes, **panel.counts)


def _event_study(panel: Panel, design: Design, method: str, notes: tuple[str, ...], df: int) -> Iterator[Estimate]:
    event = panel.times[None, :] - np.append(panel.times, np.inf)[panel.start][:, None]
    found = np.unique(event[np.isfinite(event)])
    omitted = {-panel.step} if not panel.ever.all() else {-panel.step, float(found.min())}
    shown = [e for e in found if not any(np.isclose(e, o) for o in omitted)]
    dummies: NDArray[np.float64] = np.stack([np.isclose(event, e).astype(float) for e in shown])
    beta, error = regress(panel, dummies)
    for e, b, s in zip(shown, beta, error, strict=False):
        where, value = place(panel, event_time=float(e)), normal(b, s, design.level, df)
        yield Estimate(
            KEY, "event", method=method, notes=(*notes, "naive event study"), **where, **value, **panel.counts
        )


def _decomposition(panel: Panel, notes: tuple[str, ...]) -> Iterator[Estimate]:
    if len(panel.cohorts) < 2:
        return
    result, _ = bacon(panel)
    parts = [part for two in result.comparisons for part in _parts(panel, two)]
    fixed: dict[str, Any] = {"method": "Goodman-Bacon decomposition", "notes": notes, **panel.counts}
    for kind in KINDS.values():
        same = [p for p in parts if p.kind == kind]
        if weight := sum(p.weight for p in same):
            mean = sum(p.weight * p.estimate for p in same) / weight
            yield Estimate(KEY, "bacon", mean, label=kind, **fixed)
            yield Estimate(KEY, "bacon_weight", weight, label=kind, scale="weight", **fixed)
    for part in parts:
        where = place(panel, cohort=part.treated)
        label = f"{where['cohort']} vs {part.control}"
        yield Estimate(KEY, "bacon_2x2", part.estimate, label=label, **where, **fixed)
        yield Estimate(KEY, "bacon_2x2_weight", part.weight, label=label, scale="weight", **where, **fixed)


@dataclass(frozen=True)
class Part:
    """One two-by-two comparison."""

    kind: str
    treated: float
    control: str
    estimate: float
    weight: float


def _parts(panel: Panel, two: Any) -> Iterator[Part]:
    """A comparison of the library; the untreated one in two parts where some units are always treated.

    The weight of untreated units is in proportion to their number (Goodman-Bacon 2021, footnote 11), so it splits so.
    """
    treated, estimate, weight = panel.at(two.treated_group), float(two.estimate), float(two.weight)
    always = panel.start == 0
    if two.control_group != "never_treated":
        control = place(panel, cohort=panel.at(two.control_group))["cohort"]
        yield Part(KINDS[two.comparison_type], treated, str(control), estimate, weight)
        return
    for name, rows in (("never", ~panel.ever), ("always", always)):
        if rows.any():
            share = weight * rows.sum() / (always | ~panel.ever).sum()
            kind = KINDS["treated_vs_never" if name == "never" else "later_vs_always"]
            yield Part(kind, treated, name, _two_by_two(panel, treated, rows), share)


def _two_by_two(panel: Panel, treated: float, control: NDArray[np.bool_]) -> float:
    g = int(np.searchsorted(panel.times, treated))
    change = panel.y[:, g:].mean(axis=1) - panel.y[:, :g].mean(axis=1)
    return float(change[panel.start == g].mean() - change[control].mean())


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
