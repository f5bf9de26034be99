"""Secondary outcomes together, with p-values that allow for looking at several (Romano and Wolf 2005).

In: the panel of each outcome. Out: one row per outcome. The same signs are drawn for all outcomes, so that what they
share is kept; then the largest score is compared with the largest drawn one, step by step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transforms.evaluation.doubt.tested import tested
from transforms.evaluation.estimate import Design
from transforms.evaluation.panel import Panel
from transforms.evaluation.poisson import overall
from transforms.evaluation.score import Score, signs


def outcomes(panels: dict[str, Panel], design: Design) -> list[dict[str, Any]]:
    """Ratio, interval, p-value and adjusted p-value of each outcome."""
    scores = {name: overall(panel) for name, panel in panels.items()}
    known = {name: score for name, score in scores.items() if np.isfinite(score.ratio)}
    adjusted = stepdown(known, design)
    return [
        {"outcome": name, **tested(score, design), "p_adjusted": adjusted.get(name), **panels[name].counts, "note": ""}
        for name, score in scores.items()
    ]


def missing(outcome: str, why: str) -> dict[str, Any]:
    """The row of an outcome without a panel: a labelled gap."""
    empty = dict.fromkeys(("ratio", "lower", "upper", "p_value", "p_adjusted"))
    return {"outcome": outcome, **empty, "n_units": 0, "n_treated": 0, "note": why}


def stepdown(scores: dict[str, Score], design: Design) -> dict[str, float]:
    """Adjusted p-values: most extreme first, never smaller than the one before."""
    if not scores:
        return {}
    sign = signs(max(len(s.observed) for s in scores.values()), design.draws, design.seed)
    each = {name: score.at(1.0) for name, score in scores.items()}
    spread = {name: max(float(np.sqrt((e**2).sum())), 1e-12) for name, e in each.items()}
    seen = {name: abs(float(e.sum())) / spread[name] for name, e in each.items()}
    drawn = {name: np.abs(sign[:, : len(e)] @ e) / spread[name] for name, e in each.items()}
    order = sorted(seen, key=lambda name: -seen[name])
    found: dict[str, float] = {}
    floor = 0.0
    for i, name in enumerate(order):
        largest = np.max([drawn[other] for other in order[i:]], axis=0)
        floor = max(floor, float((1 + (largest >= seen[name] - 1e-12).sum()) / (1 + len(largest))))
        found[name] = floor
    return found
