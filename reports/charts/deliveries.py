"""Deliveries: when each agency sent one and what became of it, and the records of each that were not staged.

In: table `deliveries`. Out: charts for plotly.js. A symbol tells each status and fate, colour comes second.
"""

import pandas as pd

from reports import theme

STATUS = {
    "in use": ("In use", "circle", "first"),
    "superseded": ("Superseded by a later one", "circle-open", "first"),
    "repeated": ("The same as an earlier one", "square-open", "third"),
    "held": ("Held", "x", "second"),
}
FATES = {
    "n_quarantined": ("Set aside (breaks a rule)", "diamond", "second"),
    "n_skipped": ("Skipped with a reason", "square-open", "third"),
}


def timeline(deliveries: pd.DataFrame, labels: list[str], late: dict[str, str]) -> theme.Spec:
    """One line an agency, one mark a delivery; `late` says by which day an agency's next one was expected."""
    known = deliveries[deliveries["as_of"] > "1900"]
    traces = [
        _marks(label, symbol, colour, part["as_of"].tolist(), part["label"].tolist())
        for status, (label, symbol, colour) in STATUS.items()
        if len(part := known[known["status"] == status])
    ]
    tardy = known[known["is_late"].astype(bool)]
    if len(tardy):
        days, agencies = tardy["as_of"].tolist(), tardy["label"].tolist()
        traces.append(_marks("Came late", "diamond-tall-open", "second", days, agencies))
    if late:
        traces.append(_marks("Expected, not come", "line-ns-open", "second", [*late.values()], [*late]))
    return theme.chart(traces, theme.layout(
        90 + 32 * len(labels), showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(type="category", categoryorder="category ascending", nticks=10, tickangle=0),
        yaxis=theme.axis(type="category", categoryorder="array", categoryarray=[theme.plain(v) for v in labels[::-1]],
                         showline=False, tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip


def _marks(label: str, symbol: str, colour: str, days: list[str], agencies: list[str]) -> dict[str, object]:
    return {
        "type": "scatter", "mode": "markers", "name": label, "x": days, "y": [theme.plain(a) for a in agencies],
        "marker": {"symbol": symbol, "size": 11, "color": theme.ink(colour),
                   "line": {"width": 2, "color": theme.ink(colour)}},
        "hovertemplate": f"%{{y}}, %{{x}}<extra>{label}</extra>",
    }  # fmt: skip


def fates(deliveries: pd.DataFrame) -> theme.Spec:
    """Records set aside and skipped, a row a delivery that has any, on a log scale; a zero has no mark."""
    lost = deliveries[deliveries[[*FATES]].sum(axis=1) > 0]
    names = [theme.plain(f"{r.label} {r.as_of}") for r in lost.itertuples()]
    traces = [
        _marks(label, symbol, colour, lost[column].where(lost[column] > 0).astype(object).tolist(), names)
        | {"x": [int(n) if n > 0 else None for n in lost[column]], "hovertemplate": f"%{{x:,}}<extra>{label}</extra>"}
        for column, (label, symbol, colour) in FATES.items()
    ]
    return theme.chart(traces, theme.layout(
        110 + 24 * len(names), showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(type="log", dtick=1, tickformat=",", showline=False,
                         title={"text": "records (log scale)", "font": {"size": 12, "color": theme.ink("soft")}}),
        yaxis=theme.axis(type="category", autorange="reversed", tickfont={"size": 13, "color": theme.ink("ink")}),
    ))  # fmt: skip
