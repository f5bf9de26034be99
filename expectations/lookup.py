"""What rules look up in other tables: whatever asks for a key of a table, the key is gathered once and joined once.

In: the SQL of rules as people write them, `(a, b) in (select (a, b) from t where ..)` and
`(select min(x.on) from t as x where x.a = own.a and x.b = own.b and ..)`. Out: the same conditions over columns of
temporary tables, one for each key of a table. A key is known by a 64-bit hash of its columns: with a million keys on
either side, a missing one would be taken for another in one of 18 million deliveries.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

INNER = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))"  # text whose brackets close, three deep
LISTED = re.compile(
    rf"\((?P<own>(?:\w+, )+\w+)\) (?P<no>not )?in "
    rf"\(select \((?P<key>{INNER}+?)\) from (?P<table>\w+)(?: where (?P<where>{INNER}+))?\)"
)
FOUND = re.compile(
    rf"\(select (?P<what>\w+\((?:\w+\.\w+|\*)\)) from (?P<table>\w+) as (?P<as>\w+) where (?P<where>{INNER}+)\)"
)


@dataclass
class Lookups:
    """The keys that rules ask for, each with what is asked of it: `gathered[table, key][aggregate]` is a column."""

    gathered: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def joined(self, sql: str, own: str) -> tuple[str, list[str]]:
        """A condition on the rows of the table `own`, and the joins that it needs."""
        joins: list[str] = []

        def joined(key: str, table: str, mine: str) -> str:
            self.gathered.setdefault((table, key), {})
            name = f"gathered_{list(self.gathered).index((table, key))}"
            place = f"{name}_by_{mine.replace(', ', '_')}"
            keys = ", ".join(f"{own}.{one}" for one in mine.split(", "))
            joins.append(f"left join {name} as {place} on {place}.key = hash({keys})")
            return place

        def column(key: str, table: str, mine: str, what: str) -> str:
            place, columns = joined(key, table, mine), self.gathered[table, key]
            return f"{place}.{columns.setdefault(what, f'c{len(columns)}')}"

        def listed(m: re.Match[str]) -> str:
            if not m["where"]:
                return f"({m['no'] or ''}{joined(m['key'], m['table'], m['own'])}.key is not null)"
            is_listed = column(m["key"], m["table"], m["own"], f"bool_or({m['where']})")
            return f"({m['no'] or ''}coalesce({is_listed}, false))"

        def found(m: re.Match[str]) -> str:
            same = re.compile(rf"{m['as']}\.(\w+) = {own}\.(\w+)")
            parts = m["where"].split(" and ")
            pairs = [pair for part in parts if (pair := same.fullmatch(part))]
            where = " and ".join(part for part in parts if not same.fullmatch(part))
            what = f"{m['what']} filter (where {where})" if where else m["what"]
            key, mine = (", ".join(pair[i] for pair in pairs) for i in (1, 2))
            value = column(key, m["table"], mine, re.sub(rf"\b{m['as']}\.", "", what))
            return f"coalesce({value}, 0)" if m["what"].startswith("count(") else value

        return FOUND.sub(found, LISTED.sub(listed, " ".join(sql.split()))), joins

    @contextmanager
    def made(self, con: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """The temporary tables, for as long as rules are counted."""
        names = [f"gathered_{i}" for i in range(len(self.gathered))]
        for name, ((table, key), columns) in zip(names, self.gathered.items(), strict=True):
            what = "".join(f", {aggregate} as {column}" for aggregate, column in columns.items())
            con.execute(
                f"create or replace temp table {name} as select hash({key}) as key{what} from {table} group by 1"
            )
        try:
            yield
        finally:
            for name in names:
                con.execute(f"drop table temp.{name}")
