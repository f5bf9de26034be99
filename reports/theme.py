"""Colours, type and the bare Plotly layout: one palette for pages and charts, in light and dark.

In: nothing. Out: `PALETTE`, `css()` (custom properties), `script()` (the same for charts), `layout()`, `chart()`, and
how a group is told apart.
Colours follow the contrast rules of the U.S. Web Design System; colour is never the only signal.
"""

import json
from dataclasses import dataclass
from typing import Any

# name: (on paper, in the dark); every pair of ink and ground has 4.5:1 or more, every line 3:1 or more
PALETTE: dict[str, tuple[str, str]] = {
    "ground": ("#ffffff", "#14171a"),
    "sheet": ("#f6f6f2", "#1d2226"),
    "ink": ("#1b1b1b", "#eceff1"),
    "soft": ("#565c65", "#adb3ba"),
    "rule": ("#dcdee0", "#3a4046"),
    "link": ("#005ea2", "#7fbdf0"),
    "accent": ("#162e51", "#a9c9ec"),
    "first": ("#00508a", "#6db5f2"),
    "second": ("#b04a00", "#f5a25d"),
    "third": ("#5d646d", "#b3bac2"),
    "fourth": ("#7a3f98", "#cda2e8"),
    "whole": ("#2a2a29", "#e2e5e8"),
}

Spec = dict[str, Any]
PERCENT = ",.2~%"  # of an axis: 0.5 % and 20 %, with no digit too many


@dataclass(frozen=True)
class Look:
    """How a group's line is told apart: by dash, symbol and label first, by colour last."""

    colour: str
    dash: str
    symbol: str


LOOKS = [
    Look("first", "solid", "circle"),
    Look("second", "dash", "square"),
    Look("fourth", "dashdot", "diamond"),
    Look("third", "dot", "triangle-up"),
    Look("whole", "longdash", "x-thin-open"),
]
FONT = (
    '"Public Sans", -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, '
    '"Liberation Sans", sans-serif'
)


def ink(name: str) -> str:
    """The colour on paper; the page's script swaps it for the dark one."""
    return PALETTE[name][0]


def looks(groups: list[str]) -> dict[str, Look]:
    """A look for every group: phases take the first two, `other` the dots, the nation the long dash."""
    fixed = {"other": LOOKS[3], "spillover": LOOKS[2], "unresolved": LOOKS[2], "ALL": LOOKS[4]}
    phases = [g for g in groups if g not in fixed]
    spare = [LOOKS[0], LOOKS[1], LOOKS[2]]
    return {g: spare[i % 3] for i, g in enumerate(phases)} | {g: fixed[g] for g in groups if g in fixed}


def css() -> str:
    """The palette as custom properties: paper by default, dark where the reader asks for it, paper again in print."""
    paper = "".join(f"--{name}:{pair[0]};" for name, pair in PALETTE.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in PALETTE.items())
    return (
        f":root{{color-scheme:light dark;{paper}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def swaps() -> dict[str, str]:
    """Paper colour to dark colour, for the figures."""
    return {pair[0]: pair[1] for pair in PALETTE.values()}


def axis(**extra: Any) -> dict[str, Any]:
    """What an axis has beside `template`."""
    return extra


def template() -> Spec:
    """What every chart has: a quiet axis (light rule, no zero line, no zoom: a page must scroll on a touch screen).

    The page's script hands it to plotly.js as the template, so that a chart carries only what is its own.
    """
    quiet = {
        "gridcolor": ink("rule"), "linecolor": ink("soft"), "tickcolor": ink("rule"), "zeroline": False,
        "fixedrange": True, "automargin": True, "ticks": "", "tickfont": {"size": 13, "color": ink("soft")},
    }  # fmt: skip
    apart = quiet | {"ticklabelstandoff": 8}  # or the first period strikes through the nought of the other axis
    return {"layout": {
        "dragmode": False, "hovermode": "closest", "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": ink("ink")}, "separators": ".,", "xaxis": apart, "yaxis": quiet,
        "hoverlabel": {"bgcolor": ink("ground"), "bordercolor": ink("soft"), "font": {"color": ink("ink")}},
    }}  # fmt: skip


def script() -> str:
    """`theme.js`: the template, and the dark colours to swap in."""
    look = json.dumps({"template": template(), "swaps": swaps()}, sort_keys=True)
    return f"window.palermoTheme = {look};\n"


def legend() -> dict[str, Any]:
    """A legend in one line above the chart."""
    return {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "traceorder": "normal"}


def layout(height: int = 400, **extra: Any) -> dict[str, Any]:
    """The layout that every chart starts from, beside `template`."""
    return {"height": height, "margin": {"l": 8, "r": 8, "t": 12, "b": 8}, "showlegend": False} | extra


def chart(traces: list[dict[str, Any]], layout: dict[str, Any]) -> Spec:
    """A figure as plotly.js takes it. Plotly's own classes check every attribute: the tests do that, once a chart."""
    return {"data": traces, "layout": layout}


def plain(text: str) -> str:
    """A text without what Plotly would read as markup or as a template."""
    return "".join(ch for ch in text if ch not in "<>%{}")
