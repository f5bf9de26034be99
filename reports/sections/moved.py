"""Rows of counts that moved, as both figures of `changes.html` list them.

In: rows with metric, period and area. Out: their order and their names.
"""

from typing import Any

from reports.edition import Edition
from reports.section import Td


def in_order(edition: Edition, rows: list[Any]) -> list[Any]:
    """By measure and group as the report has them, the latest period first."""
    rank = {m: i for i, m in enumerate(edition.metrics)}
    places = {a: i for i, a in enumerate(edition.groups)}
    latest = sorted(rows, key=lambda r: r.period, reverse=True)
    return sorted(latest, key=lambda r: (rank.get(r.metric, 99), places.get(r.area, 99)))


def name(edition: Edition, row: Any) -> str:
    """Measure and period."""
    return f"{edition.manifest['metrics'][row.metric]['label']}, {row.period}"


def head(edition: Edition, row: Any) -> list[Td]:
    """The first two cells of a row: measure and period, and the group."""
    return [Td(name(edition, row), group=row.area), Td(edition.groups.get(row.area, row.area), "word")]
