"""Trends: every metric by scope, group and period, and one page a metric that holds all of it as tables.

In: table `cells`. Out: `trends.html` with switches, `trends/<metric>.html` without.
"""

from collections.abc import Iterable

from reports.cards import by_period, metric_card, view_label
from reports.charts.drawn import drawn
from reports.charts.trend import trend
from reports.edition import NATION, Edition
from reports.section import Figure, Page, Section, View
from reports.sections import bridges, provisional, recode
from reports.sentences import trend as sentence

PERIODS = {"fy": "fiscal year", "quarter": "quarter"}


def pages(edition: Edition) -> Iterable[Page]:
    """The overview with switches, then the pages that need no script."""
    figures = {metric: figure(edition, metric) for metric in edition.of_page("trends")}
    yield Page(
        "trends.html", "Trends", "trends.html", "trends",
        {
            "figures": list(figures.values()), "switches": switches(edition),
            "more": [*provisional.figures(edition), *bridges.figures(edition), *recode.figures(edition)],
            "lead": view_label(edition, edition.lead),
        },
    )  # fmt: skip
    yield from tables(edition, figures, "trends")


def tables(edition: Edition, figures: dict[str, Figure], page: str) -> Iterable[Page]:
    """One page a metric, with every view of it open."""
    for metric, made in figures.items():
        label = edition.metrics[metric]["label"]
        yield Page(f"trends/{metric}.html", label, "metric.html", page, {"figure": made, "page_of": page})


def switches(edition: Edition) -> dict[str, list[tuple[str, str, bool]]]:
    """The choices of the switches: (value, label, is on at first)."""
    lead_source, lead_scope = edition.lead
    agencies, scopes = edition.manifest["agencies"], edition.manifest["scopes"]
    sources = dict.fromkeys(source for source, _ in edition.views)
    on = [p["key"] for p in edition.manifest["study"]["phases"]] + ["other"]
    return {
        "group": [(key, label, key in on) for key, label in edition.groups.items()],
        "scope": [(s, scopes[s]["label"], s == lead_scope) for s in dict.fromkeys(scope for _, scope in edition.views)],
        "period": [("fy", "Fiscal year", True), ("quarter", "Quarter", False)],
        "source": [(s, agencies.get(s, {}).get("label", s.upper()), s == lead_source) for s in sources],
    }


def figure(edition: Edition, metric: str, charted: list[str] | None = None) -> Figure:
    """One metric, every view of it; `charted` names the groups to draw, where not all."""
    m = edition.metrics[metric]
    ordered = sorted(edition.views, key=lambda v: v != edition.lead)
    views = [
        view(edition, metric, pair, period, charted)
        for period in PERIODS
        for pair in ordered
        if edition.series(*_key(pair, metric), NATION, period)
    ]
    source, scope = edition.lead
    return Figure(
        key=metric.replace("_", "-"),
        question=m["question"],
        views=views,
        card=metric_card(
            edition, metric, list(dict.fromkeys(v.source for v in views)),
            f"{source}/{metric}/{scope}/<group>/<period>@{edition.manifest['edition']}",
        ),
        alt=f"{m['label']} by group over time, as lines. The table beside it holds the same numbers.",
        download=(f"downloads/trends/{metric}.csv", f"{m['label']}, every group and scope by fiscal year (CSV)"),
        also=(f"trends/{metric}.html", f"{m['label']}: every scope and quarter as tables"),
    )  # fmt: skip


def view(edition: Edition, metric: str, pair: tuple[str, str], period: str, charted: list[str] | None = None) -> View:
    """One metric under one source, scope and kind of period."""
    m = edition.metrics[metric]
    areas = [a for a in edition.groups if edition.series(*_key(pair, metric), a, period)]
    said = [a for a in areas if a not in {NATION, "spillover", "unresolved"}] or areas
    series = {a: edition.series(*_key(pair, metric), a, period) for a in areas if a in (charted or areas)}
    label, band = view_label(edition, pair), edition.expected.get((pair[0], metric, pair[1]), {})
    return View(
        source=pair[0], scope=pair[1], period=period, label=f"{label}, by {PERIODS[period]}",
        claims=sentence(edition, metric, pair, said, period),
        chart=drawn(trend(series, edition.groups, m["kind"], m["unit"], band)),
        table=by_period(edition, metric, pair, areas, period, f"{m['label']} ({m['unit']}), {label}", band),
    )  # fmt: skip


def _key(pair: tuple[str, str], metric: str) -> tuple[str, str, str]:
    return pair[0], metric, pair[1]


SECTION = Section("trends", "Trends", pages)
