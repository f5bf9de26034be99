"""Charts of the evaluation: estimates by year from the start, power, and where the sites stand among placebos.

In: columns of the tables `evaluation_*`. Out: Plotly figures. Ratios are on a log scale with a line at 1.
"""

import math
from itertools import pairwise
from typing import Any

from reports import theme

LEAST, MOST = 0.1, 10.0


def by_event_time(times: list[float], ratios: list[float], lower: list[float], upper: list[float]) -> theme.Spec:
    """A ratio for every year from the start; intervals past the frame are cut at its edge."""
    middle = [min(max(r, LEAST), MOST) for r in ratios]
    ends = [(max(lo, LEAST), min(hi, MOST)) for lo, hi in zip(lower, upper, strict=True)]
    points = {
        "type": "scatter", "mode": "markers", "x": times, "y": [round(m, 3) for m in middle],
        "marker": {"size": 9, "color": theme.ink("first"),
                   "symbol": ["circle" if t >= 0 else "square-open" for t in times]},
        "error_y": {"type": "data", "symmetric": False, "thickness": 1.4, "width": 3, "color": theme.ink("first"),
                    "array": [round(max(hi - m, 0), 3) for m, (_, hi) in zip(middle, ends, strict=True)],
                    "arrayminus": [round(max(m - lo, 0), 3) for m, (lo, _) in zip(middle, ends, strict=True)]},
        "hovertemplate": "year %{x}: %{y:.2f}<extra></extra>",
    }  # fmt: skip
    return theme.chart([points], theme.layout(
        380, shapes=[_line(y0=1, y1=1, xref="paper", x0=0, x1=1), _line(x0=-0.5, x1=-0.5, yref="paper", y0=0, y1=1)],
        xaxis=theme.axis(title=_title("years from the start; open squares lie before it"), showgrid=False, dtick=2),
        yaxis=theme.axis(type="log", range=[math.log10(LEAST) - 0.03, math.log10(MOST) + 0.03], tickmode="array",
                         tickvals=[0.1, 0.25, 0.5, 1, 2, 4, 10], ticktext=["0.1", "0.25", "0.5", "1", "2", "4", "10"],
                         showline=False),
    ))  # fmt: skip


def power(ratios: list[float], shares: list[float]) -> theme.Spec:
    """How often a true ratio would be seen; the line is at 80 %."""
    line = {
        "type": "scatter", "mode": "lines+markers", "x": ratios, "y": [round(s, 3) for s in shares],
        "line": {"color": theme.ink("first"), "width": 2.4}, "marker": {"size": 7, "color": theme.ink("first")},
        "hovertemplate": "ratio %{x}: seen %{y:.0%} of the time<extra></extra>",
    }  # fmt: skip
    return theme.chart([line], theme.layout(
        320, shapes=[_line(y0=0.8, y1=0.8, xref="paper", x0=0, x1=1)],
        xaxis=theme.axis(title=_title("true ratio"), showgrid=False),
        yaxis=theme.axis(range=[0, 1.04], tickformat=theme.PERCENT, showline=False),
    ))  # fmt: skip


def placebos(edges: list[float], counts: list[int], sites: float) -> theme.Spec:
    """A histogram of the ratios of invented assignments, with a line at the sites' own."""
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    bars = {
        "type": "bar", "x": [round(m, 3) for m in middles], "y": counts,
        "marker": {"color": theme.ink("third"), "line": {"color": theme.ink("third"), "width": 1},
                   "pattern": {"shape": ".", "fillmode": "replace", "size": 6, "solidity": 0.3,
                               "fgcolor": theme.ink("third")}},
        "hovertemplate": "%{y} of the assignments near %{x}<extra></extra>",
    }  # fmt: skip
    label = {"x": sites, "y": 1, "yref": "paper", "yanchor": "bottom", "text": "the sites", "showarrow": False,
             "font": {"size": 13, "color": theme.ink("second"), "weight": 600}}  # fmt: skip
    rule = {"type": "line", "x0": sites, "x1": sites, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": theme.ink("second"), "width": 2.4, "dash": "dash"}}  # fmt: skip
    return theme.chart([bars], theme.layout(
        320, bargap=0.08, margin={"l": 8, "r": 8, "t": 28, "b": 8}, shapes=[rule], annotations=[label],
        xaxis=theme.axis(title=_title("ratio"), showgrid=False), yaxis=theme.axis(showline=False),
    ))  # fmt: skip


def _title(text: str) -> dict[str, Any]:
    return {"text": text, "font": {"size": 12, "color": theme.ink("soft")}, "standoff": 10}


def _line(**ends: Any) -> dict[str, Any]:
    return {"type": "line", "layer": "below", "line": {"color": theme.ink("soft"), "width": 1, "dash": "dot"}} | ends
