"""Records set aside or skipped, a bar a delivery.

In: table `deliveries`. Out: a Plotly figure.
"""

import pandas as pd

from reports import theme

FATES = {
    "n_quarantined": ("Set aside (breaks a rule)", "second", "/"),
    "n_skipped": ("Skipped with a reason", "third", "."),
}


def fates(deliveries: pd.DataFrame) -> theme.Spec:
    """Stacked horizontal bars of the records that were read and not staged."""
    names = [theme.plain(f"{r.label} {r.as_of} ({r.status})") for r in deliveries.itertuples()]
    traces = [
        {
            "type": "bar", "orientation": "h", "name": label, "y": names, "x": deliveries[column].tolist(),
            "marker": {"color": theme.ink(colour), "line": {"color": theme.ink(colour), "width": 1},
                       "pattern": {"shape": shape, "fillmode": "replace", "size": 6, "solidity": 0.3,
                                   "fgcolor": theme.ink(colour)}},
            "hovertemplate": f"%{{x:,}}<extra>{label}</extra>",
        }
        for column, (label, colour, shape) in FATES.items()
    ]  # fmt: skip
    return theme.chart(traces, theme.layout(
        110 + 30 * len(names), barmode="stack", bargap=0.35, showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(rangemode="tozero", nticks=6, showline=False),
        yaxis=theme.axis(autorange="reversed", showgrid=False, tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip
