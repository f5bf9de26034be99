"""Layouts of fixed-width tables, parsed from the README.TXT files of the dump itself, never hard-coded.

In: the text of READMEs. Out: for each table its record width and the position of every column (1-based, inclusive).
"""

import re
from dataclasses import dataclass, field

from sources.errors import ContractError
from sources.landing import Delivery

TITLE = re.compile(r"^\s*([A-Z][A-Z0-9_]+)\s*-\s*([\d,]+)\s+Characters", re.IGNORECASE)
FIELD = re.compile(r"^\s*([A-Z][A-Z0-9_]*)\s+.*\(\s*(\d+)\s*:\s*(\d+)\s*\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """One table: width of a record without its line end, and start and end of every column."""

    table: str
    readme: str
    width: int
    columns: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layouts:
    """Every layout of one delivery, by table."""

    tables: dict[str, Layout] = field(default_factory=dict)
    readmes: tuple[str, ...] = ()

    def of(self, place: str, table: str, columns: list[str]) -> Layout:
        """The layout of a table that has all the columns; else an error that names table, column and README."""
        seen = ", ".join(self.readmes) or "no README at all"
        if table not in self.tables:
            raise ContractError(
                f"{place}: no README of the dump describes {table} (read: {seen}). Ask for a whole dump."
            )
        found = self.tables[table]
        if missing := [c for c in columns if c not in found.columns]:
            names = ", ".join(missing)
            raise ContractError(
                f"{place}: {found.readme} lists {table} without the column {names}, which the contract needs. "
                f"Ask EOUSA what replaced it, then mend sources/contracts/{place}.yml."
            )
        return found


def parse(text: str, readme: str) -> dict[str, Layout]:
    """Every table that one README lays out."""
    found: dict[str, Layout] = {}
    current: Layout | None = None
    for line in text.splitlines():
        if title := TITLE.match(line):
            current = Layout(title[1].upper(), readme, int(title[2].replace(",", "")))
            found[current.table] = current
        elif current is not None and (named := FIELD.match(line)):
            current.columns[named[1].upper()] = (int(named[2]), int(named[3]))
    return found


def layouts(delivery: Delivery) -> Layouts:
    """The layouts of all READMEs of a delivery; two that disagree on a table stop it."""
    tables: dict[str, Layout] = {}
    names = []
    for file in delivery.files:
        if "readme" not in file.basename or not file.basename.endswith(".txt"):
            continue
        names.append(file.name)
        for table, layout in parse(file.read().decode("latin-1"), file.name).items():
            known = tables.setdefault(table, layout)
            if (known.width, known.columns) != (layout.width, layout.columns):
                raise ContractError(
                    f"{delivery.agency}: {known.readme} and {layout.readme} lay {table} out differently. "
                    "Ask EOUSA which holds."
                )
    for layout in tables.values():
        if layout.columns and max(end for _, end in layout.columns.values()) > layout.width:
            raise ContractError(
                f"{delivery.agency}: {layout.readme} gives {layout.table} a column beyond its width of {layout.width}. "
                "Ask EOUSA for the right README."
            )
    return Layouts(tables, tuple(names))
