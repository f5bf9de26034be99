"""The warehouse: one DuckDB file of a workspace, one writer, no reach beyond the workspace.

In: a `Workspace`. Out: short connections. DuckDB lets one process write, so a second one is told who holds the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.workspace import Workspace
from sources.errors import WorkspaceError

LOCKED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


@contextmanager
def connect(workspace: Workspace, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read and write below the workspace and nowhere else."""
    workspace.store.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(workspace.warehouse, read_only=read_only, config=dict(LOCKED))
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise WorkspaceError(
                f"{workspace.warehouse}: not a readable warehouse. It can be rebuilt: move it away and refresh again."
            ) from None
        raise WorkspaceError(
            f"{workspace.warehouse}: another refresh is using the warehouse. Wait for it to end, then run this again."
        ) from None
    try:
        _confine(con, workspace.root)
        yield con
    finally:
        con.close()


@contextmanager
def scratch(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory with the same limits, for the work on one delivery."""
    con = duckdb.connect(config=dict(LOCKED))
    try:
        _confine(con, root)
        yield con
    finally:
        con.close()


def _confine(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    spill = root / "store" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    con.execute(f"set temp_directory = {_literal(spill)}")
    con.execute(f"set allowed_directories = [{_literal(root)}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
