"""A funnel plot: rates against how many they rest on, with the limits that chance leaves around the rate of all.

In: rows of table `funnels`. Out: a chart for plotly.js. What lies outside is a filled diamond with its name.
"""

from typing import Any

from reports import theme

LINES = {"lower_998": "99.8 %", "upper_998": "", "lower_95": "95 %", "upper_95": ""}


def limits(rows: list[Any], rate: float) -> theme.Spec:
    """Districts as points, two pairs of limits as lines."""
    seen: dict[float, Any] = {float(r.denominator): r for r in rows if r.denominator > 0}
    sizes = sorted(seen)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": sizes, "y": [round(getattr(seen[n], column), 4) for n in sizes],
            "name": f"Limits, {label}" if label else "", "showlegend": bool(label), "hoverinfo": "skip",
            "line": {"color": theme.ink("soft"), "width": 1.2, "dash": "dot" if "998" in column else "dash"},
        }
        for column, label in LINES.items()
    ]  # fmt: skip
    for label, inside, symbol, colour in (
        ("Within 95 %", True, "circle-open", "first"), ("Outside 95 %", False, "diamond", "second")
    ):  # fmt: skip
        part = [r for r in rows if r.denominator > 0 and (r.reading == "within") == inside]
        if part:
            traces.append({
                "type": "scatter", "mode": "markers" if inside else "markers+text", "name": label,
                "x": [r.denominator for r in part], "y": [round(r.value, 4) for r in part],
                "text": [r.area for r in part], "textposition": "top center",
                "marker": {"symbol": symbol, "size": 8, "color": theme.ink(colour)},
                "hovertemplate": f"%{{text}}: %{{y:.0%}} of %{{x}}<extra>{label}</extra>",
            })  # fmt: skip
    rule = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": rate, "y1": rate, "layer": "below",
            "line": {"color": theme.ink("soft"), "width": 1}}  # fmt: skip
    title = {"text": "what the rate rests on", "font": {"size": 12, "color": theme.ink("soft")}, "standoff": 10}
    return theme.chart(traces, theme.layout(
        420, shapes=[rule], showlegend=True, legend=theme.legend(),
        xaxis=theme.axis(rangemode="tozero", showgrid=False, title=title),
        yaxis=theme.axis(tickformat=theme.PERCENT, showline=False),
    ))  # fmt: skip
