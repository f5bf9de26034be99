"""What has been made stays until what it is made of changes: an address of every model, and frames by address.

In: receipts, the study and the code. Out: a digest for every model, over its SQL and the digests of all that it reads,
so that two models with one digest hold the same rows; and what is done once only for each digest. The warehouse says in
`kept.model` which digest each of its tables was built from; frames lie in `store/kept/<name>-<digest>/`.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from pipelines import aside
from pipelines.edition import Receipts
from pipelines.staged import feeds
from pipelines.version import counting
from pipelines.warehouse import connect
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import TransientError, WorkspaceError
from sources.schema import tables
from transforms import study as studies
from transforms.in_use import in_use
from transforms.model import count, models, upstream

Frames = dict[str, pd.DataFrame]
MOST = 12  # addresses of one name that stay in the store


def digest(*parts: object) -> str:
    """Sixteen hex digits over texts."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def addresses(workspace: Workspace, receipts: Receipts) -> dict[str, str]:
    """The digest of every model; of a staged table over the deliveries in use and what they were read by."""
    made_by = {(r.agency, r.key): (r.contracts, r.key_id) for found in receipts.values() for r in found}
    facts = digest(counting(), studies.digest(workspace.study))
    given = in_use(feeds(workspace, receipts), workspace.as_of)
    found = {
        f"staging.{table}": digest(
            facts,
            *(
                (f.agency, f.mode, f.contract.name, f.rank, f.path.parts[-3:], made_by[f.agency, f.path.parts[-3]])
                for f in given
                if f.contract.feeds == table
            ),
        )
        for table in tables()
    }
    for model in models():
        found[model.key] = digest(model.key, model.sql, *(found.get(parent, facts) for parent in model.parents))
    return found


def stands(workspace: Workspace, receipts: Receipts) -> bool:
    """Whether the warehouse opens and holds every model as these receipts make it; one that others hold is believed."""
    try:
        with connect(workspace, read_only=True) as con:
            known = dict(con.execute("select name, digest from kept.model").fetchall())
    except TransientError:
        return True
    except (WorkspaceError, duckdb.CatalogException):
        return False
    wanted = addresses(workspace, receipts)
    return all(known.get(model.key) == wanted[model.key] for model in models())


def days(tables: Iterable[str], of: dict[str, dt.date]) -> list[tuple[str, dt.date]]:
    """Of a day of each agency those of the agencies whose exports flow into the tables."""
    above = set(upstream(tables))
    return sorted(
        (key, day) for key, day in of.items() if any(f"staging.{c.feeds}" in above for c in agencies()[key].contracts)
    )


def once(
    con: duckdb.DuckDBPyConnection,
    table: str,
    address: str,
    build: Callable[[], object],
    before: Callable[[], object] = lambda: None,
) -> int:
    """The rows of a table of the warehouse, built in one transaction with its address if it was of another one.

    `before` is done before the transaction, which would hold the temporary tables that it drops.
    """
    con.execute("create schema if not exists kept")
    con.execute("create table if not exists kept.model (name varchar primary key, digest varchar)")
    known = con.execute("select digest from kept.model where name = ?", [table]).fetchone()
    if known != (address,) or not exists(con, table):
        before()
        con.execute("begin")
        try:
            build()
            con.execute("insert or replace into kept.model values (?, ?)", [table, address])
            con.execute("commit")
        except BaseException:
            with suppress(duckdb.Error):  # a failed commit has ended the transaction already
                con.execute("rollback")
            raise
    return count(con, table)


def exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether schema.table is a table of the warehouse."""
    schema, name = table.split(".")
    found = con.execute("select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, name])
    return found.fetchone() is not None


def of_frame(frame: pd.DataFrame) -> str:
    """A digest of the rows of a frame, in their order."""
    return hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()[:16]


def frames(workspace: Workspace, name: str, parts: Iterable[object], make: Callable[[], Frames]) -> Frames:
    """Frames by name from the store, made if they are not there. New ones are read back too: the same to the byte."""
    folder = workspace.store / "kept" / f"{name}-{digest(counting(), *parts)}"
    if (found := _read(folder)) is None:
        with aside.folder(folder) as part:
            for key, frame in make().items():
                frame.to_parquet(part / f"{key}.parquet", index=False)
            (part / "whole").touch()
        aside.prune((p for p in folder.parent.glob(f"{name}-*") if p.is_dir()), MOST)
        found = _read(folder)
    assert found is not None
    return found


def rows(workspace: Workspace, name: str, parts: Iterable[object], make: Callable[[], np.ndarray]) -> np.ndarray:
    """One yes or no for each row of something."""
    found = frames(workspace, name, parts, lambda: {"rows": pd.DataFrame({"is": make()})})
    return found["rows"]["is"].to_numpy(dtype=bool)


def _read(folder: Path) -> Frames | None:
    """None where there is nothing, or where a file is damaged."""
    if not (folder / "whole").is_file():
        return None
    try:
        return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    except (OSError, ValueError):
        return None
