"""Quality: every delivery and what became of its records, the checks, and what was held and why.

In: tables `deliveries`, `fates`, `findings`. Out: `quality.html`.
"""

from collections.abc import Iterable
from typing import Any

from reports import words
from reports.cards import source_lines
from reports.charts.drawn import drawn
from reports.charts.fates import fates
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.section import Card, Figure, Page, Section, Table, Td, View

COUNTS = ["n_read", "n_staged", "n_quarantined", "n_skipped"]
MOST = 200  # failed checks printed; the file holds all


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    yield Page("quality.html", "Quality", "quality.html", "quality", {
        "held": held(edition), "figures": [_deliveries(edition), _fates(edition), _findings(edition)],
    })  # fmt: skip


def held(edition: Edition) -> list[tuple[str, str]]:
    """(what happened, why) of every held delivery that a newer one has not replaced, in plain words."""
    notes = []
    for agency in edition.manifest["agencies"].values():
        for one in agency["held"]:
            stands = (
                f"The figures of {agency['label']} stay those of {agency['as_of']}, from its last good delivery"
                if agency["as_of"]
                else f"There is no earlier good delivery, so its figures are {words.NOT_REPORTED}"
            )
            sent = f"{agency['label']} sent {one['delivery']}; it did not pass and is held."
            notes.append((f"{sent} {stands}. Nothing of it is counted.", str(one["reason"])))
    return notes


def _card(edition: Edition, counted: str, definition: str, ids: str) -> Card:
    return Card(
        counted=counted, not_counted="Files that were never delivered.", definition=definition,
        reading="A record set aside is not lost: it stays in quarantine with its rule and line.",
        caveats=["The same record is counted again in every delivery that repeats it."],
        sources=source_lines(edition, list(edition.manifest["agencies"])), ids=ids,
    )  # fmt: skip


def _number(value: Any) -> Td:
    return Td(words.number(float(value), "count"))


def _deliveries(edition: Edition) -> Figure:
    frame = edition.tables["deliveries"]
    rows: list[list[Td]] = []
    lines: list[Any] = list(frame.itertuples())
    for r in lines:
        sums = r.n_staged + r.n_quarantined + r.n_skipped == r.n_read
        rows.append([
            Td(f"{r.label} {r.delivery}"), Td(str(r.as_of)), Td(str(r.status)),
            *(_number(getattr(r, c)) for c in COUNTS),
            Td("yes" if sums else "no: tell the analyst"),
        ])  # fmt: skip
    names = ["Delivery", "As of", "Status", "Read", "Staged", "Set aside", "Skipped", "Adds up"]
    used = frame[frame["status"] == "in use"]
    total = {c: int(used[c].sum()) for c in COUNTS}
    claim = check(Claim(
        f"{len(used)} deliveries are in use: {total['n_read']:,} records read = {total['n_staged']:,} staged + "
        f"{total['n_quarantined']:,} set aside + {total['n_skipped']:,} skipped."
    ))  # fmt: skip
    table = Table("Deliveries and the fate of their records", [Td(n) for n in names], rows)
    view = View("", "", "", "All agencies", [claim], drawn(fates(frame)), table)
    card = _card(edition, "Every record of every delivered file.", "Read = staged + set aside + skipped.",
                 f"deliveries@{edition.manifest['edition']}")  # fmt: skip
    return Figure("deliveries", "Does every delivered record have a fate?", [view], card,
                  "Records set aside and skipped, a bar a delivery. The table beside it holds the same numbers.",
                  ("downloads/deliveries.csv", "Deliveries (CSV)"),
                  ("downloads/files.csv", "Files with hashes (CSV)"))  # fmt: skip


def _fates(edition: Edition) -> Figure:
    used = edition.tables["deliveries"].query("status == 'in use'")
    names = set(zip(used["agency"], used["delivery"], strict=True))
    kept: list[Any] = [r for r in edition.tables["fates"].itertuples() if (r.agency, r.delivery) in names]
    kept.sort(key=lambda r: (r.agency, r.delivery, r.contract, r.fate, r.rule))
    labels = {k: a["label"] for k, a in edition.manifest["agencies"].items()}
    fate = {"quarantined": "set aside", "skipped": "skipped"}
    rows = [
        [Td(f"{labels.get(r.agency, r.agency)} {r.delivery}"), Td(str(r.contract)), Td(fate.get(r.fate, r.fate)),
         Td(str(r.rule)), _number(r.n)]
        for r in kept
    ]  # fmt: skip
    columns = [Td(n) for n in ("Delivery", "Contract", "Fate", "Rule or reason", "Records")]
    claim = check(Claim(f"{len(kept)} rules and reasons apply to the deliveries in use."))
    view = View(
        "", "", "", "Deliveries in use", [claim], "", Table("Rules and reasons, by delivery", columns, rows, True)
    )
    card = _card(edition, "Records of the deliveries in use that were not staged.", "A rule's ID, or a reason to skip.",
                 f"fates@{edition.manifest['edition']}")  # fmt: skip
    return Figure("fates", "Why were records set aside or skipped?", [view], card, "",
                  ("downloads/fates.csv", "Rules and reasons (CSV)"))  # fmt: skip


def _findings(edition: Edition) -> Figure:
    frame = edition.tables["findings"]
    found: list[Any] = [r for r in frame.itertuples() if not r.passed]
    found.sort(key=lambda r: (r.severity != "error", r.agency, r.delivery, r.rule))
    labels = {k: a["label"] for k, a in edition.manifest["agencies"].items()}
    rows = [
        [Td(f"{labels.get(r.agency, r.agency)} {r.delivery}"), Td(str(r.rule)), Td(str(r.says)), Td(str(r.severity)),
         Td(_count(r.n_failed)), Td(_count(r.n_checked))]
        for r in found[:MOST]
    ]  # fmt: skip
    columns = [Td(n) for n in ("Delivery", "Check", "What should hold", "Severity", "Failed", "Looked at")]
    held = sum(r.severity == "error" for r in found)
    claim = check(Claim(
        f"{len(frame):,} checks ran; {len(found):,} did not pass, {held:,} of them of the kind that holds a delivery."
    ))  # fmt: skip
    view = View("", "", "", "All deliveries", [claim], "", Table("Checks that did not pass", columns, rows, True))
    card = _card(edition, "Every check of every delivery.", "A check looks at a column, a row or a whole table.",
                 f"findings@{edition.manifest['edition']}")  # fmt: skip
    return Figure(
        "findings", "Which checks did not pass?", [view], card, "", ("downloads/findings.csv", "Checks (CSV)")
    )


def _count(value: Any) -> str:
    return words.NOT_APPLICABLE if clean(value) is None else words.number(float(value), "count")


SECTION = Section("quality", "Quality", pages)
