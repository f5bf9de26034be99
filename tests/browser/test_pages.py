"""Every kind of page in a real browser: quiet, offline, accessible, by keyboard, narrow, dark and printed."""

from pathlib import Path

import pytest

from tests.browser.conftest import DRAWN, long_ones_later, opened_page

KINDS = [
    "index.html", "trends.html", "trends/cases_filed.html", "funnel.html", "cohorts.html", "comparison.html",
    "coordination.html", "districts.html",
    "districts/GAN.html", "quality.html", "changes.html", "methods.html", "downloads.html",
]  # fmt: skip
CHARTED = {"index.html", "trends.html", "funnel.html", "comparison.html", "districts/GAN.html", "quality.html",
           "changes.html", "coordination.html", "cohorts.html", "districts.html"}  # fmt: skip
DARK = {"index.html", "comparison.html", "districts.html", "methods.html"}
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAPER = {"width": 702, "height": 954}  # letter less its margins, in CSS pixels


def shot(page, kind, suffix=""):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{kind.replace('/', '-').removesuffix('.html')}{suffix}.png")


@pytest.fixture(scope="module", params=[long_ones_later(kind) for kind in KINDS])
def opened(request, site, chromium):
    """(kind, page): each kind of page is opened once, and the tests below look at it in turn."""
    page = opened_page(chromium, site / request.param)
    yield request.param, page
    page.context.close()


def test_page_is_quiet_offline_and_accessible(opened):
    kind, page = opened
    assert page.noise == []
    assert all(url.startswith(("file:", "data:")) for url in page.requests)
    assert page.locator("h1").count() == 1
    assert "INVENTED DATA: demo" in page.locator("header").inner_text()
    assert "HSI: delivery of 2026-10-31 held, figures as of 2026-09-30" in page.locator("header").inner_text()
    assert "unchanged since the last release" in page.locator("footer").inner_text()
    assert (page.locator(".chart .main-svg").count() > 0) == (kind in CHARTED)
    shot(page, kind)
    assert broken_rules(page, {"type": "tag", "values": RULES}) == []
    if kind in DARK:
        page.emulate_media(color_scheme="dark")
        assert broken_rules(page, {"type": "rule", "values": ["color-contrast"]}) == []
        shot(page, kind, "-dark")
        page.emulate_media(color_scheme="light")


def broken_rules(page, which):
    from axe_playwright_python.sync_playwright import Axe

    # a chart is hidden from readers of the screen, since its table says the same; later rows are like the first ones
    context = {"exclude": [[".main-svg"], ["tbody tr:nth-child(n+13)"]]}
    found = Axe().run(page, context, {"runOnly": which}).response["violations"]
    return [(v["id"], [n["target"] for n in v["nodes"][:3]], v["nodes"][0]["failureSummary"]) for v in found]


def test_page_fits_a_narrow_screen_large_type_and_paper(opened):
    kind, page = opened
    for width in (640, 320):  # 1280 px at 200 %, and the narrowest page of WCAG 1.4.10
        page.set_viewport_size({"width": width, "height": 640})
        page.wait_for_function(f"() => !({TOO_WIDE})", timeout=5000)  # charts follow a new width a moment later
    shot(page, kind, "-320")
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    cut = page.locator("main table").evaluate_all(
        "all => all.filter(t => t.getBoundingClientRect().right > innerWidth + 1).map(t => t.caption.textContent)"
    )
    assert cut == []
    assert page.locator("header .stamp, .late").evaluate_all("all => all.every(e => e.offsetParent)")
    assert page.locator(".switches:visible, .skip:visible, nav[aria-label=Pages]:visible").count() == 0


CROWDED = """() => [...document.querySelectorAll("[data-figure]")].flatMap(section => {
    const texts = [...section.querySelectorAll(".chart .main-svg text")].filter(t => t.textContent.trim())
        .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, box]) => box.width);
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
    return texts.flatMap(([a, box], i) => texts.slice(i + 1).filter(([, other]) => meet(box, other))
        .map(([b]) => [section.id, a, b]));
})"""


