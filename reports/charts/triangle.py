"""What each report knew of a period: one line a period over the days of report, so that a line that rises fills up.

In: counts by period and day of report. Out: a chart for plotly.js. Periods are told apart by dash, symbol and a label
at the end, as groups are.
"""

from collections.abc import Mapping, Sequence

from reports import theme


def triangle(days: list[str], known: Mapping[str, Sequence[int | None]]) -> theme.Spec:
    """Lines in the order given; None where the period had not begun."""
    looks = theme.looks(list(known))
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": name, "x": days, "y": list(counts),
            "line": {"color": theme.ink(looks[name].colour), "dash": looks[name].dash, "width": 2},
            "marker": {"symbol": looks[name].symbol, "size": 7, "color": theme.ink(looks[name].colour)},
            "hovertemplate": f"{name} as known on %{{x}}: %{{y:,}}<extra></extra>",
        }
        for name, counts in known.items()
    ]  # fmt: skip
    ends = sorted((next((n for n in reversed(counts) if n is not None), 0), name) for name, counts in known.items())
    step, height, labels = 0.055 * max((n for n, _ in ends), default=1), -1.0, []
    for n, name in ends:
        height = max(n, height + step)
        labels.append({
            "xref": "paper", "x": 1, "xanchor": "left", "xshift": 6, "y": round(height, 2), "yanchor": "middle",
            "text": name, "showarrow": False, "font": {"size": 13, "color": theme.ink(looks[name].colour)},
        })  # fmt: skip
    return theme.chart(traces, theme.layout(
        380, margin={"l": 8, "r": 96, "t": 12, "b": 8}, annotations=labels,
        xaxis=theme.axis(type="category", showgrid=False, tickangle=0, nticks=7),
        yaxis=theme.axis(rangemode="tozero", tickformat=",~r", showline=False),
    ))  # fmt: skip
