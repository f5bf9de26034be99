"""Published figures beside ours: compared, never fitted, with the known reasons for a difference as notes.

In: table `benchmarks`. Out: the last figure of `comparison.html`.
"""

from typing import Any

from reports import words
from reports.cards import source_lines, view_label
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.package import csv_link
from reports.section import Card, Figure, Note, Table, Td, View

LABELS = {
    "bjs_defendants_charged_chapter77_class": "Defendants charged, Bureau of Justice Statistics",
    "doj_convictions": "Convictions, as the Department counts",
    "doj_defendants_charged": "Defendants charged, as the Department counts",
    "doj_defendants_charged_approx": "Defendants charged, about",
    "doj_prosecutions_initiated": "Prosecutions begun, as the Department counts",
    "prosecutions_htpu_scope": "Prosecutions of the Human Trafficking Prosecution Unit",
    "share_of_national_increase_cases_filed": "Share of the national increase in cases filed",
    "share_of_national_increase_defendants_charged": "Share of the national increase in defendants charged",
    "share_of_national_increase_defendants_convicted": "Share of the national increase in defendants convicted",
}


def figure(edition: Edition) -> Figure | None:
    """One row a published figure and scope; None where the edition has none."""
    frame = edition.tables["benchmarks"]
    if frame.empty:
        return None
    rows: list[Any] = list(frame.itertuples())
    notes: list[Note] = []
    body = [
        [
            Td(_label(edition, r), refs=_refs(r, notes)), Td(words.years(int(r.from_fy), int(r.to_fy))),
            Td(_plain(r.published, r.unit)), Td(_plain(r.ours, r.unit), "" if clean(r.ours) is not None else "absent"),
            Td(view_label(edition, (r.source, r.scope)), "word"),
        ]
        for r in rows
    ]  # fmt: skip
    columns = [Td("Figure"), Td("Years"), Td("Published"), Td("Ours"), Td("Our scope and source", "word")]
    ours = [r for r in rows if clean(r.ours) is not None]
    said = f"{len({(r.metric, r.area, r.from_fy, r.to_fy) for r in rows})} published figures have a counterpart here."
    claim = check(Claim(f"{said} Ours is the higher one in {_n(ours, 1)} rows and the lower one in {_n(ours, -1)}."))
    return Figure(
        key="benchmarks", question="How far are our figures from the published ones?",
        views=[View("", "", "", "", [claim], "", Table("Published figures beside ours", columns, body, notes=notes))],
        card=_card(edition), alt="",
        download=csv_link("benchmarks", "Published figures beside ours"),
    )  # fmt: skip


def _label(edition: Edition, row: Any) -> str:
    known = edition.manifest["metrics"].get(row.metric, {}).get("label")
    return f"{known or LABELS.get(row.metric) or row.metric.replace('_', ' ').capitalize()}, {row.area}"


def _refs(row: Any, notes: list[Note]) -> tuple[int, ...]:
    """Numbers of the row's notes: why it may differ, what its source says, where it was published."""
    wanted = [Note(str(row.difference)), Note(str(clean(row.note) or "")), _source(row)]
    kept = [note for note in dict.fromkeys(wanted) if note.text]
    notes.extend(note for note in kept if note not in notes)
    return tuple(sorted(notes.index(note) + 1 for note in kept))


def _source(row: Any) -> Note:
    return Note(f"Published in: {clean(row.source_title) or 'source not recorded'}", str(clean(row.source_url) or ""))


def _n(rows: list[Any], sign: int) -> int:
    return sum((r.ours - r.published) * sign > 0 for r in rows)


def _plain(value: Any, unit: str) -> str:
    found = clean(value)
    if found is None:
        return words.NOT_REPORTED
    return f"{found:,.0f}{' %' if unit == 'percent' else ''}"


def _card(edition: Edition) -> Card:
    frame = edition.tables["benchmarks"]
    return Card(
        counted="What each source says it counted, in its own words.", not_counted="Figures whose scope is unknown.",
        definition="Published and own figure for the same years, each in its own scope.",
        reading="A gap is a question about scope and dates, not an error of either side.",
        caveats=["No figure of ours is adjusted towards a published one."],
        sources=source_lines(edition, sorted(set(frame["source"]))),
        ids=f"{frame['id'].iloc[0]}@{edition.manifest['edition']}",
    )  # fmt: skip
