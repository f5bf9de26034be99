"""Every kind of page in a real browser: quiet, offline, accessible, narrow and printed."""

from pathlib import Path

import pytest

KINDS = [
    "index.html", "trends.html", "trends/cases_filed.html", "funnel.html", "comparison.html", "districts.html",
    "districts/GAN.html", "quality.html", "methods.html", "downloads.html",
]  # fmt: skip
CHARTED = {"index.html", "trends.html", "funnel.html", "comparison.html", "districts/GAN.html", "quality.html"}
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("kind", KINDS)
def test_page_is_quiet_offline_accessible_and_narrow(site, open_page, kind):
    page = open_page(site / kind)
    assert page.noise == []
    assert all(url.startswith(("file:", "data:")) for url in page.requests)
    assert page.locator("h1").count() == 1
    assert "INVENTED DATA: demo" in page.locator("header").inner_text()
    assert "HSI: delivery of 2026-10-31 held, figures as of 2026-09-30" in page.locator("header").inner_text()
    assert "unchanged since the last edition" in page.locator("footer").inner_text()
    assert (page.locator(".chart .main-svg").count() > 0) == (kind in CHARTED)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{kind.replace('/', '-').removesuffix('.html')}.png")
    assert broken_rules(page) == []
    for width in (640, 320):  # 1280 px at 200 %, and the narrowest page of WCAG 1.4.10
        page.set_viewport_size({"width": width, "height": 640})
        page.wait_for_function(f"() => !({TOO_WIDE})", timeout=5000)  # charts follow a new width a moment later
    page.screenshot(path=SHOTS / f"{kind.replace('/', '-').removesuffix('.html')}-320.png")


@pytest.mark.parametrize("kind", ["index.html", "districts.html"])
def test_axe_finds_nothing_in_the_dark(site, open_page, kind):
    assert broken_rules(open_page(site / kind, color_scheme="dark")) == []


def broken_rules(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    return [(v["id"], [n["target"] for n in v["nodes"][:3]], v["nodes"][0]["failureSummary"]) for v in found]


def test_chart_offers_svg_and_no_cloud_under_the_policy(site, open_page):
    page = open_page(site / "index.html")
    titles = page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title)")
    assert set(titles) == {"Download plot"}
    settings = page.evaluate("document.querySelector('.is-drawn')._context")
    assert (settings["showSendToCloud"], settings["displaylogo"]) == (False, False)
    page.hover(".chart")
    with page.expect_download() as saved:
        page.locator(".modebar-btn").first.click()
    assert "<svg" in Path(saved.value.path()).read_text(encoding="utf-8")
    assert page.noise == []
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); const i = new Image(); i.src = 'https://example.org/x.png'; }"
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text and "example.org" in text for text in page.noise)


def test_keyboard_reaches_the_content_and_the_switches(site, open_page):
    page = open_page(site / "funnel.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "group"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_brief_fits_one_printed_page_and_dark_charts_take_the_dark_ink(site, open_page):
    from reports.theme import PALETTE

    width, height = 702, 954  # letter less its margins, in CSS pixels
    page = open_page(site / "index.html", viewport={"width": width, "height": height}, color_scheme="dark")
    colours = page.evaluate("document.querySelector('.chart').data.map(t => t.line.color)")
    paper, dark = PALETTE["first"]
    assert dark in colours
    assert paper not in colours
    page.emulate_media(media="print", color_scheme="light")
    assert page.evaluate("document.querySelector('.brief').getBoundingClientRect().bottom + scrollY") <= height
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.pdf(path=SHOTS / "index.pdf", prefer_css_page_size=True)
