"""A bridge between two totals: bars that hang where the last one ended.

In: steps with what each adds or takes away. Out: a chart for plotly.js. Totals are filled, additions and removals
differ by pattern and by their signs.
"""

from reports import theme


def bridge(names: list[str], counts: list[int], is_total: list[bool]) -> theme.Spec:
    """A horizontal waterfall, first step on top."""
    bases, lengths, height = [], [], 0
    for n, total in zip(counts, is_total, strict=True):
        bases.append(0 if total else min(height, height + n))
        lengths.append(abs(n))
        height = n if total else height + n
    colours = ["first" if t else "third" if n >= 0 else "second" for n, t in zip(counts, is_total, strict=True)]
    shapes = ["" if t else "/" if n >= 0 else "x" for n, t in zip(counts, is_total, strict=True)]
    inks = [theme.ink(c) for c in colours]
    bar = {
        "type": "bar", "orientation": "h", "y": [theme.plain(n) for n in names], "x": lengths, "base": bases,
        "text": [f"{n:,}" if t else f"{n:+,}" for n, t in zip(counts, is_total, strict=True)],
        "textposition": "outside", "cliponaxis": False, "textfont": {"size": 12, "color": theme.ink("ink")},
        "marker": {"color": inks, "line": {"color": inks, "width": 1},
                   "pattern": {"shape": shapes, "fillmode": "replace", "size": 6, "solidity": 0.3, "fgcolor": inks}},
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }  # fmt: skip
    return theme.chart([bar], theme.layout(
        80 + 30 * len(names), bargap=0.3, margin={"l": 8, "r": 48, "t": 8, "b": 8},
        xaxis=theme.axis(rangemode="tozero", showline=False, nticks=6),
        yaxis=theme.axis(autorange="reversed", showgrid=False, tickfont={"size": 12, "color": theme.ink("ink")}),
    ))  # fmt: skip
