"""More cases, or the same coded differently: printed beside the trends.

In: table `recode` (transforms/recode.py). Out: one figure a family of codes, for `trends.html`.
"""

from typing import Any

from reports import words
from reports.cards import source_lines, view_label
from reports.claims import Claim, check
from reports.edition import NATION, Edition
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View

BOTH = "a different count, and coded differently"


def figures(edition: Edition) -> list[Figure]:
    """Every family that the edition has."""
    frame = edition.tables.get("recode")
    if frame is None or frame.empty:
        return []
    return [_figure(edition, str(name), list(part.itertuples())) for name, part in frame.groupby("family", sort=True)]


def _figure(edition: Edition, name: str, rows: list[Any]) -> Figure:
    first = rows[0]
    label = view_label(edition, (first.source, edition.lead[1])).split(", ")[-1]
    columns = ["Group and windows", "Code", "A year before", "A year after", "Share before", "Share after", "Reading"]
    table = Table(f"{first.label[0].upper()}{first.label[1:]} by code, {label}", [Td(c) for c in columns],
                  [_row(edition, r) for r in rows], True)  # fmt: skip
    card = Card(
        counted=f"{first.counts[0].upper()}{first.counts[1:]} by code, in codes that can stand for the same conduct.",
        not_counted="Codes outside the family; numbers that are not shown, and what could be read from them.",
        definition="A share that moved by more than chance (Fisher's exact test) reads as other coding; a family total"
        " that moved by more than chance (two Poisson rates, exact), and the code's own count the same way, as more or"
        " fewer cases.",
        reading="Where the same conduct is coded differently, one code grows while another shrinks, and a trend of"
        " one code alone misleads.",
        caveats=["A test says nothing of why a code is used, and what did not clearly move may have moved.",
                 "Restricted counts are shown where no code of any year is small.",
                 "Under 20 records in both windows nothing is said."],
        sources=source_lines(edition, [first.source]), ids=f"recode@{edition.manifest['edition']}",
    )  # fmt: skip
    view = View("", "", "", label, _said(rows), "", table)
    return Figure(f"recode-{name.replace('_', '-')}", f"More cases, or the same coded differently: {first.label}?",
                  [view], card, "", csv_link("recode", "Codes by window"))  # fmt: skip


def _windows(row: Any) -> str:
    return f"{words.years(row.before_from, row.before_to)} to {words.years(row.after_from, row.after_to)}"


def _said(rows: list[Any]) -> list[Claim]:
    """One sentence a window, for all districts: the reading of every code."""
    whole = [r for r in rows if r.area == NATION]
    windows = list(dict.fromkeys(_windows(r) for r in whole))
    return [
        check(Claim(f"All districts, {w}: {'; '.join(readings)}."))
        for w in windows
        for readings in [[f"{r.means}: {_reading(r)}" for r in whole if _windows(r) == w]]
    ]


def _row(edition: Edition, row: Any) -> list[Td]:
    name = Td(f"{edition.groups.get(row.area, row.area)}, {_windows(row)}")
    if row.status == "shown":
        numbers = [Td(words.number(v, "ratio")) for v in (row.per_year_before, row.per_year_after)]
        numbers += [Td(words.number(v, "rate")) for v in (row.share_before, row.share_after)]
    else:
        numbers = [Td(words.NOT_SHOWN, "suppressed", span=4)]
    return [name, Td(f"{row.means[0].upper()}{row.means[1:]}"), *numbers, Td(_reading(row))]


def _reading(row: Any) -> str:
    return BOTH if row.reading == "both" else str(row.reading)
