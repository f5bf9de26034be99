"""A table of the edition printed as it stands: for tables whose meaning is written in the data dictionary.

In: an edition and the first word of the tables' names. Out: figures without a chart.
"""

from typing import Any

from reports import words
from reports.cards import source_lines
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.exports import dictionary
from reports.section import Card, Figure, Table, Td, View

MOST = 300  # rows printed; the file holds all


def figures(edition: Edition, prefix: str, reading: str) -> list[Figure]:
    """One figure a table, in the order of their names."""
    return [_figure(edition, name, reading) for name in sorted(edition.tables) if name.startswith(prefix)]


def _figure(edition: Edition, name: str, reading: str) -> Figure:
    frame, says = edition.tables[name], dictionary()
    columns = [str(c) for c in frame.columns if c != "id"]
    rows = [[_td(v) for v in row] for row in frame[columns].head(MOST).itertuples(index=False)]
    label = name.replace("_", " ").capitalize()
    printed = "all printed here" if len(frame) <= MOST else f"the first {MOST} printed here, all in the file"
    claim = check(Claim(f"{len(frame):,} rows, {printed}."))
    table = Table(label, [Td(c.replace("_", " ").capitalize()) for c in columns], rows, True)
    card = Card(
        counted=f"One row is one row of the table {name}.", not_counted="Numbers that are not shown have no value.",
        definition="; ".join(f"{c}: {says.get(c, c.replace('_', ' '))}" for c in columns), reading=reading, caveats=[],
        sources=source_lines(edition, list(edition.manifest["agencies"])), ids=f"{name}@{edition.manifest['edition']}",
    )  # fmt: skip
    view = View("", "", "", "", [claim], "", table)
    return Figure(name.replace("_", "-"), f"What does the table {label.lower()} hold?", [view], card, "",
                  (f"downloads/{name}.csv", f"Table {name} (CSV)"))  # fmt: skip


def _td(value: Any) -> Td:
    found = clean(value)
    if found is None:
        return Td(words.NOT_APPLICABLE, "not_applicable")
    if isinstance(found, bool):
        return Td("yes" if found else "no")
    if isinstance(found, float):
        return Td(f"{found:,.0f}" if found.is_integer() else f"{found:,.3f}")
    return Td(str(found))
