"""Each site on its own: what was seen, what was expected, and how that compares with single districts without a team.

In: a panel. Out: one row per site. A single site has no standard error worth the name. Its limits are conformal: the
ratios at which the site would lie no further from its expectation than districts that never had a team lie from
theirs, each given the same start (Lei and others 2018; locally weighted, because larger counts stray further).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.panel import Panel
from transforms.evaluation.totals import expected

Floats = NDArray[np.float64]
NOTE = "limits from the spread of districts without a team, given the same start"
GRID = np.exp(np.linspace(np.log(0.02), np.log(50), 400))
LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """How far never-treated districts lie from their expectation: distances, and their variance by expectation."""

    distances: Floats
    floor: float
    slope: float

    @property
    def reach(self) -> float:
        """The standardised distance that all but one in twenty keep; infinite where there are too few districts."""
        rank = int(np.ceil(LEVEL * (1 + len(self.distances))))
        return float(np.sort(self.distances)[rank - 1]) if rank <= len(self.distances) else float("inf")

    def scale(self, mean: Floats, ratio: Floats | float = 1.0) -> Floats:
        """Standard deviation at an expectation; a ratio over one stretches the noise of the expectation too."""
        return np.asarray(np.sqrt(np.maximum(self.floor * np.maximum(ratio, 1.0) + self.slope * mean, 1e-12)))


def by_site(panel: Panel) -> list[dict[str, Any]]:
    """Observed and expected after the start, their ratio with conformal limits, and the placebo rank."""
    mean = expected(panel.y, ~panel.treated)
    spreads = {g: spread(panel, g) for g in panel.cohorts}
    rows = []
    for site in np.flatnonzero(panel.ever):
        g = int(panel.start[site])
        seen, without = float(panel.y[site, g:].sum()), float(mean[site, g:].sum())
        lower, upper = limits(seen, without, spreads[g])
        own = abs(_distance(seen, without)) / spreads[g].scale(np.array(without))
        far = int((spreads[g].distances >= own * (1 - 1e-9)).sum())
        rows.append({
            "district": panel.units[site], "start": panel.periods[g], "before": float(panel.y[site, :g].sum()),
            "observed": seen, "expected": without, "ratio": seen / without if without > 0 else None,
            "lower": lower, "upper": upper, "placebo_p_value": (1 + far) / (1 + len(spreads[g].distances)),
            "n_placebos": len(spreads[g].distances), "note": NOTE,
        })  # fmt: skip
    return rows


def spread(panel: Panel, g: int) -> Spread:
    """Every never-treated district against the other never-treated ones, as if it had started at g."""
    from scipy.optimize import nnls

    rest = panel.y[~panel.ever]
    others = rest.sum(axis=0)[None, :] - rest
    growth = others[:, g:].sum(axis=1) / np.maximum(others[:, :g].sum(axis=1), 1.0)
    mean = rest[:, :g].sum(axis=1) * growth
    distance = _distance(rest[:, g:].sum(axis=1), mean)
    weight = 1 / (1 + mean)
    floor, slope = nnls(np.column_stack([weight, weight * mean]), weight * distance**2)[0]
    found = Spread(np.zeros(0), float(floor), float(slope))
    return Spread(np.abs(distance) / found.scale(mean), float(floor), float(slope))


def limits(seen: float, without: float, of: Spread) -> tuple[float | None, float | None]:
    """The lowest and highest ratio within reach; 0 or infinity where the grid of ratios ends first."""
    if without <= 0:
        return None, None
    mean = GRID * without
    inside = np.flatnonzero(np.abs(_distance(seen, mean)) <= of.reach * of.scale(mean, GRID))
    if not len(inside):
        ratio = seen / without
        return ratio, ratio
    low, high = int(inside[0]), int(inside[-1])
    return (float(GRID[low]) if low else 0.0), (float(GRID[high]) if high < len(GRID) - 1 else float("inf"))


def _distance(seen: Any, without: Any) -> Any:
    """Distance of a count from its expectation on the square-root scale, where Poisson noise is even."""
    return np.sqrt(np.asarray(seen) + 0.375) - np.sqrt(np.asarray(without) + 0.375)
