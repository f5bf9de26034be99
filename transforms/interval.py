"""Intervals for small numbers: counts, shares, and ratios of counts.

In: counts (numpy arrays or single numbers). Out: 95 % limits, or another level. Counts take the exact Poisson interval,
shares the exact binomial one under ten and Wilson's above, ratios the conditional exact one. Nothing here assumes large
numbers where they are small. Defendants come in schemes, so an exact Poisson interval of defendants is too narrow: a
ratio of theirs takes how many count for one (`transforms.clump`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Limits = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Ratio:
    """A ratio with its interval. None where the data cannot say: a ratio of nothing to nothing."""

    estimate: float | None
    lower: float | None
    upper: float | None


LARGE = 2_000  # with more of each, limits of the log ratio are those of the exact ones to three digits, and quick
LEAST = 1e-9  # of a count: keeps what is not used away from a division by zero
UNDEFINED = Ratio(None, None, None)


def garwood(n: ArrayLike, level: float = 0.95) -> Limits:
    """Exact Poisson limits of a count (Garwood 1936). The lower limit of a zero is zero."""
    from scipy.special import gammaincinv

    count, tail = np.asarray(n, dtype=float), (1 - level) / 2
    lower = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    return np.where(np.isnan(count), np.nan, lower), np.asarray(gammaincinv(count + 1, 1 - tail))


def wilson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Limits:
    """Wilson's score limits of the share k of n (1927); nan where n is zero."""
    from scipy.special import ndtri

    hits, of = (np.asarray(v, dtype=float) for v in (k, n))
    z = float(ndtri(1 - (1 - level) / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        share_ = hits / of
        middle = (share_ + z * z / (2 * of)) / (1 + z * z / of)
        half = z * np.sqrt(share_ * (1 - share_) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    lower, upper = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return np.where(hits == 0, np.where(of > 0, 0.0, np.nan), lower), np.where((hits == of) & (of > 0), 1.0, upper)


def clopper_pearson(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Limits:
    """Exact binomial limits of the share k of n (Clopper and Pearson 1934); nan where n is zero."""
    from scipy.special import betaincinv

    hits, of = (np.asarray(v, dtype=float) for v in (k, n))
    tail, some = (1 - level) / 2, of > 0
    lower = np.where(hits > 0, betaincinv(np.maximum(hits, LEAST), of - hits + 1, tail), 0.0)
    upper = np.where(hits < of, betaincinv(hits + 1, np.maximum(of - hits, LEAST), 1 - tail), 1.0)
    return np.where(some, lower, np.nan), np.where(some, upper, np.nan)


def share(k: ArrayLike, n: ArrayLike, level: float = 0.95) -> Limits:
    """Limits of a share as printed: exact where n is under ten, else Wilson's."""
    exact, score = clopper_pearson(k, n, level), wilson(k, n, level)
    small = np.asarray(n, dtype=float) < 10
    return np.where(small, exact[0], score[0]), np.where(small, exact[1], score[1])


def mean(total: ArrayLike, n: ArrayLike, squares: ArrayLike, level: float = 0.95) -> Limits:
    """Student's limits of a mean of n numbers of zero or more, from their sum and sum of squares; nan under two."""
    from scipy.special import stdtrit

    summed, of, squared = (np.asarray(v, dtype=float) for v in (total, n, squares))
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = summed / of
        variance = np.maximum(squared - summed * middle, 0) / (of - 1)
        half = stdtrit(of - 1, 1 - (1 - level) / 2) * np.sqrt(variance / of)
    some = of >= 2
    return np.where(some, np.maximum(middle - half, 0), np.nan), np.where(some, middle + half, np.nan)


def rate_ratio(
    after: float,
    before: float,
    exposure_after: float = 1,
    exposure_before: float = 1,
    level: float = 0.95,
    clump: float = 1.0,
) -> Ratio:
    """Ratio of two Poisson rates with the exact interval that conditions on their sum; `clump` of a count are one."""
    _counts(after, before)
    if after + before == 0:
        return UNDEFINED
    low, high = clopper_pearson(after / clump, (after + before) / clump, level)
    scale = exposure_before / exposure_after
    return Ratio(_divide(after, before) * scale, _odds(float(low)) * scale, _odds(float(high)) * scale)


def ratio_of_ratios(
    after: float, before: float, after_other: float, before_other: float, level: float = 0.95, clump: float = 1.0
) -> Ratio:
    """Change here over change elsewhere; exact limits from the table with all its margins held (Fisher, Cornfield).

    The estimate is the plain ratio of the two printed ratios, so that a reader can redo it; the limits are those of
    `scipy.stats.contingency.odds_ratio(kind="conditional")`. Where `clump` of a count are one, they are put together
    from the limits of the two ratios instead (MOVER; Donner and Zou 2012), since a table of parts has no exact ones.
    """
    from scipy.special import ndtri
    from scipy.stats.contingency import odds_ratio

    _counts(after, before, after_other, before_other)
    here, there = after + before, after_other + before_other
    if min(here, there, after + after_other, before + before_other) == 0:
        return UNDEFINED
    estimate = _divide(after * before_other, before * after_other)
    if clump > 1:
        changes = (
            rate_ratio(*pair, level=level, clump=clump) for pair in ((after, before), (after_other, before_other))
        )
        return Ratio(estimate, *_mover(*changes))
    counts = np.array([[after, before], [after_other, before_other]]).astype(int)
    if counts.min() > LARGE:
        half = float(ndtri(0.5 + level / 2)) * float(np.sqrt((1 / counts).sum()))
        log = float(np.log(counts[0, 0] / counts[0, 1] / (counts[1, 0] / counts[1, 1])))
        return Ratio(float(np.exp(log)), float(np.exp(log - half)), float(np.exp(log + half)))
    limits = odds_ratio(counts, kind="conditional").confidence_interval(level)
    return Ratio(estimate, float(limits.low), float(limits.high))


def _mover(top: Ratio, bottom: Ratio) -> tuple[float, float]:
    """Limits of a ratio of two independent ratios from theirs; beside a count of zero the wider ones, end to end."""
    given = [float(v) for r in (top, bottom) for v in (r.estimate or 0, r.lower or 0, r.upper or 0)]
    if not all(np.isfinite(given)) or min(given) == 0:
        return _divide(given[1], given[5]), _divide(given[2], given[4])
    r, low, high, r_other, low_other, high_other = np.log(given)
    down, up = np.hypot(r - low, high_other - r_other), np.hypot(high - r, r_other - low_other)
    return float(np.exp(r - r_other - down)), float(np.exp(r - r_other + up))


def _counts(*values: Any) -> None:
    if any(not float(v).is_integer() or v < 0 for v in values):
        raise ValueError("an exact interval takes whole counts of zero or more")


def _divide(top: float, bottom: float) -> float:
    return top / bottom if bottom else float("inf")


def _odds(p: float) -> float:
    return p / (1 - p) if p < 1 else float("inf")
