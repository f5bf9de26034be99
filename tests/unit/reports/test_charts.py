"""Charts say nothing that is not published: gaps for hidden cells, hatching for provisional ones, no markup."""

import json
import re

import pytest

from reports.charts.bars import over_time
from reports.charts.drawn import LIMIT, drawn
from reports.charts.ratios import Ratio, ratios
from reports.charts.trend import trend
from reports.theme import PALETTE, template
from reports.words import Cell
from sources.errors import DefinitionError


def cells(values, loose=()):
    return [
        Cell(
            "id", "m", "g", f"FY{2015 + i}", v, v, None, None, None, "suppressed" if v is None else "shown", i in loose
        )
        for i, v in enumerate(values)
    ]


def made(figure):
    return json.loads(drawn(figure))


def test_hidden_cell_is_a_gap_and_provisional_is_another_trace():
    figure = made(trend({"phase_1": cells([3.0, None, 5.0, 2.0], loose={3})}, {"phase_1": "Phase I"}, "count", "cases"))
    final, loose = figure["data"]
    assert final["y"] == [3.0, None, 5.0]
    assert not final["connectgaps"]
    assert loose["y"] == [5.0, 2.0]
    assert loose["marker"]["symbol"] == "circle-open"
    assert "provisional" in loose["hovertemplate"]


def test_groups_differ_by_dash_and_symbol_and_label():
    keys = ["phase_1", "phase_2", "other", "spillover", "ALL"]
    figure = made(trend({k: cells([1.0, 2.0]) for k in keys}, {k: k for k in keys}, "count", "cases"))
    assert len({t["line"]["dash"] for t in figure["data"]}) == 5
    assert len({t["marker"]["symbol"] for t in figure["data"]}) == 5
    assert {a["text"] for a in figure["layout"]["annotations"]} == set(keys)


def test_a_label_stands_at_the_end_of_its_line():
    series = {"whole": cells([1.0, 2.0, 3.0, 4.0, 5.0]), "ended": cells([3.0, 1.0, None, None, None]),
              "hidden": cells([None] * 5)}  # fmt: skip
    labels = made(trend(series, {k: k for k in series}, "count", "cases"))["layout"]["annotations"]
    assert [(a["name"], a["xref"], a["x"], a["y"]) for a in labels] == [
        ("whole", "paper", 1, 5),
        ("ended", "x", "FY2016", 1),
    ]


def test_provisional_bar_is_hatched():
    bar = made(over_time(cells([1.0, None, 3.0], loose={2}), "count"))["data"][0]
    assert bar["marker"]["pattern"]["shape"] == ["", "", "/"]
    assert bar["y"] == [1.0, None, 3.0]


def test_figure_has_no_default_template_and_no_markup():
    label = "<b>x</b>%{y}</script>"
    text = drawn(trend({"g": cells([1.0, 2.0])}, {"g": label}, "count", "cases"))
    assert "<" not in text
    assert json.loads(text)["layout"]["annotations"][0]["text"] == "bx/by/script"


def test_every_chart_of_a_site_is_one_that_plotly_knows(site):
    import plotly.graph_objects as go

    pages = [*site.glob("*.html"), site / "districts" / "GAN.html"]
    blocks = [b for p in pages for b in re.findall(r"data-chart=[^>]*>(.*?)</script>", p.read_text(encoding="utf-8"))]
    assert len(blocks) > 20
    for block in blocks:
        chart = json.loads(block)
        go.Figure(chart["data"], chart["layout"])  # refuses an attribute or a value that Plotly does not have
    assert go.layout.Template(template()).layout.xaxis.fixedrange


def test_ink_and_lines_stand_out_from_their_ground():
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for theme in (0, 1):  # on paper, in the dark; WCAG 2.2, 1.4.3 and 1.4.11
        for ground in ("ground", "sheet"):
            for name in set(PALETTE) - {"ground", "sheet", "rule"}:
                pair = sorted((light(PALETTE[ground][theme]), light(PALETTE[name][theme])))
                least = 4.5 if name in {"ink", "soft", "link", "accent"} else 3.0
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= least, (name, ground, theme)


def test_interval_without_limit_ends_at_the_frame():
    row = made(ratios([Ratio("x", "sites", 2.0, 0.5, float("inf")), Ratio("y", "sites", 0.0, 0.0, 1.0)]))["data"][0]
    assert row["x"] == [2.0]
    assert 0 < row["error_x"]["array"][0] < 20


def test_figure_past_the_limit_is_refused():
    big = trend(
        {f"g{i}": cells([j + 0.1234 for j in range(3000)]) for i in range(9)},
        {f"g{i}": "g" for i in range(9)},
        "count",
        "x",
    )
    with pytest.raises(DefinitionError, match=f"{LIMIT:,}"):
        drawn(big)
