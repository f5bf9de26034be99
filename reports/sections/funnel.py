"""The funnel: matters, declinations, cases, defendants and convictions of one year beside each other.

In: table `cells`. Out: `funnel.html`. The steps are counts of one period, not one cohort; the page says so.
"""

from collections.abc import Iterable

from reports.cards import source_lines, td, view_label
from reports.charts.bars import steps
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import NATION, Edition
from reports.section import Card, Figure, Page, Section, Table, Td, View
from reports.sections import trends

STEPS = ["matters_received", "matters_declined", "cases_filed", "defendants_charged", "defendants_convicted"]


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    switches = trends.switches(edition) | {"period": []}
    yield Page("funnel.html", "From referral to conviction", "figures.html", "funnel", {
        "figures": [figure(edition)], "switches": switches,
        "lede": "What came in, what was turned down, what was charged, what ended in a conviction, in the last fiscal "
        "year that is final. A case takes one to four years, so the steps of one year are different cases.",
    })  # fmt: skip


def figure(edition: Edition) -> Figure:
    """The steps by group, one view for each source and scope."""
    ordered = sorted(edition.views, key=lambda v: v != edition.lead)
    views = [view for pair in ordered if (view := _view(edition, pair))]
    source, scope = edition.lead
    return Figure(
        key="funnel", question="How many matters, cases, defendants and convictions did one year see?", views=views,
        card=_card(edition, list(dict.fromkeys(v.source for v in views)),
                   f"{source}/<metric>/{scope}/<group>/<period>@{edition.manifest['edition']}"),
        alt="Counts of each step by group, as bars. The table beside it holds the same numbers.",
        download=("downloads/trends/cases_filed.csv", "Cases filed, every group and scope by fiscal year (CSV)"),
        also=("trends.html", "Every step over time"),
    )  # fmt: skip


def _view(edition: Edition, pair: tuple[str, str]) -> View | None:
    source, scope = pair
    now = edition.last_final(source, "cases_filed", scope)
    kept = [m for m in STEPS if now and edition.cell(source, m, scope, NATION, now)]
    if not kept or now is None:
        return None
    groups = [g for g in edition.groups if edition.series(source, "cases_filed", scope, g)]
    found = {g: [(m, edition.cell(source, m, scope, g, now)) for m in kept] for g in groups}
    names = {m: edition.metrics[m]["label"] for m in kept}
    rows = [
        [Td(names[m]), *(td(dict(found[g])[m], "count", g) for g in groups)] for m in kept
    ]  # fmt: skip
    table = Table(
        f"Steps in {now}, {view_label(edition, pair)}",
        [Td("Step"), *(Td(edition.groups[g], group=g) for g in groups)], rows,
    )  # fmt: skip
    nation = dict(found[NATION]) if NATION in found else {}
    said = [f"{names[m].lower()} {td(c, 'count').text}" for m, c in nation.items()]
    chart = steps({g: [(names[m], c) for m, c in pairs] for g, pairs in found.items() if g != NATION}, edition.groups)
    claim = check(Claim(f"{now}, all districts: {', '.join(said)}. The steps are counts of one year, not one cohort."))
    return View(source, scope, "fy", f"{view_label(edition, pair)}, {now}", [claim], drawn(chart), table)


def _card(edition: Edition, sources: list[str], ids: str) -> Card:
    metrics = [edition.metrics[m] for m in STEPS if m in edition.metrics]
    return Card(
        counted="; ".join(f"{m['label'].lower()}: one count is one {m['counts']}" for m in metrics) + ".",
        not_counted="; ".join(dict.fromkeys(x for m in metrics for x in m["excludes"])) + ".",
        definition="; ".join(f"{m['label']} = {m['formula']}" for m in metrics) + ".",
        reading="Do not divide one step by another of the same year: they are different cases, and the units differ.",
        caveats=list(dict.fromkeys(x for m in metrics for x in m["caveats"])),
        sources=source_lines(edition, sources),
        ids=ids,
    )


SECTION = Section("funnel", "Funnel", pages)
