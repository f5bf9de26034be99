"""The evaluation's own tables, printed in the order of the TREND statement; nothing where the edition has none.

In: any table `evaluation_*`. Out: titled tables for `comparison.html`.
"""

from typing import Any

from reports import words
from reports.edition import Edition, clean
from reports.section import Table, Td

PREFIX = "evaluation_"


def parts(edition: Edition) -> list[tuple[str, Table]]:
    """(title, table) of every evaluation table."""
    names = sorted(n for n in edition.tables if n.startswith(PREFIX))
    return [(_title(n), _printed(_title(n), edition.tables[n])) for n in names if len(edition.tables[n])]


def _title(name: str) -> str:
    return name.removeprefix(PREFIX).replace("_", " ").capitalize()


def _printed(title: str, frame: Any) -> Table:
    columns = [c for c in frame.columns if c != "id"]
    rows = [[Td(_text(value)) for value in row] for row in frame[columns].itertuples(index=False)]
    return Table(title, [Td(c.replace("_", " ").capitalize()) for c in columns], rows)


def _text(value: Any) -> str:
    found = clean(value)
    if found is None:
        return words.NOT_APPLICABLE
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, float):
        return f"{found:,.0f}" if found == round(found) and abs(found) < 1e15 else f"{found:,.3f}"
    return str(found)
