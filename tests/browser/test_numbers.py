"""Every number is there without JavaScript, and the switches show the same numbers as the tables behind them."""

import pandas as pd
import pytest

from reports import words
from reports.edition import load
from tests.browser.conftest import long_ones_later


@pytest.fixture(scope="module")
def edition(site):
    return load(site.parent / "edition")


def texts(page, selector):
    return [t.strip() for t in page.locator(selector).all_inner_texts()]


def expected(edition, metric, scope, areas):
    kind = edition.metrics[metric]["kind"]
    periods = [c.period for c in edition.series("eousa", metric, scope, "ALL")][::-1]
    return {
        (p, a): words.read(edition.cell("eousa", metric, scope, a, p), kind)
        for p in periods for a in areas
    }  # fmt: skip


def rows_of(page, selector):
    return page.locator(selector).evaluate_all(
        "rows => rows.map(r => [...r.cells].filter(c => !c.hidden)"
        ".map(c => [...c.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join('').trim()))"
    )


def test_without_javascript_every_number_of_the_first_view_is_visible(site, edition, open_page):
    pages = {p: open_page(site / f"{p}.html", java_script_enabled=False) for p in ("trends", "coordination")}
    for page in pages.values():
        assert page.locator(".chart:visible").count() == 0
        assert page.locator("form:visible").count() == 0
    for metric, definition in edition.metrics.items():
        page = pages[definition["page"]]
        rows = rows_of_static(page, f"#{metric.replace('_', '-')} .view tbody tr")
        found = {(r[0], a): t for r in rows for a, t in zip(edition.groups, r[1:], strict=True)}
        assert found == expected(edition, metric, "acteam", edition.groups)


def rows_of_static(page, selector):
    """Playwright reads the page of a browser that runs no script."""
    tables = page.locator(selector)
    return [
        [cell.split(" prov.")[0].split(" of ")[0].replace("prov.", "").strip() for cell in row.split("\t")]
        for row in tables.all_inner_texts()
    ]


SWITCHED = ["trends.html", "funnel.html", "comparison.html", "quality.html", "changes.html", "districts/GAN.html"]


@pytest.mark.parametrize("kind", [long_ones_later(kind) for kind in SWITCHED])
def test_without_javascript_every_view_behind_a_switch_opens(site, open_page, kind):
    numbers = "table => [table.caption.textContent, [...table.rows].map(r => [...r.cells].map(c => c.textContent))]"
    behind = open_page(site / kind).evaluate(
        "() => [...document.querySelectorAll('noscript[data-view]')].map(n => new DOMParser()"
        f".parseFromString(n.textContent, 'text/html').querySelector('table')).map({numbers})"
    )
    page = open_page(site / kind, java_script_enabled=False)
    assert len(behind) == page.locator("details.more").count() > 0
    for summary in page.locator("details.more > summary").all():
        summary.click()
    shown = page.locator("details.more table:visible")
    assert shown.count() == len(behind)
    for i, (caption, rows) in enumerate(behind):
        assert shown.nth(i).locator("caption").inner_text() == caption
        assert shown.nth(i).locator("tbody tr").count() == len(rows) - 1
        last = [cell for cell in shown.nth(i).locator("tbody tr").last.inner_text().split() if cell != "prov."]
        assert last == [cell for cell in " ".join(rows[-1]).split() if cell != "prov."]


def test_metric_page_holds_every_scope_without_javascript(site, edition, open_page):
    page = open_page(site / "trends/cases_filed.html", java_script_enabled=False)
    cells = edition.cells.query("metric == 'cases_filed' and area_kind != 'district'")
    assert page.locator("tbody td").count() == len(cells)
    assert page.locator("details:not([open]) table").count() == 0


def test_district_page_tells_hidden_from_zero(site, edition, open_page):
    page = open_page(site / "districts/ME.html", java_script_enabled=False)
    hidden = edition.cells.query("area == 'ME' and scope == 'acteam' and metric == 'matters_received'")
    shown = page.locator("#everything .view td.suppressed").all_inner_texts()
    assert (hidden["status"] == "suppressed").any()
    assert {t.replace(" prov.", "") for t in shown} == {"not shown"}
    zeros = (hidden["value"] == 0).sum()
    first = page.locator("#everything .view tbody tr").all_inner_texts()
    assert sum(row.split("\t")[1].split(" ")[0] == "0" for row in first) == zeros


def test_switches_change_tables_charts_and_sentences(site, edition, open_page):
    page = open_page(site / "trends.html")
    section = "#cases-filed"
    before = page.locator(f"{section} .said").inner_text()
    page.get_by_role("radio", name="Chapter 77").check()
    page.get_by_label("Other districts").uncheck()
    want = expected(edition, "cases_filed", "chapter77", ["phase_1", "phase_2"])
    rows = rows_of(page, f"{section} tbody tr")
    assert {(r[0], a): t for r in rows for a, t in zip(["phase_1", "phase_2"], r[1:], strict=True)} == want
    assert page.locator(f"{section} .said").inner_text() != before
    drawn = page.evaluate(
        "s => Object.fromEntries(document.querySelector(s + ' .chart').data.filter(t => t.visible !== false)"
        ".map(t => [t.meta, t.y]))", section)  # fmt: skip
    assert set(drawn) == {"phase_1", "phase_2"}
    last = edition.series("eousa", "cases_filed", "chapter77", "phase_1")[-1].value
    assert drawn["phase_1"][-1] == last
    assert "Chapter 77" in page.locator(".state").inner_text()
    assert page.noise == []


def test_switches_leave_figures_without_views_alone(site, open_page):
    page = open_page(site / "comparison.html")
    sections = page.locator("[data-figure]")
    assert sections.count() > 8
    assert sections.evaluate_all("all => all.filter(s => s.hidden).map(s => s.id)") == []
    before = page.locator("#comparison .said").inner_text()
    page.get_by_role("radio", name="Chapter 77").check()
    assert page.locator("#comparison .said").inner_text() != before
    assert sections.evaluate_all("all => all.filter(s => s.hidden).map(s => s.id)") == []
    assert "Chapter 77" in page.locator("#comparison caption").inner_text()


@pytest.mark.slow
def test_quarters_come_from_the_page_itself(hostile_site, open_page):
    page = open_page(hostile_site / "trends.html")
    page.get_by_label("Quarter").check()
    quarters = load(hostile_site.parent / "edition").cells.query(
        "metric == 'cases_filed' and scope == 'acteam' and area == 'phase_1' and period_kind == 'quarter'"
    )
    rows = rows_of(page, "#cases-filed tbody tr")
    want = dict(zip(quarters["period"], quarters["value"].map(lambda v: f"{v:,.0f}"), strict=True))
    assert {r[0]: r[1] for r in rows} == want
    assert page.noise == []
    assert pd.Series(page.requests).str.startswith("file:").all()
