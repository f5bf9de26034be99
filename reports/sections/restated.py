"""What reads otherwise than the last release says, cut into what records did and what definitions did.

In: tables `restated` and `redefined`, and the releases that the manifest names. Out: two figures of `changes.html`; one
that says so where nothing was released before.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import source_lines, view_label
from reports.charts.causes import CAUSES, DEFINITION, causes
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import NATION, Edition, rows
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View
from reports.sections import moved

EVERY = {**CAUSES, **DEFINITION}
MOVED_BY = {"new": "new records", "late": "late ones", "corrected": "corrected ones", "withdrawn": "withdrawn ones",
            "definition": "a definition"}  # fmt: skip
KINDS = {"metric": "Measure", "scope": "Scope", "split": "Split", "setting": "Setting", "study": "Study file",
         "code": "Code", "version": "Version of the code"}  # fmt: skip
MOST = 20  # bars of a chart


def figures(edition: Edition) -> list[Figure]:
    """Both figures; one where there is no release to set the edition beside."""
    released = edition.manifest["released_before"]
    if not released:
        return [_restated(edition, [_nothing("No edition was released before this one.")], "", [])]
    release, found = released[-1]["edition"], rows(edition.tables.get("restated", pd.DataFrame()))
    years = [r for r in found if r.period_kind == "fy"]
    views = [
        _view(edition, pair, release, [r for r in years if (r.source, r.scope) == pair])
        for pair in sorted({(r.source, r.scope) for r in years}, key=edition.views.index)
    ]
    views = views or [_nothing(f"No count of a fiscal year in the release {release} moved.")]
    return [_restated(edition, views, release, sorted({r.source for r in found})), _redefined(edition, release)]


def _restated(edition: Edition, views: list[View], release: str, sources: list[str]) -> Figure:
    return Figure(
        key="restated", question="Which released counts moved, and was it the records or the definition?", views=views,
        card=_card(edition, sources),
        alt="How much each released count moved, cut into records and definition. The table beside it holds the same"
        " numbers.",
        download=csv_link("restated", f"What moved since the release {release}, with quarters")
        if sources else None,
    )  # fmt: skip


def _nothing(text: str) -> View:
    return View("", "", "", "", [check(Claim(text))], "", Table("What moved since the release", [Td("Measure")], []))


def _view(edition: Edition, pair: tuple[str, str], release: str, found: list[Any]) -> View:
    found = moved.in_order(edition, found)
    label = f"{view_label(edition, pair)}, by fiscal year"
    claims = [check(Claim(text)) for text in _said(release, found)]
    return View(*pair, "fy", label, claims, _chart(edition, found), _table(edition, found, label))


def _said(release: str, found: list[Any]) -> list[str]:
    """How many moved, and how many of them by which cause."""
    same = sum(r.before == r.after for r in found)
    ends = f"; {words.counted(same, 'of them reads', 'of them read')} as before, the parts cancel out" if same else ""
    first = f"{words.counted(len(found), 'count')} of the release {release} moved{ends}."
    if not _is_cut(found):
        return [first, "Deliveries of the release are not in the store any more, so the parts are not known."]
    named = {what: sum(bool(getattr(r, cause)) for r in found) for cause, what in MOVED_BY.items()}
    return [first, f"Moved by {'; by '.join(f'{what}: {n:,}' for what, n in named.items() if n)}."]


def _is_cut(found: list[Any]) -> bool:
    return bool(pd.notna([r.definition for r in found]).all())


def _chart(edition: Edition, found: list[Any]) -> str:
    """The counts of the nation that moved most."""
    nation = [r for r in found if r.area == NATION]
    if not (nation and _is_cut(nation)):
        return ""
    most = sorted(nation, key=lambda r: -sum(abs(getattr(r, cause)) for cause in EVERY))[:MOST]
    kept = [r for r in nation if r in most]
    return drawn(causes([moved.name(edition, r) for r in kept], kept, EVERY))


def _table(edition: Edition, found: list[Any], label: str) -> Table:
    columns = [Td("Measure and period"), Td("Group", "word"), Td("As released"), Td("Now")]
    columns += [Td(look[0].split(":")[0]) for look in EVERY.values()]
    columns.append(Td("Defined otherwise", "word"))
    body = [
        [
            *moved.head(edition, r),
            *(Td(words.number(n, "count")) for n in (r.before, r.after)), *(_part(getattr(r, c)) for c in EVERY),
            Td(r.because, "word"),
        ]
        for r in found
    ]  # fmt: skip
    return Table(f"What moved since the release, {label}", columns, body)


def _part(n: float) -> Td:
    return Td("not known" if pd.isna(n) else f"{int(n):+,}" if n else "0")


def _card(edition: Edition, sources: list[str]) -> Card:
    return Card(
        counted="Public counts of the nation and the groups that the last release shows and this edition shows too.",
        not_counted="Counts that did not move or that only one of the two shows; shares, means and medians; counts of"
        " the restricted tier; districts.",
        definition="As released + new + late + corrected + withdrawn + definition = now. Definition: the records of the"
        " release, counted by today's definitions, less what the release says. The other parts: what records did"
        " since, counted by today's definitions.",
        reading="A count that moved by definition is another measure under the same name: do not read it as a change"
        " in what was done. One that moved by records was incomplete, or was mended.",
        caveats=["Several definitions that differ at once are named together and not told apart."],
        sources=source_lines(edition, sources or list(edition.manifest["agencies"])),
        ids=f"<source>/<metric>/<scope>/<group>/<period>@{edition.manifest['edition']}",
    )


def _redefined(edition: Edition, release: str) -> Figure:
    found = rows(edition.tables.get("redefined", pd.DataFrame()))
    body = [[Td(KINDS[r.kind]), Td(_of(edition, r.kind, r.name)), Td(r.how)] for r in found]
    n = sum(r.kind != "version" for r in found)
    said = f"{words.counted(n, 'definition differs', 'definitions differ')} from those of the release {release}."
    card = Card(
        counted="Measures, scopes, splits, settings, the study file, and what else can move a count: lists of statutes"
        " and districts, code lists, contracts, models and programs.",
        not_counted="Pages and checks, which move no count; they show in the version of the code alone.",
        definition="A definition differs if any field of it does, its words too; of code and the study file, if their"
        " hash does.",
        reading="Not every definition that differs moves a count: the table above says which did.",
        caveats=["A measure or scope that was added has no released count to move."],
        sources=["Manifests of the release and of this edition"], ids=f"redefined@{edition.manifest['edition']}",
    )  # fmt: skip
    table = Table("Definitions that differ from the release", [Td(n) for n in ("Kind", "Name", "How")], body, True)
    return Figure("redefined", "Which definitions are not those of the release?",
                  [View("", "", "", "", [check(Claim(said))], "", table)], card, "", None)  # fmt: skip


def _of(edition: Edition, kind: str, name: str) -> str:
    """The label of a definition, or its name where it is gone."""
    known = edition.manifest.get(f"{kind}s", {}).get(name, {})
    return str(known.get("label", name)) if isinstance(known, dict) else name
