"""Districts: the tile map, and one page a district with its counts over time.

In: table `cells` and the 94 districts. Out: `districts.html` and `districts/<abbreviation>.html`.
"""

from collections.abc import Iterable

from reports import tiles
from reports.cards import by_period, metric_card, metrics_table, source_lines, td, view_label
from reports.charts.bars import over_time
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import Edition
from reports.section import Card, Figure, Page, Section, Table, Td, View
from reports.sections import trends, unusual
from reports.sentences import earlier_year, which_way
from sources.facts import districts

CHARTED = ["cases_filed", "defendants_charged"]


def pages(edition: Edition) -> Iterable[Page]:
    """The map, then every district."""
    found = tiles.tiles(edition)
    metric = edition.manifest["study"]["primary_outcome"]
    now = edition.last_final(edition.lead[0], metric, edition.lead[1])
    shared = {"tiles": found, "marks": _legend(edition)}
    yield Page("districts.html", "Districts", "districts.html", "districts", shared | {
        "table": table(edition), "now": now, "measure": edition.manifest["metrics"][metric]["label"].lower(),
        "lead": view_label(edition, edition.lead), "figures": unusual.figures(edition),
    })  # fmt: skip
    switches = trends.switches(edition) | {"group": [], "period": []}
    for code in sorted(districts()):
        yield Page(f"districts/{code}.html", districts()[code]["name"], "district.html", "districts", shared | {
            "code": code, "fact": districts()[code], "group": edition.groups[edition.group_of(code)],
            "figures": figures(edition, code), "switches": switches,
        })  # fmt: skip


def _legend(edition: Edition) -> list[tuple[str, str, str]]:
    """(style, letter, label) of every group on the map."""
    return [(*tiles.marks(edition)[g], edition.groups[g]) for g in edition.groups if g in tiles.marks(edition)]


def table(edition: Edition) -> Table:
    """All districts with the counts of the last final year: the map's numbers and more; the downloads hold the rest."""
    source, scope = edition.lead
    names = [name for name, m in edition.local.items() if m["page"] == "trends" and m["family"] == "volume"]
    now = edition.last_final(source, "cases_filed", scope) or ""
    rows = [
        [Td(f"{code} {districts()[code]['name']}"), Td(edition.groups[edition.group_of(code)])]
        + [td(edition.cell(source, m, scope, code, now), edition.metrics[m]["kind"]) for m in names]
        for code in sorted(districts())
    ]  # fmt: skip
    columns = [Td("District"), Td("Group"), *(Td(edition.metrics[m]["label"]) for m in names)]
    return Table(f"Every district in {now}, {view_label(edition, edition.lead)}", columns, rows)


def figures(edition: Edition, code: str) -> list[Figure]:
    """Two charts and the table of everything."""
    charted = [m for m in CHARTED if m in edition.metrics]
    return [*(_chart(edition, code, m) for m in charted), _all(edition, code)]


def _pairs(edition: Edition, code: str, metric: str) -> list[tuple[str, str]]:
    ordered = sorted(edition.views, key=lambda v: v != edition.lead)
    return [(source, scope) for source, scope in ordered if edition.series(source, metric, scope, code)]


def _chart(edition: Edition, code: str, metric: str) -> Figure:
    m = edition.metrics[metric]
    views = [_view(edition, code, metric, pair) for pair in _pairs(edition, code, metric)]
    source, scope = edition.lead
    return Figure(
        key=metric.replace("_", "-"), question=m["question"].replace("?", f" in {code}?"), views=views,
        card=metric_card(edition, metric, list(dict.fromkeys(v.source for v in views)),
                         f"{source}/{metric}/{scope}/{code}/<period>@{edition.manifest['edition']}"),
        alt=f"{m['label']} by fiscal year in {code}, as bars. The table beside it holds the same numbers.",
        download=(f"downloads/districts/{code}.csv.zip", f"{code}, every measure by fiscal year (CSV, zipped)"),
    )  # fmt: skip


def _view(edition: Edition, code: str, metric: str, pair: tuple[str, str]) -> View:
    source, scope = pair
    cells = edition.series(source, metric, scope, code)
    final = [c.period for c in cells if not c.is_provisional]
    claims = [check(Claim("Every period is provisional."))]
    if final:
        found = which_way(edition, metric, pair, code, final[-1], earlier_year(final[-1]))
        claims = [Claim(f"{found.text}.", found.lower, found.upper)]
    label = view_label(edition, pair)
    kind = edition.metrics[metric]["kind"]
    shown = by_period(edition, metric, pair, [code], "fy", f"{edition.metrics[metric]['label']} in {code}, {label}")
    chart = drawn(over_time(cells, kind)) if any(c.is_shown and c.value for c in cells) else ""
    return View(source, scope, "fy", label, claims, chart, shown)


def _all(edition: Edition, code: str) -> Figure:
    pairs = _pairs(edition, code, "cases_filed") or edition.views
    views = []
    for source, scope in pairs:
        label = view_label(edition, (source, scope))
        shown = metrics_table(edition, (source, scope), code, f"Every measure in {code}, {label}")
        claim = check(Claim("Read each measure with its definition on the page Methods."))
        views.append(View(source, scope, "fy", label, [claim], "", shown))
    source, scope = edition.lead
    local = edition.local.values()
    card = Card(
        counted="; ".join(f"{m['label'].lower()}: one count is one {m['counts']}" for m in local) + ".",
        not_counted="What the scope leaves out; see Methods.",
        definition="; ".join(f"{m['label']} = {m['formula']}" for m in local) + ".",
        reading="One district has few cases, so a year says little; look at several, and at the group.",
        caveats=["A difference between two years of one district is usually chance."],
        sources=source_lines(edition, list(dict.fromkeys(s for s, _ in pairs))),
        ids=f"{source}/<metric>/{scope}/{code}/<period>@{edition.manifest['edition']}",
    )
    download = (f"downloads/districts/{code}.csv.zip", f"{code}, every measure by fiscal year (CSV, zipped)")
    return Figure("everything", f"What do all measures say about {code}?", views, card, "", download)


SECTION = Section("districts", "Districts", pages)
