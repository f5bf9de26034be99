"""Averages of effects by cohort and period, with the error of the averages (as R's `did::aggte`).

In: `Cells`. Out: simple, event, group and calendar averages, each with its influence on every unit. Weights are the
cohorts' shares of units; that these shares are themselves estimated is part of the error (Callaway and Sant'Anna 2021).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.library import Cells

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Average:
    """One average with the influence of every unit on it."""

    term: str
    value: float
    influence: Floats
    event_time: float | None = None
    cohort: float | None = None
    time: float | None = None


def averages(cells: Cells, balance: int | None = None) -> list[Average]:
    """Every average that is reported, in order; event times may be balanced (the same cohorts at each)."""
    if balance is not None:
        return _balanced(cells, balance)
    events = [_event(cells, e) for e in np.unique(cells.time - cells.cohort)]
    groups = [_group(cells, g) for g in np.unique(cells.cohort[cells.time >= cells.cohort])]
    years = [_calendar(cells, t) for t in np.unique(cells.time[cells.time >= cells.cohort])]
    post = [e for e in events if e.event_time is not None and e.event_time >= 0]
    return [
        _weighted(cells, cells.time >= cells.cohort, "simple"),
        _mean(post, "dynamic"),
        _over_groups(cells, groups),
        _mean(years, "calendar_mean"),
        *events,
        *groups,
        *years,
        *_cells(cells),
    ]


def _balanced(cells: Cells, balance: int) -> list[Average]:
    """Event times of cohorts that are seen at least `balance` periods after the start, up to that time."""
    long = {g for g in np.unique(cells.cohort) if (cells.time[cells.cohort == g] - g).max() >= balance}
    keep = np.isin(cells.cohort, list(long)) & (cells.time - cells.cohort <= balance)
    some = replace(cells, cohort=cells.cohort[keep], time=cells.time[keep], effect=cells.effect[keep],
                   influence=cells.influence[:, keep])  # fmt: skip
    events = [_event(some, e) for e in np.unique(some.time - some.cohort)]
    return [_mean([e for e in events if e.event_time is not None and e.event_time >= 0], "dynamic"), *events]


def standard_error(influence: Floats, cluster: NDArray[np.int64]) -> float:
    """Root of the summed squares of the clusters' influence."""
    return float(np.sqrt((np.bincount(cluster, influence) ** 2).sum()))


def _share(cells: Cells) -> Floats:
    """Each cell's cohort as a share of the units."""
    return np.array([(cells.weight * (cells.unit_cohort == g)).mean() for g in cells.cohort])


def _weighted(cells: Cells, keep: NDArray[np.bool_], term: str, **where: float) -> Average:
    share, total = _share(cells)[keep], _share(cells)[keep].sum()
    effect, weight = cells.effect[keep], share / total
    member = (cells.unit_cohort[:, None] == cells.cohort[keep]) * cells.weight[:, None] - share
    estimated = member @ effect / total - member.sum(axis=1) * (weight @ effect) / total
    influence = cells.influence[:, keep] @ weight + estimated / len(cells.weight)
    return Average(term, float(weight @ effect), influence, **where)


def _event(cells: Cells, e: float) -> Average:
    return _weighted(cells, np.isclose(cells.time - cells.cohort, e), "event", event_time=float(e))


def _calendar(cells: Cells, t: float) -> Average:
    return _weighted(cells, (cells.time == t) & (cells.time >= cells.cohort), "calendar", time=float(t))


def _group(cells: Cells, g: float) -> Average:
    keep = (cells.cohort == g) & (cells.time >= g)
    return Average("group", float(cells.effect[keep].mean()), cells.influence[:, keep].mean(axis=1), cohort=float(g))


def _over_groups(cells: Cells, groups: list[Average]) -> Average:
    by_group = Cells(
        cohort=np.array([g.cohort for g in groups], dtype=float),
        time=np.array([g.cohort for g in groups], dtype=float),
        effect=np.array([g.value for g in groups]),
        influence=np.column_stack([g.influence for g in groups]),
        weight=cells.weight,
        unit_cohort=cells.unit_cohort,
    )
    return _weighted(by_group, np.ones(len(groups), dtype=bool), "group_mean")


def _mean(parts: list[Average], term: str) -> Average:
    influence = np.mean([p.influence for p in parts], axis=0)
    return Average(term, float(np.mean([p.value for p in parts])), influence)


def _cells(cells: Cells) -> list[Average]:
    return [
        Average("group_time", float(cells.effect[i]), cells.influence[:, i], float(t - g), float(g), float(t))
        for i, (g, t) in enumerate(zip(cells.cohort, cells.time, strict=True))
    ]
