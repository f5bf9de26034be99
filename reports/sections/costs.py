"""What the refresh behind an edition took, by stage: rows, bytes, seconds, memory.

In: `refresh.json` beside the tables. Out: a figure of `quality.html`. It differs from one refresh to the next and is no
part of what makes an edition; rows of whole stages are printed in thousands, because no disclosure control sees them.
"""

from typing import Any

from reports import words
from reports.cards import delivery_card
from reports.claims import Claim, check
from reports.edition import Edition
from reports.section import Figure, Table, Td, View

STAGES = {
    "delivery": "Deliveries read and judged", "staging": "Staging views", "core": "Core tables",
    "mart": "Tables ready to count", "metric": "Metrics counted", "published": "Published tables",
}  # fmt: skip
ROUNDED = ("core", "mart", "metric")
COLUMNS = ["Stage", "Steps", "Rows", "Megabytes", "Seconds", "Peak memory, megabytes"]


def figures(edition: Edition) -> list[Figure]:
    """One figure, or none where an edition does not say what it took."""
    if not (stages := edition.refresh.get("stages")):
        return []
    rows = [
        [Td(STAGES[s["stage"]]), Td(f"{s['n_steps']:,}"), Td(_rows(s)), Td(_mega(s["n_bytes"])),
         Td(f"{s['seconds']:,.1f}"), Td(_mega(s["memory_bytes"]))]
        for s in stages
    ]  # fmt: skip
    seconds, peak = sum(s["seconds"] for s in stages), max(s["memory_bytes"] for s in stages)
    claim = check(Claim(
        f"{words.counted(sum(s['n_steps'] for s in stages), 'step')} took {seconds:,.0f} seconds and at most "
        f"{peak / 1e6:,.0f} megabytes of memory, before the pages were made."
    ))  # fmt: skip
    table = Table("What the refresh took, by stage", [*map(Td, COLUMNS)], rows)
    view = View("", "", "", "This refresh", [claim], "", table)
    card = delivery_card(edition, "Every step of the refresh; a delivery that was known is not read again.",
                         "Measured by the refresh itself; rows of core tables, marts and metrics in thousands.",
                         f"refresh {edition.refresh['run']}")  # fmt: skip
    return [Figure("cost", "What did this refresh take?", [view], card, "", None)]


def _rows(stage: dict[str, Any]) -> str:
    n = stage["n_rows"]
    if n is None:
        return "none of its own"
    if stage["stage"] not in ROUNDED:
        return f"{n:,}"
    return f"about {round(n, -3):,}" if n >= 1000 else "under 1,000"


def _mega(n: int | None) -> str:
    return "none of its own" if n is None else f"{n / 1e6:,.1f}"