def test_no_text_of_a_chart_lies_over_another(opened):
    _kind, page = opened
    page.emulate_media(media="screen")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()  # a chart is fitted to the page when it is drawn
        page.wait_for_function(DRAWN)
        assert page.evaluate(CROWDED) == [], width


SCALED = """([section, by]) => {
    const block = document.querySelector(section + " script[data-chart]"), figure = JSON.parse(block.textContent);
    figure.data.forEach(t => { t.y = t.y.map(v => v === null ? v : v * by); delete t.error_y; });
    figure.layout.annotations.forEach(a => { a.y *= by; });
    block.textContent = JSON.stringify(figure);
}"""
TICKS = "[...document.querySelectorAll('#joint-case-share .ytick text')].map(t => t.textContent)"


@pytest.mark.slow
def test_small_shares_have_ticks_that_differ_and_zeros_have_no_chart(site, open_page):
    page = open_page(site / "coordination.html")
    section, group = "#joint-case-share", page.get_by_label("Other districts")
    page.evaluate(SCALED, [section, 0.01])
    group.uncheck()
    page.wait_for_function(f"() => {TICKS}.some(t => t.includes('.'))", timeout=5000)
    ticks = page.evaluate(TICKS)
    assert len(set(ticks)) == len(ticks) > 2
    page.evaluate(SCALED, [section, 0])
    group.check()
    assert page.locator(f"{section} .chart").is_hidden() and page.locator(f"{section} table").is_visible()
    assert page.locator("#agencies-per-case .chart .main-svg").first.is_visible()
    assert page.noise == []


WALK = """() => {
    const wanted = "a[href], button, input, select, summary, [tabindex]";
    const open = e => e.checkVisibility() && e.tabIndex >= 0 && !(e.type === "radio" && !e.checked);
    window.stops = [...document.querySelectorAll(wanted)].filter(open);
    return window.stops.length;
}"""
HERE = """() => {
    const at = document.activeElement, box = at.getBoundingClientRect(), line = getComputedStyle(at);
    const x = Math.max(0, box.left) + 2, y = Math.max(0, box.top) + Math.min(box.height, innerHeight) / 2;
    const top = document.elementFromPoint(Math.min(x, innerWidth - 1), Math.min(y, innerHeight - 1));
    return {
        stop: window.stops.indexOf(at), marked: line.outlineStyle !== "none" && parseFloat(line.outlineWidth) >= 2,
        seen: Boolean(top) && (at.contains(top) || top.contains(at) || (at.labels && at.labels[0].contains(top))),
        name: at.outerHTML.slice(0, 90)
    };
}"""


def test_keyboard_walks_the_page_in_order_and_is_always_seen(opened):
    _kind, page = opened
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    n = page.evaluate(WALK)
    assert n > 10
    stops = []
    for _ in range(n):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(HERE))
    assert [s["stop"] for s in stops] == list(range(n))
    assert [s["name"] for s in stops if not (s["marked"] and s["seen"])] == []


def test_skip_link_leads_to_the_content_and_switches_answer_to_keys(site, open_page):
    page = open_page(site / "funnel.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "group"
    assert page.locator("#funnel th[data-group=phase_1]").is_visible()
    page.keyboard.press("Space")
    assert not page.locator("#funnel th[data-group=phase_1]").is_visible()


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


def test_brief_fits_one_printed_page_and_dark_charts_take_the_dark_ink(site, open_page):
    from reports.theme import PALETTE

    page = open_page(site / "index.html", viewport=PAPER, color_scheme="dark")
    colours = page.evaluate("document.querySelector('.chart').data.map(t => t.line.color)")
    paper, dark = PALETTE["first"]
    assert dark in colours
    assert paper not in colours
    page.emulate_media(media="print", color_scheme="light")
    assert page.evaluate("document.querySelector('.brief').getBoundingClientRect().bottom + scrollY") <= PAPER["height"]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.pdf(path=SHOTS / "index.pdf", prefer_css_page_size=True)
