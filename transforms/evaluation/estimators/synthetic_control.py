"""Synthetic control (Abadie, Diamond and Hainmueller 2010): each treated unit against a mix of never-treated ones.

In: a panel. Out: the pooled effect, one per unit, per period and per event time, donor weights, and a p-value from the
ranks of placebo units. The mix is matched on every period before the start, all with equal importance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import refuse_extras, synthetic_control
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if

KEY = "synthetic_control"
METHOD = "synthetic control on every period before the start, equal importance, p-value from placebo ranks"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Site:
    """One treated unit: its gap in every period, and the weights of its donors."""

    unit: int
    start: int
    gap: Floats
    weights: dict[str, float]
    p_value: float


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Pooled, then by event time, period and unit."""
    ignored = refuse_extras(panel, KEY, weights=False)
    panel = panel.without_always_treated().with_periods_before(2, KEY)
    refuse_if(panel.ever.all(), "needs_never_treated", KEY)
    notes = (*panel.notes, *ignored)
    sites = [_site(panel, int(unit)) for unit in np.flatnonzero(panel.ever)]
    return [*_pooled(panel, sites, notes), *_by_site(panel, sites, notes)]


def _site(panel: Panel, unit: int) -> Site:
    start = int(panel.start[unit])
    keep = ~panel.ever
    keep[unit] = True
    alone = panel.only(keep)
    result, _ = synthetic_control(alone, [float(t) for t in panel.times[start:]])
    weights = {alone.units[int(k)]: float(v) for k, v in dict(result.donor_weights).items() if v > 5e-4}
    mix = sum((w * panel.y[panel.units.index(u)] for u, w in weights.items()), np.zeros(panel.n_periods))
    total = sum(weights.values())
    return Site(unit, start, panel.y[unit] - mix / total, weights, _placebo_p(panel, unit, start, panel.y[unit] - mix))


def _placebo_p(panel: Panel, unit: int, start: int, gap: Floats) -> float:
    """Rank of the ratio of errors after and before among never-treated units given the same start."""
    donors = panel.y[~panel.ever]
    others = []
    for i in range(len(donors)):
        rest = np.delete(donors, i, axis=0)
        others.append(_error_ratio(donors[i] - simplex(donors[i, :start], rest[:, :start]) @ rest, start))
    own = _error_ratio(gap, start)
    return float((1 + sum(o >= own for o in others)) / (1 + len(others)))


def simplex(target: Floats, donors: Floats) -> Floats:
    """Weights, none negative and adding to one, that bring the donors nearest to the target."""
    from scipy.optimize import nnls

    heavy = 1e4 * max(float(np.abs(donors).max()), 1e-12)
    weights = nnls(np.vstack([donors.T, np.full(len(donors), heavy)]), np.append(target, heavy), maxiter=10_000)[0]
    return np.asarray(weights / max(weights.sum(), 1e-12))


def _error_ratio(gap: Floats, start: int) -> float:
    return float(np.sqrt((gap[start:] ** 2).mean() / max((gap[:start] ** 2).mean(), 1e-12)))


def _pooled(panel: Panel, sites: list[Site], notes: tuple[str, ...]) -> Iterator[Estimate]:
    gaps = np.concatenate([s.gap[s.start :] for s in sites])
    p_value = sites[0].p_value if len(sites) == 1 else None
    yield Estimate(KEY, "simple", float(gaps.mean()), p_value=p_value, method=METHOD, notes=notes, **panel.counts)
    events: dict[float, list[float]] = {}
    periods: dict[int, list[float]] = {}
    for site in sites:
        for t in range(panel.n_periods):
            events.setdefault(panel.event_time(site.start, t), []).append(site.gap[t])
            if t >= site.start:
                periods.setdefault(t, []).append(site.gap[t])
    for e, values in sorted(events.items()):
        yield Estimate(
            KEY,
            "event",
            float(np.mean(values)),
            method=METHOD,
            notes=notes,
            **place(panel, event_time=e),
            **panel.counts,
        )
    for t, values in sorted(periods.items()):
        where = place(panel, time=float(panel.times[t]))
        yield Estimate(KEY, "calendar", float(np.mean(values)), method=METHOD, notes=notes, **where, **panel.counts)


def _by_site(panel: Panel, sites: list[Site], notes: tuple[str, ...]) -> Iterator[Estimate]:
    for site in sites:
        name = panel.units[site.unit]
        where = place(panel, cohort=float(panel.times[site.start]))
        value = float(site.gap[site.start :].mean())
        yield Estimate(
            KEY, "unit", value, p_value=site.p_value, label=name, method=METHOD, notes=notes, **where, **panel.counts
        )
        for donor, weight in sorted(site.weights.items(), key=lambda item: -item[1]):
            yield Estimate(
                KEY, "unit_weight", weight, label=f"{donor} for {name}", scale="weight", method=METHOD, notes=notes,
                **where, **panel.counts,
            )  # fmt: skip


ESTIMATOR = Estimator(
    key=KEY,
    label="Synthetic control, by site and pooled",
    assumes=("A fixed mix of never-treated units that tracks a site before the start would have tracked it after.",),
    fails_when=(
        "The site lies outside the range of the others, or the fit before the start is poor.",
        "Few periods lie before the start: the mix then fits noise.",
    ),
    run=estimate,
)
