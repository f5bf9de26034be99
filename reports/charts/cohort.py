"""Cohorts: what became of the charged month by month, how far each year has come, and the rates beside each other.

In: shares and counts of tables `cohorts` and `cohort_curves`. Out: charts for plotly.js. Outcomes differ by pattern and
by their order; colour comes second.
"""

from typing import Any

from reports import theme

OUTCOMES = {  # outcome: (label, colour, pattern)
    "convicted": ("Convicted", "first", ""),
    "acquitted": ("Acquitted", "second", "x"),
    "dismissed": ("Dismissed", "fourth", "/"),
    "transferred": ("Transferred to another district", "third", "."),
    "other": ("Other ending", "whole", "-"),
    "open": ("Still open", "rule", ""),
}


def _fill(outcome: str) -> dict[str, Any]:
    _, colour, shape = OUTCOMES[outcome]
    pattern = {"shape": shape, "size": 7, "solidity": 0.3, "fgcolor": theme.ink(colour), "fillmode": "replace"}
    return {"color": theme.ink(colour), "line": {"color": theme.ink("soft"), "width": 0.5}, "pattern": pattern}


def stacked(periods: list[str], shares: dict[str, list[float]]) -> theme.Spec:
    """One bar a period, cut into the outcomes, from 0 to 100 %."""
    traces = [
        {
            "type": "bar", "name": OUTCOMES[o][0], "x": periods, "y": [round(v, 4) for v in values],
            "marker": _fill(o), "hovertemplate": f"%{{x}}: %{{y:.0%}}<extra>{OUTCOMES[o][0]}</extra>",
        }
        for o, values in shares.items()
    ]  # fmt: skip
    return theme.chart(traces, theme.layout(
        420, barmode="stack", bargap=0.12, showlegend=True, legend=theme.legend() | {"traceorder": "normal"},
        xaxis=theme.axis(type="category", showgrid=False, tickangle=0, nticks=9),
        yaxis=theme.axis(range=[0, 1], tickformat=theme.PERCENT, showline=False),
    ))  # fmt: skip


def rates(periods: list[str], lines: dict[str, tuple[str, list[Any], list[Any], list[Any]]]) -> theme.Spec:
    """Lines over the cohorts: name -> (colour, values, lower, upper); limits as bars, where there are any."""
    looks = dict(zip(lines, theme.LOOKS, strict=False))
    traces = []
    for name, (colour, values, lower, upper) in lines.items():
        line: dict[str, Any] = {
            "type": "scatter", "mode": "lines+markers", "name": name, "x": periods, "connectgaps": False,
            "y": [None if v is None else round(v, 4) for v in values],
            "line": {"color": theme.ink(colour), "dash": looks[name].dash, "width": 2.2},
            "marker": {"symbol": looks[name].symbol, "size": 7, "color": theme.ink(colour)},
            "hovertemplate": f"%{{x}}: %{{y:.0%}}<extra>{name}</extra>",
        }  # fmt: skip
        if any(v is not None for v in lower):
            ends = list(zip(values, lower, upper, strict=True))
            line["error_y"] = {
                "type": "data", "symmetric": False, "thickness": 1.2, "width": 3, "color": theme.ink(colour),
                "array": [None if v is None else round(hi - v, 4) for v, _, hi in ends],
                "arrayminus": [None if v is None else round(v - lo, 4) for v, lo, _ in ends],
            }  # fmt: skip
        traces.append(line)
    return theme.chart(traces, theme.layout(
        420, showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(type="category", categoryorder="array", categoryarray=periods, showgrid=False, tickangle=0,
                         nticks=9),
        yaxis=theme.axis(range=[0, 1], tickformat=theme.PERCENT, showline=False),
    ))  # fmt: skip
