"""Bars: one series over time (provisional bars hatched), and steps beside each other by group.

In: published cells. Out: a Plotly figure. A suppressed or absent cell has no bar.
"""

from typing import Any

from reports import theme
from reports.words import Cell


def over_time(cells: list[Cell], kind: str, colour: str = "first", height: int = 300) -> theme.Spec:
    """A bar a period; the provisional ones are hatched."""
    bar = {
        "type": "bar", "x": [c.period for c in cells],
        "y": [round(float(c.value), 4) if c.is_shown and c.value is not None else None for c in cells],
        "marker": {
            "color": theme.ink(colour), "line": {"color": theme.ink(colour), "width": 1},
            "pattern": {"shape": ["/" if c.is_provisional else "" for c in cells], "fillmode": "replace",
                        "size": 6, "solidity": 0.25, "fgcolor": theme.ink(colour)},
        },
        "hovertemplate": "%{x}: %{y:.0%}<extra></extra>" if kind == "rate" else "%{x}: %{y:,}<extra></extra>",
    }  # fmt: skip
    ticks = [c.period for c in cells][:: max(1, -(-len(cells) // 8))]
    return theme.chart([bar], theme.layout(
        height, bargap=0.28,
        xaxis=theme.axis(type="category", showgrid=False, tickmode="array", tickvals=ticks, tickangle=0),
        yaxis=theme.axis(rangemode="tozero", tickformat=theme.PERCENT if kind == "rate" else ",~r", nticks=5,
                         showline=False),
    ))  # fmt: skip


def steps(series: dict[str, list[tuple[str, Cell | None]]], labels: dict[str, str]) -> theme.Spec:
    """The steps of a case as horizontal bars, one group beneath the other."""
    looks = theme.looks(list(series))
    shapes = {"solid": "", "dash": "/", "dashdot": "x", "dot": ".", "longdash": "-"}
    traces = [
        {
            "type": "bar", "orientation": "h", "name": labels[group], "meta": group,
            "y": [theme.plain(name) for name, _ in rows],
            "x": [c.value if c is not None and c.is_shown else None for _, c in rows],
            "marker": {"color": theme.ink(looks[group].colour),
                       "line": {"color": theme.ink(looks[group].colour), "width": 1},
                       "pattern": {"shape": shapes[looks[group].dash], "fillmode": "replace", "size": 6,
                                   "solidity": 0.3, "fgcolor": theme.ink(looks[group].colour)}},
            "texttemplate": "%{x:,}", "textposition": "outside", "cliponaxis": False,
            "textfont": {"size": 12, "color": theme.ink("ink")},
            "hovertemplate": f"%{{y}}: %{{x:,}}<extra>{theme.plain(labels[group])}</extra>",
        }
        for group, rows in series.items()
    ]  # fmt: skip
    n = sum(len(rows) for rows in series.values())
    return theme.chart(traces, theme.layout(
        120 + 21 * n, bargap=0.3, barmode="group", showlegend=True, margin={"l": 8, "r": 40, "t": 8, "b": 8},
        legend=theme.legend(), xaxis=theme.axis(rangemode="tozero", showline=False),
        yaxis=theme.axis(autorange="reversed", showgrid=False, tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip


def to_come(names: list[str], counts: list[tuple[float, float, float, float]]) -> theme.Spec:
    """(so far, expected, lower, upper) a row: a solid bar, a hatched one on top of it, and the limits as a line."""
    labels = [theme.plain(n) for n in names]
    parts = (
        ("So far", [round(c[0], 1) for c in counts], "first", ""),
        ("Expected to come", [round(max(c[1] - c[0], 0), 1) for c in counts], "third", "/"),
    )
    traces: list[dict[str, Any]] = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": labels, "x": values,
            "marker": {"color": theme.ink(colour), "line": {"color": theme.ink(colour), "width": 1},
                       "pattern": {"shape": shape, "fillmode": "replace", "size": 6, "solidity": 0.3,
                                   "fgcolor": theme.ink(colour)}},
            "hovertemplate": f"%{{y}}: %{{x:,.0f}}<extra>{name}</extra>",
        }
        for name, values, colour, shape in parts
    ]  # fmt: skip
    traces[1]["error_x"] = {
        "type": "data", "symmetric": False, "thickness": 1.6, "width": 5, "color": theme.ink("ink"),
        "array": [round(max(c[3] - max(c[1], c[0]), 0), 1) for c in counts],
        "arrayminus": [round(max(max(c[1], c[0]) - c[2], 0), 1) for c in counts],
    }  # fmt: skip
    return theme.chart(traces, theme.layout(
        110 + 46 * len(names), barmode="stack", bargap=0.4, showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(rangemode="tozero", showline=False),
        yaxis=theme.axis(autorange="reversed", showgrid=False, tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip
