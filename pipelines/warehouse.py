"""The warehouse: one DuckDB file of a workspace, one writer, no reach beyond the workspace.

In: a `Workspace`. Out: short connections; a run keeps a small warehouse open between its steps. DuckDB lets one process
write, so a second one is told who holds the file.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import duckdb

from pipelines import apart
from pipelines.machine import refusal
from pipelines.workspace import Workspace
from sources.errors import TransientError, WorkspaceError
from transforms.intake import IN_ORDER
from transforms.typing_sql import literal, quoted

DELIVERY_MEMORY = "1GB"  # of DuckDB, whatever the size of a delivery
SMALL = 64 * 2**20  # bytes of a warehouse that stays open; the pages of a larger one are given back after each step
NEWER = "newer version of duckdb"  # in DuckDB's words for a file whose version of storage it does not know yet
_open: dict[Path, duckdb.DuckDBPyConnection | None] = {}  # a run keeps these open, once they are: by file, or by root
LOCKED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


@contextmanager
def connect(workspace: Workspace, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read and write below the workspace and nowhere else."""
    place, opened = workspace.warehouse, partial(_connected, workspace, read_only=read_only)
    with _lent(place, opened, may_stay=not read_only, stays=lambda: place.stat().st_size <= SMALL) as con:
        yield con


@contextmanager
def kept_open(workspace: Workspace) -> Iterator[None]:
    """A warehouse and a scratch are opened once in this block: each time costs a thirtieth of a second, of dozens."""
    places = (workspace.warehouse, workspace.root.resolve())
    _open.update(dict.fromkeys(places))
    try:
        yield
    finally:
        for place in places:
            if con := _open.pop(place):
                con.close()


@contextmanager
def _lent(
    place: Path,
    opened: Callable[[], duckdb.DuckDBPyConnection],
    *,
    may_stay: bool,
    stays: Callable[[], bool] = lambda: True,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with temporary tables of its own; what it belongs to stays open where a run keeps it so."""
    kept = may_stay and place in _open
    con = (_open[place] if kept else None) or opened()
    if kept:
        _open[place] = con
    try:
        with con.cursor() as ours:
            yield ours
    finally:
        if not (kept and stays()):
            if kept:
                _open[place] = None
            con.close()


def _connected(workspace: Workspace, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    workspace.store.mkdir(parents=True, exist_ok=True)
    try:
        con = _opened(workspace.warehouse, read_only=read_only)
    except duckdb.Error as error:
        if "could not set lock" in str(error).lower():
            raise TransientError(
                f"{workspace.warehouse}: another program is using the warehouse. Wait for it to end, then try again."
            ) from None
        if NEWER in str(error).lower():
            raise WorkspaceError(
                f"{workspace.warehouse}: made by a newer DuckDB than {duckdb.__version__}, the one that is installed. "
                "Install the newer one, or move the file away: palermo refresh makes it again."
            ) from None
        if refusal(error):
            raise  # the file may be whole: nothing is wrong with it that we know of
        if read_only:
            raise WorkspaceError(
                f"{workspace.warehouse}: the warehouse is damaged or missing. Make it again: palermo refresh"
            ) from None
        set_aside(workspace.warehouse)
        con = _opened(workspace.warehouse, read_only=False)
    _confine(con, workspace.root)
    return con


def _opened(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    size = path.stat().st_size if path.is_file() else 0
    return duckdb.connect(path, read_only=read_only, config={**LOCKED, **_share(size)})


def _share(size: int) -> dict[str, int]:
    """Half of the cores for work on few bytes where another process has the other half: no thread waits for another."""
    return {"threads": max(1, (os.cpu_count() or 1) // 2)} if size < SMALL and apart.is_shared() else {}


def set_aside(path: Path) -> None:
    """A damaged warehouse is kept for whoever wants to know why; all that it held is made again from the store."""
    kept = next(p for n in count(1) if not os.path.lexists(p := path.with_name(f"{path.name}.damaged-{n}")))
    path.replace(kept)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    print(f"{path}: no warehouse that can be opened. It is kept as {kept.name} and made again.", file=sys.stderr)


def is_damaged(workspace: Workspace) -> bool:
    """Whether some table of a warehouse that opens cannot be read to the end."""
    try:
        with connect(workspace, read_only=True) as con:
            for schema, table in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
                con.table(f"{quoted(schema)}.{quoted(table)}").aggregate("count(columns(*))").fetchall()
    except duckdb.Error as error:
        return not refusal(error)
    except WorkspaceError:  # it does not open, which the next refresh sees to
        return False
    return False


@contextmanager
def scratch(root: Path, size: int = 0, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory with the same limits, for work on so many bytes; what does not fit is spilled.

    One thread where sums of floats must repeat to the bit.
    """
    may_stay = threads is None and size < SMALL
    with _lent(root.resolve(), partial(_in_memory, root, size, threads), may_stay=may_stay) as con:
        yield con


def _in_memory(root: Path, size: int, threads: int | None) -> duckdb.DuckDBPyConnection:
    one = {"threads": threads} if threads else _share(size)
    con = duckdb.connect(config={**LOCKED, **IN_ORDER, "memory_limit": DELIVERY_MEMORY, **one})
    _confine(con, root)
    return con


def _confine(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    spill = root / "store" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    con.execute(f"set temp_directory = {literal(str(spill))}")
    con.execute(f"set allowed_directories = [{literal(str(root))}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
