"""Hostile text in every free-text field stays text."""

import pytest

from tests.browser.conftest import long_ones_later

KINDS = ["index.html", "comparison.html", "quality.html", "methods.html", "trends/cases_filed.html"]


@pytest.mark.parametrize("kind", [long_ones_later(kind) for kind in KINDS])
def test_hostile_text_is_inert_in_html(hostile_site, open_page, kind):
    page = open_page(hostile_site / kind)
    page.wait_for_timeout(50)
    assert page.noise == []
    assert "owned" not in page.title().split("·")[0]
    assert page.evaluate("document.title") != "owned"
    assert page.locator("img").count() == 0
    assert page.locator("[onerror]").count() == 0
    sources = page.evaluate("[...document.scripts].filter(s => s.type !== 'application/json').map(s => s.src)")
    assert all(src.endswith(("assets/theme.js", "assets/plotly.min.js", "assets/palermo.js")) for src in sources)
    assert page.evaluate("[...document.links].every(a => ['file:', 'https:'].includes(a.protocol))")
    assert "onerror" in page.locator("header").inner_text()
