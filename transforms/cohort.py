"""Cohorts followed from the charge: competing outcomes with the open censored, and the time to any of them.

In: counts of endings and censorings by day. Out: Aalen-Johansen shares and Kaplan-Meier quantiles with 95 % limits.
Pure numpy; `transforms.followed` brings the rows. The method is in docs/decisions/0008-cohorts-completion.md.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from transforms.interval import Limits, share

Floats = npt.NDArray[np.float64]
DAYS_A_MONTH = 30.4375


def days_of(months: float) -> int:
    """The days of some months: 365, 730, 1,096 and 1,461 for one to four years."""
    return round(months * DAYS_A_MONTH)


@dataclass(frozen=True)
class Cohort:
    """A life table. `days` (n) ascending, `ended` (causes, n) and `censored` (n) counts on each; an ending on a day
    comes before a censoring on it.
    """

    days: npt.NDArray[np.int64]
    ended: Floats
    censored: Floats

    @cached_property
    def n(self) -> float:
        """All who are followed."""
        return float(self.ended.sum() + self.censored.sum())

    @cached_property
    def at_risk(self) -> Floats:
        """Those still followed at the start of each day (n)."""
        left = np.cumsum(self.ended.sum(axis=0) + self.censored)
        return self.n - np.concatenate([[0.0], left[:-1]])

    @cached_property
    def survival(self) -> Floats:
        """Share still open after each day (n), Kaplan and Meier (1958)."""
        found: Floats = np.cumprod(1 - self.ended.sum(axis=0) / self.at_risk)
        return found

    def followed_for(self, days: int) -> float:
        """How many have ended by then or were followed for that long."""
        return self.n - float(self.censored[self.days < days].sum())

    def reaches(self, days: int) -> bool:
        """Whether anybody was followed that long, or nobody is left open."""
        return self.n > 0 and (bool(self.days[-1] >= days) or self.survival[-1] < 1e-12)


def incidence(cohort: Cohort, days: int) -> tuple[Floats, Floats]:
    """Share of each cause by a day and its standard error (causes each), Aalen and Johansen (1978).

    The variance is that of the delta method (Marubini & Valsecchi 1995), as Stata's stcompet and statsmodels have it.
    """
    kept = cohort.days <= days
    ended, risk = cohort.ended[:, kept], cohort.at_risk[kept]
    if not kept.any():
        return np.zeros(len(ended)), np.zeros(len(ended))
    open_before = np.concatenate([[1.0], cohort.survival[kept][:-1]])
    grown = np.cumsum(open_before * ended / risk, axis=1)
    last = grown[:, -1:]
    every = ended.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where(risk > every, every / (risk * (risk - every)), 0.0)
    variance = (
        (last - grown) ** 2 * greenwood
        + (open_before / risk) ** 2 * ended * (risk - ended) / risk
        - 2 * (last - grown) * open_before * ended / risk**2
    )
    return last[:, 0], np.sqrt(np.maximum(variance.sum(axis=1), 0))


def effective(cohort: Cohort, days: int, found: Floats, error: Floats) -> Floats:
    """How many, all followed to the end, would leave a share as uncertain; of none or all, those followed so long."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where((error > 0) & (found < 1), found * (1 - found) / error**2, cohort.followed_for(days))
    return np.round(np.asarray(size, dtype=float), 9)  # ten people are ten, for limits that change their kind there


def limits(found: Floats, size: Floats) -> Limits:
    """95 % limits of shares with their effective sample sizes."""
    return share(found * size, size)


def quantile(cohort: Cohort, p: float) -> tuple[float, float, float]:
    """The day by which a share p has ended, with limits from the log-log band; nan where it is not reached."""
    open_, risk, every = cohort.survival, cohort.at_risk, cohort.ended.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.cumsum(np.where(risk > every, every / (risk * (risk - every)), np.inf)))
        spread = float(ndtri(0.975)) * error / np.abs(np.log(open_))
        low, high = open_ ** np.exp(spread), open_ ** np.exp(-spread)
    low, high = np.where(open_ > 0, low, 0.0), np.where(open_ > 0, high, 0.0)
    low, high = np.where(every.cumsum() > 0, low, 1.0), np.where(every.cumsum() > 0, high, 1.0)
    return tuple(_first(cohort.days, curve <= 1 - p + 1e-12) for curve in (open_, low, high))  # type: ignore[return-value]


def _first(days: npt.NDArray[np.int64], there: npt.NDArray[np.bool_]) -> float:
    return float(days[there.argmax()]) if there.any() else float("nan")
