"""Why counts moved: one bar a count, cut into the causes of its change.

In: rows of table `changes` or `restated`. Out: a chart for plotly.js. Records that left a count stand left of nought.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reports import theme

CAUSES = {  # column: (label, colour, pattern)
    "new": ("New: its day came since", "first", ""),
    "late": ("Late: its day had passed, we learned of it since", "second", "/"),
    "corrected": ("Corrected: the record says otherwise now", "fourth", "x"),
    "withdrawn": ("Withdrawn: the record is gone", "third", "."),
}
DEFINITION = {"definition": ("Definition: the same records count otherwise", "whole", "+")}


def causes(
    names: list[str], rows: list[Any], looks: Mapping[str, tuple[str, str, str]] = MappingProxyType(CAUSES)
) -> theme.Spec:
    """Stacked horizontal bars, in the order given; `looks` are the causes that the rows are cut into."""
    used = {c: look for c, look in looks.items() if any(getattr(r, c) for r in rows)}
    traces = [
        {
            "type": "bar", "orientation": "h", "name": label, "y": [theme.plain(n) for n in names],
            "x": [int(getattr(r, cause)) for r in rows],
            "marker": {"color": theme.ink(colour), "line": {"color": theme.ink(colour), "width": 1},
                       "pattern": {"shape": shape, "fillmode": "replace", "size": 6, "solidity": 0.3,
                                   "fgcolor": theme.ink(colour)}},
            "hovertemplate": f"%{{y}}: %{{x:+,}}<extra>{label.split(':')[0]}</extra>",
        }
        for cause, (label, colour, shape) in used.items()
    ]  # fmt: skip
    return theme.chart(traces, theme.layout(
        110 + 26 * len(names), barmode="relative", bargap=0.35, showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(nticks=6, showline=False, zeroline=True, zerolinecolor=theme.ink("soft")),
        yaxis=theme.axis(autorange="reversed", showgrid=False, tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip
