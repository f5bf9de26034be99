"""Extended two-way fixed effects by (generalised) linear regression: Wooldridge (2021, 2023), as R's `etwfe`.

In: a panel and a design. Out: averages of the saturated effects with cluster-robust errors. Cohort and period effects,
every treated cohort-period its own effect, covariates interacted with all of these after centring on the cohort.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.library import quietly
from transforms.evaluation.panel import Panel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
RANK = 1e-9
NOTHING = 1e-6  # of the mean outcome: an expectation that the fit drives to zero


@dataclass(frozen=True)
class Fit:
    """A fitted regression: designs with and without treatment, coefficients, covariance, and who is in which cell."""

    on: Floats
    off: Floats
    beta: Floats
    covariance: Floats
    weight: Floats
    start: NDArray[np.int64]
    period: NDArray[np.int64]
    event: Floats
    is_poisson: bool
    exposure: Floats
    empty: Bools  # rows of cohort-periods without any event, seen or expected: a log ratio of these has no value
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """A set of treated rows whose effects are averaged."""

    term: str
    rows: Bools
    event_time: float | None = None
    start: int | None = None
    period: int | None = None


def fit(panel: Panel, *, control: str, is_poisson: bool) -> Fit:
    """Fit the saturated regression; without a never-treated unit the last cohort is the comparison until it starts."""
    panel = panel.supported()
    start = np.repeat(panel.start, panel.n_periods)
    period = np.tile(np.arange(panel.n_periods), len(panel.units))
    columns = {k: v.ravel() for k, v in panel.covariates.items()}
    weight = np.ones(len(start)) if panel.weights is None else panel.weights.ravel()
    treat = list(_treatments(panel, start, period, control))
    base = _base(start, period, columns)
    effect = [piece for mask, g in treat for piece in _effects(mask, start == g, columns, weight)]
    on = np.column_stack([base, *effect])
    kept = _independent(on * np.sqrt(weight)[:, None])
    off = on.copy()
    off[:, base.shape[1] :] = 0.0
    exposure = np.ones(len(start)) if panel.exposure is None else panel.exposure.ravel()
    cluster = np.repeat(panel.cluster, panel.n_periods)
    beta, covariance = _regress(panel.y.ravel(), on[:, kept], weight, exposure, cluster, is_poisson)
    on, off = on[:, kept], off[:, kept]
    event = panel.times[period] - np.append(panel.times, np.inf)[start]
    event = np.where(start == panel.n_periods, -np.inf, event)
    empty = np.zeros(len(start), dtype=bool)
    if is_poisson:
        without = exposure * np.exp(off @ beta)
        empty = _without_events(panel) | (without < NOTHING * float(panel.y.mean()))
    return Fit(on, off, beta, covariance, weight, start, period, event, is_poisson, exposure, empty, panel.notes)


def _without_events(panel: Panel) -> Bools:
    total = np.zeros((panel.n_periods + 1, panel.n_periods))
    np.add.at(total, panel.start, panel.y)
    return np.asarray(total[panel.start] == 0).ravel()


def _treatments(panel: Panel, start: Any, period: Any, control: str) -> Iterator[tuple[Bools, int]]:
    for g in panel.cohorts:
        for t in range(panel.n_periods):
            if t >= g or (control == "never" and t != g - 1):
                yield (start == g) & (period == t), g


def _base(start: NDArray[np.int64], period: NDArray[np.int64], columns: dict[str, Floats]) -> Floats:
    cohort = (start[:, None] == np.unique(start)).astype(float)
    time = (period[:, None] == np.unique(period)[1:]).astype(float)
    pieces = [cohort, time]
    for x in columns.values():
        pieces += [cohort * x[:, None], time * x[:, None]]
    return np.column_stack(pieces)


def _effects(mask: Bools, cohort: Bools, columns: dict[str, Floats], weight: Floats) -> Iterator[Floats]:
    yield mask.astype(float)
    for x in columns.values():
        yield mask * (x - np.average(x[cohort], weights=weight[cohort]))


def _independent(matrix: Floats) -> NDArray[np.int64]:
    """Columns that add something, in order: later ones that repeat earlier ones are dropped."""
    scale = np.linalg.norm(matrix, axis=0)
    triangle = np.abs(np.diag(np.linalg.qr(matrix / np.where(scale > 0, scale, 1), mode="r")))
    return np.flatnonzero((triangle > RANK) & (scale > 0))


def _regress(
    y: Floats, x: Floats, weight: Floats, exposure: Floats, cluster: NDArray[np.int64], is_poisson: bool
) -> tuple[Floats, Floats]:
    from statsmodels.genmod.families import Gaussian, Poisson  # type: ignore[import-untyped]
    from statsmodels.genmod.generalized_linear_model import GLM  # type: ignore[import-untyped]

    family = Poisson() if is_poisson else Gaussian()
    offset = np.log(exposure)
    fitted, _ = quietly(lambda: GLM(y, x, family=family, offset=offset, var_weights=weight).fit(tol=1e-12))
    mean = np.asarray(fitted.mu)
    curvature = weight * (mean if is_poisson else 1.0)
    bread = np.linalg.pinv((x * curvature[:, None]).T @ x)
    scores = x * (weight * (y - mean))[:, None]
    codes = np.unique(cluster, return_inverse=True)[1]
    summed = np.zeros((codes.max() + 1, x.shape[1]))
    np.add.at(summed, codes, scores)
    n, k, clusters = len(y), x.shape[1], len(summed)
    correction = clusters / (clusters - 1) * (n - 1) / max(n - k, 1)
    return np.asarray(fitted.params), correction * bread @ (summed.T @ summed) @ bread


def cells(found: Fit) -> list[Cell]:
    """Every set of rows over which effects are averaged, in the order in which they are reported."""
    post = found.event >= 0
    shown = (np.abs(found.on - found.off)).sum(axis=1) > 0
    events = [Cell("event", shown & np.isclose(found.event, e), float(e)) for e in np.unique(found.event[shown])]
    groups = [Cell("group", post & (found.start == g), start=int(g)) for g in np.unique(found.start[post])]
    years = [Cell("calendar", post & (found.period == t), period=int(t)) for t in np.unique(found.period[post])]
    both = sorted({(int(g), int(t)) for g, t in zip(found.start[shown], found.period[shown], strict=True)})
    single = [Cell("group_time", shown & (found.start == g) & (found.period == t), None, g, t) for g, t in both]
    return [Cell("simple", post), *events, *groups, *years, *single]


def with_log_ratio(found: Fit) -> list[Cell]:
    """The sets of rows whose log ratio exists: no cohort-period in them is without events."""
    return [cell for cell in cells(found) if not (cell.rows & found.empty).any()]


def slope(found: Fit, rows: Bools) -> Floats:
    """Derivative of the average effect over rows, on the scale of the link."""
    return np.asarray(np.average(found.on[rows] - found.off[rows], axis=0, weights=found.weight[rows]))


def average(found: Fit, rows: Bools, scale: str) -> tuple[float, float]:
    """Average effect over rows and its error (delta method) as difference in the outcome, link or log ratio."""
    on, off, weight = found.on[rows], found.off[rows], found.weight[rows]
    if scale == "link" or not found.is_poisson:
        gradient = slope(found, rows)
        value = float(gradient @ found.beta)
    else:
        with_, without = (weight * found.exposure[rows] * np.exp(m @ found.beta) for m in (on, off))
        if scale == "log_ratio":
            value = float(np.log(with_.sum() / without.sum()))
            gradient = with_ @ on / with_.sum() - without @ off / without.sum()
        else:
            value = float((with_.sum() - without.sum()) / weight.sum())
            gradient = (with_ @ on - without @ off) / weight.sum()
    variance = float(gradient @ found.covariance @ gradient)
    return value, max(variance, 0.0) ** 0.5
