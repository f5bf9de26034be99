"""Layouts of fixed-width tables, parsed from the README.TXT files of the dump itself, never hard-coded.

In: the text of READMEs. Out: for each table its record width and the position of every column (1-based, inclusive).
"""

import re
from collections.abc import Container
from dataclasses import dataclass, field

from sources.errors import ContractError
from sources.landing import Delivery

TITLE = re.compile(
    r"^\s*([A-Z][A-Z0-9_]+)\s*[-:\u2013\u2014\x96\x97]*\s*(\d[\d,]*)\s+(?:Characters|Chars|Bytes)\b", re.I
)
POSITION = re.compile(r"\(\s*(\d+)\s*[:\-\u2013\x96]\s*(\d+)\s*\)")
NAME = re.compile(r"(?<![\w(])[A-Z][A-Z0-9_]*(?!\w)", re.I)
TYPES = {"NOT", "NULL", "VARCHAR2", "VARCHAR", "CHAR", "NUMBER", "DATE", "INTEGER", "FLOAT", "LONG", "RAW", "CLOB"}


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

    def of(self, place: str, table: str, columns: list[str], optional: Container[str] = ()) -> Layout:
        """The layout of a table that has all the columns; else an error that names table, column and README."""
        seen = ", ".join(self.readmes) or "no README at all"
        if table not in self.tables:
            raise ContractError(
                f"{place}: no README of the dump describes {table} (read: {seen}). Ask for a whole dump."
            )
        found = self.tables[table]
        if missing := [c for c in columns if c not in found.columns and c not in optional]:
            names = ", ".join(missing)
            raise ContractError(
                f"{place}: {found.readme} lists {table} without the column {names}, which the contract needs. "
                f"Ask EOUSA what replaced it, then mend sources/contracts/{place}.yml."
            )
        return found


def parse(text: str, readme: str) -> dict[str, Layout]:
    """Every table that one README lays out; a column may be wrapped, its position on the line after its name."""
    found: dict[str, Layout] = {}
    current: Layout | None = None
    waiting = ""
    for line in text.splitlines():
        if title := TITLE.match(line):
            current = Layout(title[1].upper(), readme, int(title[2].replace(",", "")))
            found[current.table], waiting = current, ""
        elif current is not None:
            place = POSITION.search(line)
            name = _name(POSITION.sub(" ", line))
            if place and (name or waiting):
                current.columns[(name or waiting).upper()] = (int(place[1]), int(place[2]))
            waiting = "" if place else name
    return found


def _name(line: str) -> str:
    """The name of the column that a line describes: its first word that is no type."""
    return next((w for w in NAME.findall(line) if w.upper() not in TYPES), "")


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
        _check(delivery.agency, layout)
    return Layouts(tables, tuple(names))


def _check(agency: str, layout: Layout) -> None:
    """Columns lie within the record, one after the other."""
    last = 0
    for start, end in sorted(layout.columns.values()):
        if start <= last or end < start or end > layout.width:
            raise ContractError(
                f"{agency}: {layout.readme} gives {layout.table} a column at ({start}:{end}) that overlaps another "
                f"or lies beyond the width of {layout.width}. Ask EOUSA for the right README."
            )
        last = end
