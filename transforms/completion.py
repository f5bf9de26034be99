"""Completion: how much of a recent count is still to come, by the chain ladder over the deliveries' own history.

In: counts by month as they stood on several days. Out: growth by age, and for a recent count what to expect with 95 %
limits. A month of age 0 is the last that was over on the day of the view. Pure numpy; `transforms.completed` brings the
counts. Mack, ASTIN Bulletin 23 (1993); the method is in docs/decisions/0008-cohorts-completion.md.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtri

Floats = npt.NDArray[np.float64]
AGES = 24  # months after which a count is taken as complete


@dataclass(frozen=True)
class Growth:
    """By what factor the count of a month of each age grows in the next month (AGES), the variance of its logarithm,
    and how much more than Poisson what arrives is spread.
    """

    factors: Floats
    variances: Floats
    spread: float

    def to_come(self, age: int, steps: int = AGES) -> float:
        """The factor from an age to the end, or some months on."""
        return float(np.prod(self.factors[age : age + steps]))


def growth(before: Floats, after: Floats) -> Growth:
    """From counts by cell and age in one view, and of the same months in the view a month later (cells, AGES each)."""
    was, now = before.sum(axis=0), after.sum(axis=0)
    factors = np.divide(now, was, out=np.ones(AGES), where=was > 0)
    expected = before * (factors - 1)
    arrived = np.abs(expected).sum()
    spread = max(1.0, float(((after - before - expected) ** 2).sum() / arrived)) if arrived else 1.0
    variances = np.divide(spread * np.abs(now - was), was * np.maximum(now, 1), out=np.zeros(AGES), where=was > 0)
    return Growth(factors, variances, spread)


def foreseen(counts: Floats, found: Growth, steps: int = AGES) -> tuple[float, float, float]:
    """(expected, lower, upper) of the sum of counts by age (AGES) some months on.

    What is to come of a month is negative binomial given what is there; half a record is added for the limits, so that
    a count of none can still grow (Jeffreys). The growths are uncertain together.
    """
    total, expected = float(counts.sum()), _grown(counts, found, steps).sum()
    there = counts > 0 if counts.any() else np.arange(AGES) == 0
    padded = counts + 0.5 * there / there.sum()
    grown = _grown(padded, found, steps)
    reached = np.array([grown[max(0, j - steps + 1) : j + 1].sum() for j in range(AGES)])
    factor = grown / np.where(padded > 0, padded, 1)
    process = found.spread * (padded * factor * np.maximum(factor - 1, 0)).sum()
    variance = float(process + (found.variances * reached**2).sum())
    mean = float(grown.sum() - padded.sum())
    if variance == 0:
        return float(expected), total, total
    if mean <= 0:
        half = float(ndtri(0.975)) * variance**0.5
        return float(expected), max(0.0, total + mean - half), total + mean + half
    shape, scale = mean**2 / variance, variance / mean
    low, high = (total + float(gammaincinv(shape, p)) * scale for p in (0.025, 0.975))
    return float(expected), min(low, float(expected)), high


def _grown(counts: Floats, found: Growth, steps: int) -> Floats:
    return np.array([n * found.to_come(age, steps) for age, n in enumerate(counts)])
