"""Changes: which counts moved since the last delivery and why, and which definitions changed.

In: table `changes`, what differs from the last release (reports/sections/restated.py) and the definitions of the
manifest. Out: `changes.html`. Where nothing moved, or there is nothing to compare with, the page says so.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from reports import words
from reports.cards import only, source_lines, view_label
from reports.charts.causes import CAUSES, causes
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import NATION, Edition
from reports.package import csv_link
from reports.section import Card, Figure, Page, Section, Table, Td, View
from reports.sections import linkage, moved, restated, revised, trends

FIRST = "first definition"


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    figures = [
        _moved(edition),
        *restated.figures(edition),
        *linkage.changes(edition),
        *revised.figures(edition),
        _definitions(edition),
    ]
    yield Page("changes.html", "Changes", "changes.html", "changes", {
        "figures": figures, "switches": switches(edition, figures[:-1]),
    })  # fmt: skip


def switches(edition: Edition, figures: list[Figure]) -> dict[str, list[tuple[str, str, bool]]]:
    """Every group shown at first: each is a row of the table."""
    kept = only(trends.switches(edition), figures)
    return kept | {
        "group": [(key, label, True) for key, label, _ in kept["group"] if any(f.views[0].source for f in figures)]
    }


def _moved(edition: Edition) -> Figure:
    rows: list[Any] = list(edition.tables.get("changes", pd.DataFrame()).itertuples())
    made = views(edition, rows)
    ids = f"<source>/<metric>/<scope>/<group>/<period>@{edition.manifest['edition']}"
    return Figure(
        key="moved", question="Which counts moved since the last delivery?", views=made or [_nothing()],
        card=_card(edition, sorted({r.source for r in rows}), ids),
        alt="How much each count moved, cut into the causes. The table beside it holds the same numbers.",
        download=csv_link("changes", "What moved, every group, scope and period") if made else None,
    )  # fmt: skip


def views(edition: Edition, rows: list[Any]) -> list[View]:
    """One view for each source, scope and kind of period of `changes` or `held_changes`, the leading one first."""
    pairs = sorted({(r.source, r.scope, r.period_kind) for r in rows}, key=lambda v: (v[:2] != edition.lead, v))
    return [
        _view(edition, pair, [r for r in rows if (r.source, r.scope, r.period_kind) == pair])
        for pair in sorted(pairs, key=lambda v: v[2] != "fy")
    ]


def _nothing() -> View:
    said = (
        "No count moved, or there is no earlier delivery to compare with. A source is compared with itself: the records"
        " of its last two deliveries, both counted by today's definitions."
    )
    return View("", "", "", "", [check(Claim(said))], "", Table("What moved", [Td("Measure")], []))


def _view(edition: Edition, pair: tuple[str, str, str], rows: list[Any]) -> View:
    source, scope, period = pair
    rows = moved.in_order(edition, rows)
    nation = [r for r in rows if r.area == NATION]
    label = f"{view_label(edition, (source, scope))}, by {trends.PERIODS[period]}"
    chart = causes([moved.name(edition, r) for r in nation], nation)
    return View(source, scope, period, label, _said(edition, rows), drawn(chart), _table(edition, rows, label))


def _said(edition: Edition, rows: list[Any]) -> list[Claim]:
    since, until = str(rows[0].since)[:10], str(rows[0].until)[:10]
    settled = [r for r in rows if _is_settled(edition, r)]
    back = sum(bool(r.corrected or r.withdrawn) for r in rows)
    gone = f"in {words.counted(back, 'count')} a record" if back else "no record"
    return [
        check(Claim(f"{words.counted(len(rows), 'count')} moved between {since} and {until}.")),
        check(Claim(f"{words.counted(len(settled), 'of them belongs', 'of them belong')} to a year that was final.")),
        check(Claim(f"{gone[0].upper()}{gone[1:]} was corrected or withdrawn.")),
    ]


def _is_settled(edition: Edition, row: Any) -> bool:
    cell = edition.cell(row.source, row.metric, row.scope, row.area, row.period)
    return cell is not None and not cell.is_provisional


def _table(edition: Edition, rows: list[Any], label: str) -> Table:
    columns = [Td("Measure and period"), Td("Group", "word"), Td("Before"), Td("After")]
    columns += [Td(text.split(":")[0]) for text, _, _ in CAUSES.values()]
    body = [
        [
            *moved.head(edition, r),
            *(Td(words.number(getattr(r, c), "count")) for c in ("before", "after")),
            *(Td(f"{int(getattr(r, c)):+,}" if getattr(r, c) else "0") for c in CAUSES),
        ]
        for r in rows
    ]  # fmt: skip
    return Table(f"What moved, {label}", columns, body)


def _card(edition: Edition, sources: list[str], ids: str) -> Card:
    return Card(
        counted="Public counts of the nation and the groups that differ between the last two deliveries of a source.",
        not_counted="Counts that did not move; shares, means and medians; counts of the restricted tier; districts.",
        definition="Before + new + late + corrected + withdrawn = after. Both deliveries are counted by today's"
        " definitions, so that only records move; what a definition moved is set apart below, against the release.",
        reading="Past years change: sealed cases open, records are recoded, late rows arrive. A change alone is no"
        " error; a large one of a settled year is a question to the agency.",
        caveats=["A source that sends only what is new cannot withdraw a record."],
        sources=source_lines(edition, sources or list(edition.manifest["agencies"])),
        ids=ids,
    )


def _definitions(edition: Edition) -> Figure:
    changed = sorted(
        ((str(c["date"]), m["label"], c["what"], c["why"]) for m in edition.manifest["metrics"].values()
         for c in m["changed"]), reverse=True,
    )  # fmt: skip
    since = [entry for entry in changed if entry[2] != FIRST]
    whole = [(date, "Every measure that is not named here", FIRST, "") for date, *_ in changed[-1:]]
    rows = [[Td(date), Td(label), Td(what), Td(why)] for date, label, what, why in since + whole]
    n = f"{words.counted(len(since), 'change')} of {words.counted(len(edition.manifest['metrics']), 'definition')}"
    claim = check(Claim(f"{n} on record{f', the last of {since[0][0]}' if since else ''}."))
    card = Card(
        counted="Every entry under `changed` in the definition of a measure.", not_counted="Changes of wording alone.",
        definition="Date, what changed and why, as its definition records them.",
        reading="Figures of two editions with different definitions are not the same measure. What a change moved"
        " stands above, against the last release; `palermo diff A B` sets any two editions side by side.",
        caveats=["The code version of an edition stands in the footer of every page."],
        sources=["Definitions of the measures, in the manifest of this edition"],
        ids=f"manifest@{edition.manifest['edition']}",
    )  # fmt: skip
    table = Table("Changes of definitions", [Td(n) for n in ("Date", "Measure", "What", "Why")], rows, True)
    return Figure("definitions", "Which definitions changed, and when?", [View("", "", "", "", [claim], "", table)],
                  card, "", None, ("methods.html", "All definitions"))  # fmt: skip


SECTION = Section("changes", "Changes", pages)
