"""Synthetic control (Abadie, Diamond and Hainmueller 2010): each treated unit against a mix of never-treated ones.

In: a panel. Out: the pooled effect, one per unit, per period and per event time, donor weights, and a p-value from the
ranks of placebo units. The mix is matched on every period before the start, all with equal importance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import refuse_extras
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if

KEY = "synthetic_control"
METHOD = (
    "synthetic control on every period before the start, equal importance; p-value from placebo ranks, conformal limits"
)
Floats = NDArray[np.float64]
LEAST_WEIGHT = 5e-4  # a smaller one is not listed
MOST_PLACEBOS = 200


@dataclass(frozen=True)
class Site:
    """One treated unit: its gap in every period, the weights of its donors, and the gaps of placebo units."""

    unit: int
    start: int
    gap: Floats
    weights: dict[str, float]
    placebos: list[Floats]

    @property
    def effect(self) -> float:
        """The mean gap from the start on."""
        return float(self.gap[self.start :].mean())

    @property
    def p_value(self) -> float | None:
        """Rank of the ratio of errors after and before among never-treated units given the same start."""
        own, others = _error_ratio(self.gap, self.start), [_error_ratio(g, self.start) for g in self.placebos]
        return float((1 + sum(o >= own for o in others)) / (1 + len(others))) if others else None

    def interval(self, level: float) -> dict[str, Any]:
        """Conformal limits: as far from the effect as placebo gaps reach, in units of the error before the start."""
        rank = int(np.ceil(level * (1 + len(self.placebos))))
        if rank > len(self.placebos):
            return {}  # too few placebo units for any limit at this level
        far = sorted(abs(float(g[self.start :].mean())) / _error_before(g, self.start) for g in self.placebos)
        reach = far[rank - 1] * _error_before(self.gap, self.start)
        return {"lower": self.effect - reach, "upper": self.effect + reach}


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Pooled, then by event time, period and unit."""
    ignored = refuse_extras(panel, KEY, weights=False)
    panel = panel.without_always_treated().with_periods_before(2, KEY)
    refuse_if(panel.ever.all(), "needs_never_treated", KEY)
    notes = (*panel.notes, *ignored)
    others = {start: _placebos(panel, start) for start in panel.cohorts}
    sites = [_site(panel, int(unit), others) for unit in np.flatnonzero(panel.ever)]
    return [*_pooled(panel, sites, notes, design.level), *_by_site(panel, sites, notes, design.level)]


def _site(panel: Panel, unit: int, others: dict[int, list[Floats]]) -> Site:
    start, donors = int(panel.start[unit]), panel.y[~panel.ever]
    weight = simplex(panel.y[unit, :start], donors[:, :start])
    names = [u for u, is_site in zip(panel.units, panel.ever, strict=True) if not is_site]
    weights = {name: float(w) for name, w in zip(names, weight, strict=True) if w > LEAST_WEIGHT}
    return Site(unit, start, panel.y[unit] - weight @ donors, weights, others[start])


def _placebos(panel: Panel, start: int) -> list[Floats]:
    """Gaps of never-treated units against a mix of the other ones, as if each had started then."""
    donors = panel.y[~panel.ever]
    if len(donors) < 2:
        return []
    chosen = np.unique(np.linspace(0, len(donors) - 1, min(len(donors), MOST_PLACEBOS)).astype(int))
    rest = [np.delete(donors, i, axis=0) for i in chosen]
    own = donors[chosen]
    return [y - simplex(y[:start], others[:, :start]) @ others for y, others in zip(own, rest, strict=True)]


def simplex(target: Floats, donors: Floats) -> Floats:
    """Weights, none negative and adding to one, that bring the donors nearest to the target."""
    from scipy.optimize import nnls

    heavy = 1e4 * max(float(np.abs(donors).max()), 1e-12)
    weights = nnls(np.vstack([donors.T, np.full(len(donors), heavy)]), np.append(target, heavy), maxiter=10_000)[0]
    return np.asarray(weights / max(weights.sum(), 1e-12))


def _error_before(gap: Floats, start: int) -> float:
    return float(np.sqrt(max((gap[:start] ** 2).mean(), 1e-12)))


def _error_ratio(gap: Floats, start: int) -> float:
    return float(np.sqrt((gap[start:] ** 2).mean())) / _error_before(gap, start)


def _pooled(panel: Panel, sites: list[Site], notes: tuple[str, ...], level: float) -> Iterator[Estimate]:
    gaps = np.concatenate([s.gap[s.start :] for s in sites])
    only: dict[str, Any] = {}
    if len(sites) == 1:
        only = {"p_value": sites[0].p_value, **sites[0].interval(level)}
    yield Estimate(KEY, "simple", float(gaps.mean()), method=METHOD, notes=notes, **only, **panel.counts)
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


def _by_site(panel: Panel, sites: list[Site], notes: tuple[str, ...], level: float) -> Iterator[Estimate]:
    for site in sites:
        name = panel.units[site.unit]
        where = place(panel, cohort=float(panel.times[site.start]))
        yield Estimate(
            KEY, "unit", site.effect, p_value=site.p_value, label=name, method=METHOD, notes=notes,
            **site.interval(level), **where, **panel.counts,
        )  # fmt: skip
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
