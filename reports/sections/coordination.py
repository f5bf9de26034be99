"""Coordination: agencies on a case, complexity, related violations. Left out where the edition has no such table.

In: tables `coordination*`. Out: `coordination.html`.
"""

from collections.abc import Iterable

from reports import plain
from reports.edition import Edition
from reports.section import Page, Section

READING = "Joint work is recorded by each agency in its own way; a case that nobody marked looks like single work."


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    yield Page("coordination.html", "Coordination", "figures.html", "coordination", {
        "figures": plain.figures(edition, "coordination", READING), "switches": {},
        "lede": "Which agencies worked a case together, how complex the cases were, and what else was found.",
    })  # fmt: skip


SECTION = Section("coordination", "Coordination", pages, needs=("coordination",))
