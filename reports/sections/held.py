"""Held deliveries: which, why, and what each would have changed.

In: the manifest, tables `held` and `held_changes`. Out: notes and figures for `quality.html`.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from reports import words
from reports.cards import delivery_card
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.package import csv_link
from reports.section import Figure, Table, Td, View
from reports.sections import changes

COLUMNS = ["Delivery and export", "Rows in use", "Rows in it", "New", "Changed", "Gone"]
PARTS = ["n_in_use", "n_held", "n_new", "n_changed", "n_gone"]


def notes(edition: Edition) -> list[tuple[str, str]]:
    """(what happened, why) of every held delivery that a newer one has not replaced, in plain words."""
    found = []
    for agency in edition.manifest["agencies"].values():
        for one in agency["held"]:
            stands = (
                f"The figures of {agency['label']} stay those of {agency['as_of']}, from its last good delivery"
                if agency["as_of"]
                else f"There is no earlier good delivery, so its figures are {words.NOT_REPORTED}"
            )
            sent = f"{agency['label']} sent {one['delivery']}; it did not pass and is held."
            found.append((f"{sent} {stands}. Nothing of it is counted.", str(one["reason"])))
    return found


def figures(edition: Edition) -> list[Figure]:
    """What would have changed: rows by export, then counts; nothing where no delivery is held."""
    waiting = [
        (key, agency["label"], one["delivery"])
        for key, agency in edition.manifest["agencies"].items()
        for one in agency["held"]
    ]
    return [_rows(edition, waiting), *_counts(edition)] if waiting else []


def _rows(edition: Edition, waiting: list[tuple[str, str, str]]) -> Figure:
    frame = edition.tables.get("held", pd.DataFrame(columns=["agency", "delivery"]))
    body: list[list[Td]] = []
    unread = 0
    for key, label, delivery in waiting:
        part = frame[(frame["agency"] == key) & (frame["delivery"] == delivery)]
        body += [
            [Td(f"{label} {delivery}: {r.contract}"), *(_count(getattr(r, p)) for p in PARTS)]
            for r in part.itertuples()
        ]
        if part.empty:
            unread += 1
            body.append([Td(f"{label} {delivery}"), Td("not read, so what it holds is not known", "absent", span=5)])
    said = "Nothing of a held delivery is counted. This is what its records would have replaced or added."
    if unread:
        said += f" {words.counted(unread, 'delivery was', 'deliveries were')} not read as far as its records."
    view = View("", "", "", "", [check(Claim(said))], "",
                Table("Held deliveries beside what is in use", [Td(c) for c in COLUMNS], body))  # fmt: skip
    card = delivery_card(
        edition, "Rows of an export that passed the contract, in use and in the last held delivery, told by their key.",
        "New are rows whose key is not in use, changed are rows that say something else, gone are rows in use that it"
        " no longer holds.", f"held@{edition.manifest['edition']}",
    )  # fmt: skip
    return Figure("what-if", "What would a held delivery have changed?", [view], card, "",
                  csv_link("held", "Held deliveries by export") if len(frame) else None)  # fmt: skip


def _count(value: Any) -> Td:
    found = clean(value)
    return Td(words.NOT_APPLICABLE, "not_applicable") if found is None else Td(words.number(float(found), "count"))


def _counts(edition: Edition) -> Iterator[Figure]:
    """The published counts that the held deliveries would have moved, in the leading scope, by fiscal year."""
    frame = edition.tables.get("held_changes")
    if frame is None or frame.empty:
        return
    rows: list[Any] = list(frame.itertuples())
    card = delivery_card(
        edition, "Public counts of the nation and the groups that would differ, had the held delivery been used.",
        "Before is what is published; before + new + late + corrected + withdrawn = after.",
        f"held_changes@{edition.manifest['edition']}",
    )  # fmt: skip
    yield Figure(
        "what-if-counts", "Which counts would it have moved?", changes.views(edition, rows), card,
        "How much each count would have moved, cut into the causes. The table beside it holds the same numbers.",
        csv_link("held_changes", "Counts that a held delivery would have moved"),
    )  # fmt: skip
