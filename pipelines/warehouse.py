"""The warehouse: one DuckDB file of a workspace, one writer, no reach beyond the workspace.

In: a `Workspace`. Out: short connections; a run keeps a small warehouse open between its steps. DuckDB lets one process
write, so a second one is told who holds the file.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import apart
from pipelines.workspace import Workspace
from sources.errors import TransientError, WorkspaceError
from transforms.intake import IN_ORDER
from transforms.typing_sql import literal

DELIVERY_MEMORY = "1GB"  # of DuckDB, whatever the size of a delivery
SMALL = 64 * 2**20  # bytes of a warehouse that stays open; the pages of a larger one are given back after each step
Kept = dict[Path, duckdb.DuckDBPyConnection | None]  # what a run keeps open, once it is
_open: Kept = {}  # by the file of the warehouse
_spare: Kept = {}  # in memory, by the root of the workspace
LOCKED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


@contextmanager
def connect(workspace: Workspace, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read and write below the workspace and nowhere else."""
    kept = not read_only and workspace.warehouse in _open
    con = (_open[workspace.warehouse] if kept else None) or _connected(workspace, read_only=read_only)
    if kept:
        _open[workspace.warehouse] = con
    try:
        with con.cursor() as ours:  # with temporary tables of its own
            yield ours
    finally:
        if not kept or workspace.warehouse.stat().st_size > SMALL:
            if kept:
                _open[workspace.warehouse] = None
            con.close()


@contextmanager
def kept_open(workspace: Workspace) -> Iterator[None]:
    """A warehouse and a scratch are opened once in this block: each time costs a thirtieth of a second, of dozens."""
    places: list[tuple[Kept, Path]] = [(_open, workspace.warehouse), (_spare, workspace.root.resolve())]
    for kept, place in places:
        kept[place] = None
    try:
        yield
    finally:
        for kept, place in places:
            if con := kept.pop(place):
                con.close()


def _connected(workspace: Workspace, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    workspace.store.mkdir(parents=True, exist_ok=True)
    try:
        con = _opened(workspace.warehouse, read_only=read_only)
    except duckdb.Error as error:
        if "could not set lock" in str(error).lower():
            raise TransientError(
                f"{workspace.warehouse}: another refresh is using the warehouse. Wait for it to end, then try again."
            ) from None
        if read_only:
            raise WorkspaceError(
                f"{workspace.warehouse}: the warehouse is damaged or missing. Make it again: palermo refresh"
            ) from None
        _set_aside(workspace.warehouse)
        con = _opened(workspace.warehouse, read_only=False)
    _confine(con, workspace.root)
    return con


def _opened(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    size = path.stat().st_size if path.is_file() else 0
    return duckdb.connect(path, read_only=read_only, config={**LOCKED, **_share(size)})


def _share(size: int) -> dict[str, int]:
    """Half of the cores for work on few bytes where another process has the other half: no thread waits for another."""
    return {"threads": max(1, (os.cpu_count() or 1) // 2)} if size < SMALL and apart.is_shared() else {}


def _set_aside(path: Path) -> None:
    """A damaged warehouse is kept for whoever wants to know why; all that it held is made again from the store."""
    path.replace(path.with_name(f"{path.name}.damaged"))
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


@contextmanager
def scratch(root: Path, size: int = 0, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory with the same limits, for work on so many bytes; what does not fit is spilled.

    One thread where sums of floats must repeat to the bit.
    """
    place = root.resolve()
    kept = threads is None and size < SMALL and place in _spare
    con = (_spare[place] if kept else None) or _in_memory(root, size, threads)
    if kept:
        _spare[place] = con
    try:
        with con.cursor() as ours:  # with temporary tables of its own
            yield ours
    finally:
        if not kept:
            con.close()


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
