"""Randomisation inference: the same starts given to other units, again and again (MacKinnon and Webb 2020).

In: outcomes and starts. Out: the ratio and the studentised score of every placebo assignment. Cohort sizes and dates
are kept; only which units start is drawn. The placebo ratios are the gallery in space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.score import influence_of_periods
from transforms.evaluation.totals import period_effects, unit_levels

Floats = NDArray[np.float64]
Starts = NDArray[np.int64]
CHUNK_CELLS = 400_000
MOST_CELLS = 60_000_000


@dataclass(frozen=True)
class Placebos:
    """What the sites show (first) beside what drawn sites show, as ratio and as studentised score."""

    ratio: float
    score: float
    ratios: Floats
    scores: Floats

    @property
    def p_value(self) -> float:
        """Share of assignments, the true one counted, whose studentised score is at least as far from zero."""
        return float((1 + (np.abs(self.scores) >= abs(self.score) * (1 - 1e-9)).sum()) / (1 + len(self.scores)))


def placebos(y: Floats, start: Starts, exposure: Floats | None, draws: int, seed: int) -> Placebos:
    """Draw assignments, and compute on each what was computed on the true one."""
    most = MOST_CELLS if exposure is None else MOST_CELLS // 4  # exposure is fitted unit by unit
    draws = int(min(draws, max(199, most // y.size)))
    rng = np.random.default_rng(seed)
    starts = np.vstack([start, *(rng.permutation(start) for _ in range(draws))])
    step = max(1, CHUNK_CELLS // y.size)
    parts = [statistics(y, starts[i : i + step], exposure) for i in range(0, len(starts), step)]
    ratios, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Placebos(float(ratios[0]), float(scores[0]), ratios[1:], scores[1:])


def statistics(y: Floats, starts: Starts, exposure: Floats | None = None) -> tuple[Floats, Floats]:
    """Ratio and studentised score (at a ratio of one) of a stack of assignments."""
    periods = np.arange(y.shape[1])
    used = periods < starts[:, :, None]
    rows = np.broadcast_to(y, used.shape)
    factor = _factors(y, starts) if exposure is None else period_effects(rows, used, exposure)
    mean = unit_levels(rows, used, factor, exposure)[..., None] * factor[:, None, :]
    mean = mean if exposure is None else mean * exposure
    shift = influence_of_periods(mean, used, ~used)
    own = ((rows - mean) * ~used).sum(axis=-1)
    through = (((rows - mean) * used) @ shift[..., None])[..., 0]
    each = own - through
    spread = np.sqrt((each**2).sum(axis=-1))
    observed, predicted = (rows * ~used).sum(axis=(-1, -2)), (mean * ~used).sum(axis=(-1, -2))
    ratio = np.divide(observed, predicted, out=np.full(len(starts), np.nan), where=predicted > 0)
    return ratio, np.divide(own.sum(axis=-1), spread, out=np.zeros(len(starts)), where=spread > 0)


def _factors(y: Floats, starts: Starts) -> Floats:
    """Period factors from cohort totals: the starts that occur are the same in every assignment."""
    found = np.unique(starts)
    totals = np.stack([(starts == s).astype(float) @ y for s in found], axis=1)
    return period_effects(totals, np.arange(y.shape[1]) < found[:, None])
