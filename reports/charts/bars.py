"""Bars: one series over time (provisional bars hatched), and steps beside each other by group.

In: published cells. Out: a Plotly figure. A suppressed or absent cell has no bar.
"""

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
        yaxis=theme.axis(rangemode="tozero", tickformat=",.0%" if kind == "rate" else ",~r", nticks=5, showline=False),
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
