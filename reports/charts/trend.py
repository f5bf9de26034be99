"""Lines over time, one a group: dash, symbol and a label at the end tell them apart; provisional points are hollow.

In: series of published cells by group. Out: a Plotly figure. A suppressed or absent cell is a gap, never a zero.
"""

from typing import Any

from reports import theme
from reports.edition import Bands
from reports.words import Cell

NEAR = 3  # periods from the end within which a line reaches the edge
EDGE = {"xref": "paper", "x": 1}


def trend(
    series: dict[str, list[Cell]], labels: dict[str, str], kind: str, unit: str, bands: Bands | None = None
) -> theme.Spec:
    """Line per group, solid to the last final period, hollow and thin after it.

    `bands` hold what a provisional count is expected to become, by group and period: a mark with its limits.
    """
    looks = theme.looks(list(series))
    axis = list(dict.fromkeys(c.period for cells in series.values() for c in cells))
    axis.sort()
    traces = [
        trace
        for group, cells in series.items()
        for trace in _band(group, labels[group], axis, looks[group], bands or {})
        + _line(group, labels[group], cells, axis, looks[group], kind)
    ]
    every = max(1, -(-len(axis) // 8))
    ticks = [period for period in axis if " Q" not in period or period.endswith("Q1")]
    ticks = ticks[:: max(1, -(-len(ticks) // 8))] if every > 1 else ticks
    return theme.chart(traces, theme.layout(
        420, margin={"l": 8, "r": 128, "t": 12, "b": 8}, meta={"unit": unit},
        annotations=_labels(series, labels, looks, axis),
        xaxis=theme.axis(type="category", categoryorder="array", categoryarray=axis, showgrid=False, tickmode="array",
                         tickvals=ticks, ticktext=[t.split(" ")[0] for t in ticks], tickangle=0),
        yaxis=theme.axis(rangemode="tozero", tickformat=theme.PERCENT if kind == "rate" else ",~r", showline=False),
    ))  # fmt: skip


def _line(group: str, label: str, cells: list[Cell], axis: list[str], look: theme.Look, kind: str) -> list[Any]:
    """Two traces: final periods, and the provisional ones joined to the last final point."""
    by = {c.period: c for c in cells}
    shown = {p: by[p].value if p in by and by[p].is_shown else None for p in axis}
    loose = [p for p in axis if p in by and by[p].is_provisional]
    final = [p for p in axis if p not in loose]
    small = len(axis) > 40
    hover = "%{x}: %{y:.0%}" if kind == "rate" else "%{x}: %{y:,.1f}" if kind in {"ratio", "median"} else "%{x}: %{y:,}"
    colour = theme.ink(look.colour)
    common = {"type": "scatter", "meta": group, "name": label, "connectgaps": False}
    solid = common | {
        "x": final, "y": [_round(shown[p]) for p in final], "mode": "lines+markers",
        "line": {"color": colour, "dash": look.dash, "width": 2.4},
        "marker": {"symbol": look.symbol, "size": 3 if small else 6, "color": colour},
        "hovertemplate": f"{hover}<extra>{theme.plain(label)}</extra>",
    }  # fmt: skip
    if not loose:
        return [solid]
    tail = final[-1:] + loose
    open_symbol = f"{look.symbol.removesuffix('-open')}-open"
    hollow = common | {
        "x": tail, "y": [_round(shown[p]) for p in tail], "mode": "lines+markers",
        "line": {"color": colour, "dash": "dot", "width": 1.2},
        "marker": {"symbol": open_symbol, "size": [0] * len(final[-1:]) + [9] * len(loose),
                   "color": colour, "line": {"color": colour, "width": 1.6}},
        "hovertemplate": f"{hover}, provisional<extra>{theme.plain(label)}</extra>",
    }  # fmt: skip
    return [solid, hollow]


def _band(group: str, label: str, axis: list[str], look: theme.Look, bands: Bands) -> list[Any]:
    """What the provisional counts of a group are expected to become; nothing where nothing is still to come."""
    found = {p: bands[group, p] for p in axis if (group, p) in bands and bands[group, p][2] > bands[group, p][1]}
    if not found:
        return []
    colour = theme.ink(look.colour)
    return [{
        "type": "scatter", "meta": group, "name": label, "mode": "markers", "x": [*found],
        "y": [round(e, 1) for e, _, _ in found.values()],
        "line": {"color": colour}, "marker": {"symbol": "line-ew-open", "size": 9, "color": colour},
        "error_y": {"type": "data", "symmetric": False, "thickness": 1.2, "width": 4, "color": colour,
                    "array": [round(max(hi - e, 0), 1) for e, _, hi in found.values()],
                    "arrayminus": [round(max(e - lo, 0), 1) for e, lo, _ in found.values()]},
        "hovertemplate": f"%{{x}}: about %{{y:,.0f}} expected<extra>{theme.plain(label)}</extra>",
    }]  # fmt: skip


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _labels(
    series: dict[str, list[Cell]], labels: dict[str, str], looks: dict[str, theme.Look], axis: list[str]
) -> list[dict[str, Any]]:
    """A label at the end of every line: at the edge, or behind its last point where the line ends long before.

    The page's script pushes apart those that would meet, since it knows which lines are shown.
    """
    ends = {g: [c for c in cells if c.is_shown] for g, cells in series.items()}
    last = {g: cells[-1] for g, cells in ends.items() if cells}
    return [
        {
            **(EDGE if axis.index(cell.period) > len(axis) - NEAR else {"xref": "x", "x": cell.period}),
            "xanchor": "left", "xshift": 8, "yref": "y", "y": round(float(cell.value or 0), 4), "yanchor": "middle",
            "text": theme.plain(labels[g]), "showarrow": False, "name": g, "align": "left",
            "font": {"size": 13, "color": theme.ink(looks[g].colour), "weight": 600},
        }
        for g, cell in last.items()
    ]  # fmt: skip
