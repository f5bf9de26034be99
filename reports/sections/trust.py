"""How far the figures can be trusted: checks of the whole, unknown codes, and what each agency holds where and when.

In: tables `whole`, `unknowns` and `coverage`. Out: figures of `quality.html`.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from reports import words
from reports.cards import delivery_card
from reports.charts.drawn import drawn
from reports.charts.heat import heat
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.package import csv_link
from reports.section import Figure, Table, Td, View
from sources.facts import districts

LEVELS = ["none", "few", "low", "usual", "high"]


def figures(edition: Edition) -> list[Figure]:
    """Every figure whose table is in the edition."""
    return [f for make in (_whole, _unknowns, _coverage) for f in make(edition)]


def _whole(edition: Edition) -> Iterator[Figure]:
    if (frame := edition.tables.get("whole")) is None:
        return
    found: list[Any] = sorted(frame.itertuples(), key=lambda r: (bool(r.passed), r.level, r.rule))
    rows = [
        [Td(str(r.rule)), Td(str(r.says)), Td(str(r.level)), Td("yes" if r.passed else "no"), Td(_count(r.n_failed)),
         Td(_count(r.n_checked))]
        for r in found
    ]  # fmt: skip
    gone = sum(not r.passed for r in found)
    claim = check(Claim(f"{words.counted(len(found), 'check')} ran; {gone:,} did not pass."))
    names = ["Check", "What should hold", "Looks at", "Holds", "Failed", "Looked at"]
    table = Table("Checks between agencies and within this edition", [Td(n) for n in names], rows, True)
    card = delivery_card(
        edition, "What two agencies say of the same thing, and what the figures of this edition say of each other.",
        "A check that does not hold is reported; an error stops the edition.", f"whole@{edition.manifest['edition']}",
    )  # fmt: skip
    yield Figure("whole", "Do the agencies agree, and the figures with each other?",
                 [View("", "", "", "", [claim], "", table)], card, "",
                 csv_link("whole", "Checks of the whole"))  # fmt: skip


def _count(value: Any) -> str:
    return words.NOT_APPLICABLE if clean(value) is None else words.number(float(value), "count")


def _unknowns(edition: Edition) -> Iterator[Figure]:
    if (frame := edition.tables.get("unknowns")) is None:
        return
    labels = {k: a["label"] for k, a in edition.manifest["agencies"].items()}
    used = {k: a["in_use"] for k, a in edition.manifest["agencies"].items()}
    found: list[Any] = sorted(frame.itertuples(), key=lambda r: (r.agency, r.contract, r.column, r.delivery))
    says = {"code": "in no code list", "statute": "no title and section"}
    rows = [
        [Td(f"{labels.get(r.agency, r.agency)} {r.delivery}"), Td(str(r.contract)), Td(f"{r.theirs} ({r.column})"),
         Td(says.get(r.kind, str(r.kind))), Td(words.number(r.n, "count"))]
        for r in found
    ]  # fmt: skip
    now = [r for r in found if r.delivery in used.get(r.agency, [])]
    said = f"{words.counted(sum(r.n for r in now), 'record')} in use, in {words.counted(len(now), 'column')}."
    names = ["Delivery", "Export", "Column", "What is not known", "Records"]
    table = Table("Texts that were not understood, by delivery and column", [Td(n) for n in names], rows, True)
    card = delivery_card(
        edition, "Records with a code that no list has, or a statute that is no title and section.",
        "A record with an unknown code is set aside; a statute that is not understood is kept as text.",
        f"unknowns@{edition.manifest['edition']}",
    )  # fmt: skip
    yield Figure("codes", "Which codes does nobody know?", [View("", "", "", "", [check(Claim(said))], "", table)],
                 card, "", csv_link("unknowns", "Unknown codes"))  # fmt: skip


def _coverage(edition: Edition) -> Iterator[Figure]:
    """One view an agency: a heat map of levels, and the same as ranges of years."""
    frame = edition.tables.get("coverage")
    if frame is None or frame.empty:
        return
    views = [_covered(edition, str(agency), part) for agency, part in frame.groupby("agency", sort=True)]
    views.sort(key=lambda v: v.source != edition.lead[0])
    card = delivery_card(
        edition, "Records of the public docket that have a district and a day; of an agency that sends none, all that"
        " it sends.",
        f"Few is under {edition.threshold}, and nothing finer is said. Low is under half of the median of the"
        " district's own years with records, high over twice.",
        f"coverage@{edition.manifest['edition']}",
    )  # fmt: skip
    yield Figure("coverage", "What does each agency hold, by district and year?", views, card,
                 "Districts by fiscal year: 0 none, 1 few, 2 low, 3 usual, 4 high. The table beside it holds the same"
                 " in years.", csv_link("coverage", "Coverage"))  # fmt: skip


def _covered(edition: Edition, agency: str, part: pd.DataFrame) -> View:
    label = edition.manifest["agencies"].get(agency, {}).get("label", agency.upper())
    has = part[part["level"] != "none"]["fiscal_year"]
    years = [y for y in sorted(part["fiscal_year"].unique()) if len(has) and has.min() <= y <= has.max()]
    grid = part.pivot(index="district", columns="fiscal_year", values="level").reindex(columns=years)
    codes = [d for d in sorted(districts()) if d in grid.index]
    levels = [[LEVELS.index(v) if v in LEVELS else None for v in grid.loc[d]] for d in codes]
    rows = [
        [Td(d), *(Td(words.spans([int(y) for y, n in zip(years, row, strict=True) if n == k]) or "no year")
                  for k in (0, 1, 2, 4))]
        for d, row in zip(codes, levels, strict=True)
    ]  # fmt: skip
    never = [d for d, row in zip(codes, levels, strict=True) if not any(row)]
    said = f"{label}: {words.spans([int(y) for y in years]) or 'no year'}."
    lost = f"Without any record: {words.listed(never)}." if never else "Every district has a record in some year."
    table = Table(
        f"Years of {label} by district", [Td(n) for n in ("District", "None", "Few", "Low", "High")], rows, True
    )
    chart = drawn(heat(codes, [f"FY{y}" for y in years], levels, "(0 none, 1 few, 2 low, 3 usual, 4 high)", 4))
    return View(agency, "", "", label, [check(Claim(said)), check(Claim(lost))], chart, table)
