"""Ratios with their intervals, one row each, on a log scale with a line at 1 (no change).

In: rows of (label, group, estimate, lower, upper). Out: a Plotly figure. A filled circle is the teams' districts, an
open square the others, a diamond the one set against the other.
"""

import math
from dataclasses import dataclass
from typing import Any

from reports import theme

KINDS = {
    "sites": ("Districts with a team", "circle", "first"),
    "others": ("Other districts", "square-open", "third"),
    "against": ("The one set against the other", "diamond", "second"),
    "estimate": ("Ratio with its interval", "circle", "first"),
}
SCALE = "ratio of after to before (log scale); 1 is no change"
SHORT = ("0.1", "0.25", "0.5", "1", "2", "4", "8", "16")


@dataclass(frozen=True)
class Ratio:
    """One row of the chart."""

    label: str
    kind: str
    estimate: float
    lower: float
    upper: float


def ratios(rows: list[Ratio], scale: str = SCALE) -> theme.Spec:
    """Dots and intervals; an interval without a limit runs to the edge."""
    kept = [r for r in rows if r.estimate and math.isfinite(r.estimate) and r.estimate > 0]
    low, high = _span(kept)
    names = list(dict.fromkeys(theme.plain(r.label) for r in rows))
    kinds = [kind for kind in KINDS if any(r.kind == kind for r in rows)]
    traces = [_trace(kind, [r for r in kept if r.kind == kind], names, low, high) for kind in kinds]
    ticks = [float(t) for t in SHORT if low <= float(t) <= high]
    title = {"text": scale, "standoff": 12,
             "font": {"size": 12, "color": theme.ink("soft")}}  # fmt: skip
    return theme.chart(traces, theme.layout(
        130 + (8 + 18 * len(kinds)) * len(names), showlegend=True, legend=theme.legend(),
        shapes=[{"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
                 "line": {"color": theme.ink("soft"), "width": 1.2}}],
        xaxis=theme.axis(type="log", range=[math.log10(low), math.log10(high)], tickmode="array", tickvals=ticks,
                         ticktext=[f"{t:g}" for t in ticks], title=title, showline=False),
        yaxis=theme.axis(tickmode="array", tickvals=list(range(len(names))), ticktext=names, showgrid=False,
                         range=[len(names) - 0.4, -0.6], tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip


def _span(rows: list[Ratio]) -> tuple[float, float]:
    ends = [v for r in rows for v in (r.estimate, r.lower, r.upper) if math.isfinite(v) and v > 0]
    return max(0.1, min([0.5, *ends]) * 0.9), min(20.0, max([2.0, *ends]) * 1.1)


def _trace(kind: str, rows: list[Ratio], names: list[str], low: float, high: float) -> dict[str, Any]:
    label, symbol, colour = KINDS[kind]
    shift = {"sites": -0.22, "others": 0.0, "against": 0.22, "estimate": 0.0}[kind]
    return {
        "type": "scatter", "mode": "markers", "name": label,
        "x": [round(r.estimate, 3) for r in rows], "y": [names.index(theme.plain(r.label)) + shift for r in rows],
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 1.6, "width": 4, "color": theme.ink(colour),
            "array": [round(min(r.upper, high) - r.estimate, 3) for r in rows],
            "arrayminus": [round(r.estimate - max(r.lower, low), 3) for r in rows],
        },
        "marker": {"symbol": symbol, "size": 10, "color": theme.ink(colour),
                   "line": {"color": theme.ink(colour), "width": 1.6}},
        "hovertemplate": f"%{{x:.2f}}<extra>{label}</extra>",
    }  # fmt: skip
