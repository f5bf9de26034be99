"""Power first: which effects would have been seen, by simulation on the comparison districts themselves.

In: a panel. Out: the share of rejections at each true ratio, and the smallest ratio seen four times in five. Placebo
sites are drawn among districts that were never treated, with the real cohort sizes and dates; their later counts are
raised by adding Poisson counts, so that noise, zeros and growth are those of the data.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from transforms.evaluation.panel import Floats, Panel
from transforms.evaluation.poisson import overall
from transforms.evaluation.score import p_value, signs

RATIOS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
WANTED = 0.8
SIGNS = 399


def power(panel: Panel, draws: int, seed: int) -> list[dict[str, Any]]:
    """Rejections at 5 % for each true ratio; at a ratio of one this is the rate of false alarms."""
    rng = np.random.default_rng(seed)
    never = panel.only(~panel.ever)
    sizes = {g: int((panel.start == g).sum()) for g in panel.cohorts}
    if sum(sizes.values()) >= len(never.units):
        return []
    sign = signs(int(panel.cluster.max()) + 1, SIGNS, seed)
    rows = []
    for ratio in RATIOS:
        seen = [_one(never, sizes, ratio, rng, sign) for _ in range(draws)]
        known = [s for s in seen if s is not None]
        share = sum(known) / len(known) if known else None
        rows.append({"ratio": ratio, "power": share, "draws": len(known), "n_treated": sum(sizes.values())})
    return rows


def _one(never: Panel, sizes: dict[int, int], ratio: float, rng: np.random.Generator, sign: Floats) -> bool | None:
    drawn = rng.permutation(len(never.units))
    start = np.full(len(drawn), never.n_periods)
    at = 0
    for g, size in sizes.items():
        start[drawn[at : at + size]] = g
        at += size
    after = np.arange(never.n_periods)[None, :] >= start[:, None]
    raised = never.y + np.where(after, rng.poisson((ratio - 1.0) * never.y), 0)
    score = overall(never.with_outcome(raised, start))
    return p_value(score, sign[:, : len(score.observed)]) <= 0.05 if np.isfinite(score.ratio) else None


def detectable(rows: list[dict[str, Any]]) -> float | None:
    """The smallest ratio with power of four in five, between the ratios that were tried; None if none has it."""
    known = [(r["ratio"], r["power"]) for r in rows if r["power"] is not None]
    for (low, below), (high, above) in pairwise(known):
        if below < WANTED <= above:
            return float(np.exp(np.interp(WANTED, [below, above], np.log([low, high]))))
    return None
