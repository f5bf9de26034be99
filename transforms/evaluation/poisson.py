"""The ratio of observed to expected outcomes in any set of treated cells, with an interval for few treated units.

In: a panel. Out: the score of treated cells, by event time, cohort or period. Cells before treatment are shown as what
they would be if they had been predicted from the other periods (left out one event time at a time).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.panel import Panel
from transforms.evaluation.score import Score, contributions
from transforms.evaluation.totals import expected

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Cell:
    """A named set of cells of treated units, with its score."""

    term: str
    score: Score
    event_time: float | None = None
    start: int | None = None
    period: int | None = None


def weighted(panel: Panel) -> Panel:
    """Weights multiply outcomes, so that totals are weighted; unit effects take up an exposure that never moves."""
    if panel.exposure is not None and not np.ptp(panel.exposure, axis=1).any():
        panel = replace(panel, exposure=None)
    if panel.weights is None:
        return panel
    weight = panel.weights.mean(axis=1, keepdims=True)
    return replace(panel, y=panel.y * weight / weight.mean(), weights=None)


def score_of(panel: Panel, cells: Bools, used: Bools, *, never_only: bool = False, n_clusters: int = 0) -> Score:
    """Score of a set of cells; with never-treated controls only, each cohort is fitted apart with those."""
    n = n_clusters or int(panel.cluster.max()) + 1
    never = ~panel.ever
    groups = [never | (panel.start == g) for g in panel.cohorts] if never_only else [np.ones(len(never), dtype=bool)]
    total = Score(np.zeros(n), np.zeros(n))
    for rows in groups:
        exposure = None if panel.exposure is None else panel.exposure[rows]
        mean = expected(panel.y[rows], used[rows], exposure)
        total += contributions(panel.y[rows], mean, used[rows], cells[rows], panel.cluster[rows], n)
    return total


def overall(panel: Panel, *, never_only: bool = False) -> Score:
    """Score of all treated cells."""
    return score_of(panel, panel.treated, ~panel.treated, never_only=never_only)


def windowed(panel: Panel, before: int, after: int) -> Score:
    """Score of a short window around each start: every cohort with the never treated, cut to the same event times."""
    n = int(panel.cluster.max()) + 1
    total = Score(np.zeros(n), np.zeros(n))
    for g in panel.cohorts:
        cut = panel.only((panel.start == g) | ~panel.ever).between(max(0, g - before), min(panel.n_periods, g + after))
        total += score_of(cut, cut.treated, ~cut.treated, n_clusters=n)
    return total


def cells(panel: Panel, *, never_only: bool = False) -> Iterator[Cell]:
    """All treated cells, then by event time (before treatment too), cohort and period."""
    treated, event = panel.treated, events(panel)

    def score(chosen: Bools, used: Bools = ~treated) -> Score:
        return score_of(panel, chosen, used, never_only=never_only)

    yield Cell("simple", score(treated))
    for e in np.unique(event[np.isfinite(event)]):
        chosen = np.isclose(event, e)
        used = ~treated & ~chosen
        if e >= 0 or used[panel.ever].any(axis=1).all():
            yield Cell("event", score(chosen, used), event_time=float(e))
    for g in panel.cohorts:
        yield Cell("group", score(treated & (panel.start == g)[:, None]), start=g)
    for t in np.flatnonzero(treated.any(axis=0)):
        yield Cell("calendar", score(treated & (np.arange(panel.n_periods) == t)), period=int(t))


def events(panel: Panel) -> Floats:
    """Event time of every cell; minus infinity for the never treated."""
    begin = np.append(panel.times, np.inf)[panel.start]
    return np.asarray(panel.times[None, :] - begin[:, None])
