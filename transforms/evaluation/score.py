"""A test that holds with few treated units: the cluster score test with random signs, and its inverted interval.

In: outcomes, expected untreated outcomes, used cells, clusters and treated cells. Out: the ratio, a p-value and an
interval. Every cluster's contribution to (observed - ratio x expected) is multiplied by a random sign (Kline and Santos
2012); the interval holds the ratios that are not rejected. No variance of the estimate is needed, zeros do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
WIDEST = 50.0  # the interval is searched for from a fiftieth to fifty times the estimate
NEAREST = 50.0  # beginning at a fiftieth of the standard error
STEPS = 120


@dataclass(frozen=True)
class Score:
    """Contributions of clusters, linear in the ratio: observed - ratio * expected."""

    observed: Floats
    expected: Floats

    @property
    def ratio(self) -> float:
        """Observed over expected in the treated cells."""
        below = float(self.expected.sum())
        return float(self.observed.sum()) / below if below > 0 else float("nan")

    def __add__(self, other: Score) -> Score:
        return Score(self.observed + other.observed, self.expected + other.expected)

    def at(self, ratio: float) -> Floats:
        """Each cluster's contribution if the true ratio were this."""
        return self.observed - ratio * self.expected

    def standard_error(self) -> float:
        """Cluster-robust error of the logarithm of the ratio: shown beside, and too small with few treated."""
        spread = float(np.sqrt((self.at(self.ratio) ** 2).sum()))
        return spread / float(self.observed.sum()) if self.observed.sum() > 0 else float("nan")


def contributions(
    y: Floats, mean: Floats, used: Bools, cells: Bools | Floats, cluster: NDArray[np.int64], n: int
) -> Score:
    """Contributions by cluster, with what each used cell adds through the fitted period and unit effects.

    Cells may be weighed instead of chosen.
    """
    shift = influence_of_periods(mean, used, cells)
    own = (mean * cells).sum(axis=1)
    through = ((y - mean) * used) @ shift
    observed = np.bincount(cluster, (y * cells).sum(axis=1), minlength=n).astype(float)
    return Score(observed, np.bincount(cluster, own + through, minlength=n).astype(float))


def influence_of_periods(mean: Floats, untreated: Bools, cells: Bools | Floats) -> Floats:
    """By how much a residual in an untreated period moves the expected total of the cells.

    The normal equations of unit and period effects, the unit effects concentrated out; leading axes are stacks.
    """
    weight = mean * untreated
    total = weight.sum(axis=-1)
    share = np.divide(weight, total[..., None], out=np.zeros_like(weight), where=total[..., None] > 0)
    wanted = mean * cells
    right = wanted.sum(axis=-2) - (np.swapaxes(share, -1, -2) @ wanted.sum(axis=-1)[..., None])[..., 0]
    periods = np.arange(mean.shape[-1])
    matrix = -np.swapaxes(weight, -1, -2) @ share
    matrix[..., periods, periods] += weight.sum(axis=-2)
    ridge = 1e-9 * np.maximum(np.trace(matrix, axis1=-2, axis2=-1), 1e-12)
    matrix[..., periods, periods] += ridge[..., None]
    return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])


def signs(n_clusters: int, draws: int, seed: int) -> Floats:
    """Random signs, one row a draw."""
    return np.random.default_rng(seed).choice(np.array([-1.0, 1.0]), size=(draws, n_clusters))


def p_value(score: Score, sign: Floats, ratio: float = 1.0) -> float:
    """How often random signs give a score at least as far from zero, the observed one counted."""
    return float(_p_values(score, _drawn(score, sign), np.array([ratio]))[0])


def interval(score: Score, sign: Floats, level: float = 0.95) -> tuple[float, float]:
    """The ratios that the test does not reject; 0 or infinity where the data set no limit."""
    centre = score.ratio
    if not np.isfinite(centre):
        return float("nan"), float("nan")
    anchor = centre if centre > 0 else 1.0 / max(float(score.expected.sum()), 1e-12)
    error = score.standard_error()
    near = error / NEAREST if np.isfinite(error) and error > 0 else 1.0 / NEAREST
    away = np.geomspace(min(near, 0.5), np.log(WIDEST), STEPS)
    drawn = _drawn(score, sign)
    below = _edge(score, drawn, anchor * np.exp(-away), 1 - level) if centre > 0 else 0.0
    above = _edge(score, drawn, anchor * np.exp(away), 1 - level)
    return (0.0 if below is None else below), (float("inf") if above is None else above)


def _drawn(score: Score, sign: Floats) -> tuple[Floats, Floats]:
    """Contributions are linear in the ratio, so the signs are multiplied through only once for all ratios."""
    return sign @ score.observed, sign @ score.expected


def _p_values(score: Score, drawn: tuple[Floats, Floats], ratios: Floats) -> Floats:
    far = np.abs(drawn[0][:, None] - drawn[1][:, None] * ratios)
    seen = np.abs(score.observed.sum() - score.expected.sum() * ratios)
    reach = seen * (1 - 1e-9) - 1e-12
    return np.asarray((1 + (far >= reach).sum(axis=0)) / (1 + len(far)))


def _edge(score: Score, drawn: tuple[Floats, Floats], ratios: Floats, tail: float) -> float | None:
    """The first ratio along the way that is rejected for good, narrowed down between two steps."""
    accepted = np.flatnonzero(_p_values(score, drawn, ratios) > tail)
    last = int(accepted.max()) if len(accepted) else 0
    if last + 1 >= len(ratios):
        return None
    fine = np.geomspace(ratios[last], ratios[last + 1], 20)
    inside = np.flatnonzero(_p_values(score, drawn, fine) > tail)
    return float(fine[inside.max()]) if len(inside) else float(ratios[last])
