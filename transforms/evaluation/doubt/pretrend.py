"""Were the sites rising already? A test, what it could have seen, and what follows if it missed something.

In: a panel. Out: the pre-trend test with its power, and the bounds of Rambachan and Roth (2023) with a breakdown value.
The bounds are not of the primary ratio: their method knows event years against the year before the start. They are of
the mean of those, in logs, by the Poisson regression with never-treated controls. Its clustered errors are too narrow
with few sites, so the bounds are too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design
from transforms.evaluation.library import honest_interval
from transforms.evaluation.panel import Panel
from transforms.evaluation.poisson import events, score_of
from transforms.evaluation.refusal import PanelError
from transforms.evaluation.saturated import fit, slope, with_log_ratio
from transforms.evaluation.score import signs
from transforms.evaluation.totals import expected

Floats = NDArray[np.float64]
REACH = 5
BOUNDED = f"the years from the start (0 to {REACH} at most) against the year before it"
WORLDS, FEWER = 500, 499
REFERENCE = (-2.0, -1.0)
TESTED = (-6.0, -5.0, -4.0, -3.0)
BIAS = float(np.log(1.5))
STEEPEST = 1.0  # in logs a year: no drift is looked for beyond it
MULTIPLES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
CURVES = (0.0, 0.02, 0.05, 0.1)


def event_study(panel: Panel) -> tuple[list[int], Floats, Floats]:
    """Log ratios by event time within five years of the start, with their covariance."""
    found = fit(panel, control="never", is_poisson=True)
    chosen = [c for c in with_log_ratio(found) if c.term == "event" and abs(c.event_time or 0) <= REACH]
    times = [int(c.event_time or 0) for c in chosen]
    if len(times) < 3 or min(times) > -2 or max(times) < 0:
        raise PanelError("no_event_before")
    slopes = np.array([slope(found, c.rows) for c in chosen])
    return times, slopes @ found.beta, slopes @ found.covariance @ slopes.T


def pretrend(panel: Panel, design: Design) -> dict[str, Any]:
    """Test for a steady drift of sites from others before the start, calibrated by random signs, with its power.

    The two years before the start are the reference, the four before those are tested, along a straight line. Power is
    against a steady drift that would bias the result, the ratio over all years after the start, by one half.
    """
    event = events(panel)
    years = [e for e in TESTED if np.isclose(event, e).any()]
    tested = np.isin(np.round(event), years)
    used = (~panel.ever[:, None] | ((event >= min(REFERENCE)) & (event < 0))) & ~tested
    tilt = misleading(panel)
    if tilt is None or not years or not used[panel.ever].any(axis=1).all():
        return {"statistic": None, "p_value": None, "power": None, "slope": None, "n_years": 0}
    scores = [score_of(panel, np.isclose(event, e), used) for e in years]
    parts = np.column_stack([s.at(1.0) for s in scores])
    line = tilt * (np.array(years) - float(np.mean(REFERENCE)))
    along = parts @ line
    spread = max(float(np.sqrt((along**2).sum())), 1e-12)
    seen = float(along.sum()) / spread
    chance = np.abs(signs(len(parts), design.draws, design.seed) @ along) / spread
    p_value = float((1 + (chance >= abs(seen) - 1e-12).sum()) / (1 + len(chance)))
    power = _power(along, np.column_stack([s.expected for s in scores]) @ (np.expm1(line) * line), design.seed)
    return {"statistic": seen, "p_value": p_value, "power": power, "slope": tilt, "n_years": len(years)}


def misleading(panel: Panel) -> float | None:
    """The steady drift of sites, in logs a year, that moves the primary ratio from one to one and a half; or None."""
    from scipy.optimize import brentq

    used = ~panel.treated
    without, drifting = expected(panel.y, used, panel.exposure), np.where(panel.ever[:, None], events(panel), 0.0)

    def bias(slope: float) -> float:
        y = without * np.exp(slope * drifting)
        base = float(expected(y, used, panel.exposure)[~used].sum())
        return float(np.log(y[~used].sum() / base)) - BIAS if base > 0 else -BIAS

    return float(brentq(bias, 0.0, STEEPEST, xtol=1e-6)) if bias(STEEPEST) > 0 else None


def _power(noise: Floats, shift: Floats, seed: int) -> float:
    """Share of rejections if the drift were there: the noise with other signs, plus what the drift adds to each."""
    worlds = noise * signs(len(noise), WORLDS, seed + 1) + shift
    drawn = np.abs(signs(len(noise), FEWER, seed + 2) @ worlds.T)
    return float((np.abs(worlds.sum(axis=1)) > np.quantile(drawn, 0.95, axis=0)).mean())


def bounds(times: list[int], beta: Floats, covariance: Floats) -> list[dict[str, Any]]:
    """The geometric mean of the ratios from the start, and its interval if trends after differ from those before."""
    after = np.array(times) >= 0
    weights = np.full(after.sum(), 1 / max(after.sum(), 1))
    centre = float(np.exp(weights @ beta[after]))
    rows = []
    for kind, sizes in (("relative_magnitude", MULTIPLES), ("smoothness", CURVES)):
        for size in sizes:
            try:
                low, high = honest_interval(beta, covariance, times, -1, kind, size, weights)
            except PanelError:
                continue
            if np.isfinite(low) and np.isfinite(high):
                limits = {"lower": float(np.exp(low)), "upper": float(np.exp(high))}
                rows.append({"restriction": kind, "m": size, "ratio": centre, **limits})
    return rows


def breakdown(rows: list[dict[str, Any]]) -> float | None:
    """The first multiple of the largest change before the start at which the interval reaches one."""
    for row in rows:
        if row["restriction"] == "relative_magnitude" and row["lower"] <= 1 <= row["upper"]:
            return float(row["m"])
    return None
