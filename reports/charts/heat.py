"""A grid of counts: rows and columns by name, darker is more; the tile holds the count, or a dash for none.

In: names and counts. Out: a chart for plotly.js. The table beside it holds the same numbers.
"""

from collections.abc import Sequence

from reports import theme


def heat(
    rows: list[str], columns: list[str], counts: Sequence[Sequence[float | None]], says: str, top: float | None = None
) -> theme.Spec:
    """One tile a count, the first row on top. `says` names what is counted.

    The scale ends at `top`, else at the upper twentieth.
    """
    found = sorted(n for row in counts for n in row if n)
    top = top or (found[int(0.95 * (len(found) - 1))] if found else 1)
    tiles = {
        "type": "heatmap", "x": columns, "y": [theme.plain(r) for r in rows], "z": counts,
        "text": [["–" if n is None else f"{n:,.0f}" for n in row] for row in counts], "texttemplate": "%{text}",
        "textfont": {"size": 10 if len(rows) > 30 else 12},
        "zmin": 0, "zmax": top, "colorscale": [[0, theme.ink("sheet")], [1, theme.ink("first")]], "showscale": False,
        "xgap": 1, "ygap": 1, "hoverongaps": False, "hovertemplate": f"%{{y}}, %{{x}}: %{{z:,}} {says}<extra></extra>",
    }  # fmt: skip
    size = 15 if len(rows) > 30 else 24
    return theme.chart([tiles], theme.layout(
        70 + size * len(rows),
        xaxis=theme.axis(type="category", side="top", showgrid=False, showline=False, tickangle=0, nticks=12),
        yaxis=theme.axis(type="category", autorange="reversed", showgrid=False, showline=False, dtick=1,
                         tickfont={"size": 11 if len(rows) > 30 else 13, "color": theme.ink("ink")}),
    ))  # fmt: skip
