"""A held delivery beside the one in use: which rows it would have brought, dropped and changed, export by export.

In: the staged rows of both. Out: counts for each contract. Nothing of a held delivery is counted anywhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sources.contract import Contract
from transforms.staging import literal, quoted


@dataclass(frozen=True)
class Rows:
    """Rows of one contract by what using the held delivery would have done. `n_gone` is null where files add up."""

    contract: str
    n_in_use: int
    n_held: int
    n_new: int
    n_changed: int
    n_gone: int | None


def would_change(
    con: duckdb.DuckDBPyConnection, contract: Contract, in_use: Iterable[Path], held: Path, *, replaces: bool
) -> Rows:
    """Compare the rows of a contract by their key. `replaces`: the held delivery would have stood for those in use."""
    key = ", ".join(map(quoted, contract.table.key))
    rest = ", ".join(quoted(c) for c in contract.table.staged if c not in contract.table.key)
    old = ", ".join(literal(str(path)) for path in in_use)
    row = con.execute(f"""
with given as (
    select {key}, hash({rest or key}) as content, filename from read_parquet([{old}], filename = true)
),
old as (select * from given qualify row_number() over (partition by {key} order by filename desc) = 1),
new as (select {key}, hash({rest or key}) as content from read_parquet({literal(str(held))})),
paired as (select old.content as was, new.content as now from old full join new using ({key}))
select count(was), count(now), count(*) filter (where was is null), count(*) filter (where was <> now),
    count(*) filter (where now is null) from paired""").fetchone()
    assert row
    return Rows(contract.name, row[0], row[1], row[2], row[3], row[4] if replaces else None)
