"""A model: one SELECT, one table, in `sql/<layer>/<name>.sql`. Dependencies are read from the parse tree.

In: SQL files. Out: `Model` values in the order in which they can be built, and tables in the warehouse.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from typing import Any

import duckdb

from sources.errors import DefinitionError

LAYERS = ("core", "mart")


@dataclass(frozen=True)
class Model:
    """One table of core or mart: its SELECT, what it reads, and its grain (the file's first comment)."""

    layer: str
    name: str
    sql: str
    parents: tuple[str, ...]

    @property
    def key(self) -> str:
        """schema.table"""
        return f"{self.layer}.{self.name}"

    @property
    def grain(self) -> str:
        """The comment at the top of the file, as one paragraph."""
        lines = [line.removeprefix("--").strip() for line in self.sql.splitlines() if line.startswith("--")]
        return " ".join(lines)

    def build(self, con: duckdb.DuckDBPyConnection) -> int:
        """Replace the table in one transaction; returns its rows."""
        con.execute(f"create or replace table {self.key} as {self.sql}")
        return count(con, self.key)


def count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table of ours."""
    row = con.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _tables(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {f"{node['schema_name']}.{node['table_name']}"} if node.get("type") == "BASE_TABLE" else set()
        return found.union(*(_tables(child) for child in node.values()), set())
    if isinstance(node, list):
        return set().union(*(_tables(child) for child in node))
    return set()


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Reads texts and holds no data; to open one for each text would cost more than to read it."""
    return duckdb.connect()


def parents_of(sql: str, place: str) -> tuple[str, ...]:
    """schema.table of everything that a SELECT reads, common table expressions aside."""
    row = _parser().execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error"):
        raise DefinitionError(f"{place}: {tree.get('error_message')}. Mend the SQL.")
    return tuple(sorted(t for t in _tables(tree) if not t.startswith(".")))


@cache
def models() -> tuple[Model, ...]:
    """Every model, each after everything that it reads."""
    found = {}
    for layer in LAYERS:
        for path in files("transforms").joinpath("sql", layer).iterdir():
            sql = path.read_text(encoding="utf-8")
            model = Model(layer, path.name.removesuffix(".sql"), sql, parents_of(sql, f"sql/{layer}/{path.name}"))
            found[model.key] = model
    order = TopologicalSorter({key: sorted(m.parents) for key, m in sorted(found.items())}).static_order()
    return tuple(found[key] for key in order if key in found)


def upstream(tables: Iterable[str]) -> list[str]:
    """Those tables and every one above them, staging first; links are made of the marts."""
    parents = {model.key: model.parents for model in models()}
    todo, seen = list(tables), set()
    while todo:
        table = todo.pop()
        todo += parents.get(table, ()) if table not in seen else ()
        seen.add(table)
    rank = {layer: n for n, layer in enumerate(("staging", *LAYERS))}
    return sorted(seen, key=lambda table: (rank.get(table.split(".")[0], len(rank)), table))
