"""Changes: what this edition says otherwise than the last one. Left out where the edition has no such table.

In: tables `changes*`. Out: `changes.html`.
"""

from collections.abc import Iterable

from reports import plain
from reports.edition import Edition
from reports.section import Page, Section

READING = "Past years change: sealed cases open, records are recoded, late rows arrive. A change alone is no error."


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    yield Page("changes.html", "Changes", "figures.html", "changes", {
        "figures": plain.figures(edition, "changes", READING), "switches": {},
        "lede": "Numbers that differ from the last edition, and why.",
    })  # fmt: skip


SECTION = Section("changes", "Changes", pages, needs=("changes",))
