"""Staged rows in the warehouse: a view for every canonical table over the deliveries in use.

In: receipts. Out: `staging.<table>` views and the tables of facts.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipelines import gate
from pipelines.edition import Receipts
from pipelines.machine import refusal
from pipelines.warehouse import scratch
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.schema import tables
from transforms import facts
from transforms.in_use import Feed, staging_view_sql


def attach(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, receipts: Receipts, as_of: dt.date | None = None
) -> dict[str, int]:
    """Replace every staging view; returns how many deliveries feed each table."""
    con.execute("create schema if not exists staging")
    for layer in ("core", "mart", "metric"):
        con.execute(f"create schema if not exists {layer}")
    given, fed = feeds(workspace, receipts), {}
    for table in tables().values():
        ours = [feed for feed in given if feed.contract.feeds == table.name]
        con.execute(staging_view_sql(table, ours, as_of))
        fed[table.name] = len(ours)
    facts.load(con, workspace.read_study())
    return fed


def damaged(workspace: Workspace, receipts: Receipts) -> list[Feed]:
    """Deliveries in use whose staged rows cannot be read to the end."""
    found = {feed.path: feed for feed in feeds(workspace, receipts)}
    return [found[path] for path in unreadable(workspace.root, found)]


def unreadable(root: Path, files: Iterable[Path]) -> list[Path]:
    """The files of Parquet that cannot be read to the end, by their own fault and not by the machine's."""
    found = []
    for path in files:
        with scratch(root) as con:
            try:
                con.read_parquet(str(path)).aggregate("count(columns(*))").fetchall()
            except duckdb.Error as error:
                if isinstance(error, duckdb.PermissionException) or refusal(error):
                    raise
                found.append(path)
    return found


def feeds(workspace: Workspace, receipts: Receipts) -> list[Feed]:
    """Every contract of every good delivery, with its staged rows."""
    feeds = [
        Feed(
            agency=key,
            mode=agencies()[key].mode,
            contract=contract,
            path=workspace.deliveries / key / r.key / "staged" / f"{contract.name}.parquet",
            as_of=r.day,
            delivery=r.name,
        )
        for key, found in receipts.items()
        for r in gate.in_use(agencies()[key], found)
        for contract in agencies()[key].contracts
    ]
    return [feed for feed in feeds if feed.path.is_file()]
