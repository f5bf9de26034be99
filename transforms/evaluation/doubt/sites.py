"""Each site on its own: what was seen, what was expected, and where that ranks among the others.

In: a panel. Out: one row per site. A single site has no standard error worth the name: the p-value is a rank among
districts that never had a team, each given the same start.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transforms.evaluation.panel import Panel
from transforms.evaluation.totals import expected
from transforms.interval import garwood

NARROW = "the limits take events as independent and the expectation as known: too narrow"


def by_site(panel: Panel) -> list[dict[str, Any]]:
    """Observed and expected after the start, their ratio, exact limits, and the placebo rank."""
    mean = expected(panel.y, ~panel.treated)
    rows = []
    for site in np.flatnonzero(panel.ever):
        g = int(panel.start[site])
        seen, without = float(panel.y[site, g:].sum()), float(mean[site, g:].sum())
        low, high = (float(v) for v in garwood(round(seen)))
        placebo = _placebos(panel, g)
        own = _distance(seen, without)
        rows.append({
            "district": panel.units[site], "start": panel.periods[g], "before": float(panel.y[site, :g].sum()),
            "observed": seen, "expected": without, "ratio": seen / without if without > 0 else None,
            "lower": low / without if without > 0 else None, "upper": high / without if without > 0 else None,
            "placebo_p_value": float((1 + (placebo >= own).sum()) / (1 + len(placebo))), "n_placebos": len(placebo),
            "note": NARROW,
        })  # fmt: skip
    return rows


def _placebos(panel: Panel, g: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Every never-treated district against the other never-treated ones, as if it had started at g."""
    rest = panel.y[~panel.ever]
    total = rest.sum(axis=0)
    others = total[None, :] - rest
    growth = others[:, g:].sum(axis=1) / np.maximum(others[:, :g].sum(axis=1), 1.0)
    without = rest[:, :g].sum(axis=1) * growth
    return np.array([_distance(s, w) for s, w in zip(rest[:, g:].sum(axis=1), without, strict=True)])


def _distance(seen: float, without: float) -> float:
    """Distance of a count from its expectation on the square-root scale, where Poisson noise is even."""
    return float(abs(np.sqrt(seen + 0.375) - np.sqrt(without + 0.375)))
