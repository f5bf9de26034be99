"""Dagster's run history in SQLite, at the price that a history is worth.

A refresh writes some 2,000 events (each rule is an asset check). Dagster flushes each one to the disk and opens an
engine for each, so that every statement is compiled anew: together that takes as long as the figures do. The history
is no truth of ours, receipts and editions are: a power cut can cost the last events, never a figure.
"""

import importlib
import sqlite3
from functools import cache
from typing import Any

import dagster as dg

from pipelines.workspace import Workspace

STORAGES = (
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
)


@cache
def light_sqlite() -> None:
    """From now on SQLite connections of this process leave flushing to the operating system and share an engine."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def _relax(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = off")

    for name in STORAGES:
        storage = importlib.import_module(name)
        storage.create_engine = _shared(storage.create_engine)  # type: ignore[attr-defined]
    events = importlib.import_module(STORAGES[0]).SqliteEventLogStorage
    events.supports_asset_checks = property(cache(events.supports_asset_checks.fget))  # it asks with every event


def history(workspace: Workspace) -> dg.DagsterInstance:
    """Dagster's instance of a workspace, made if it is not there; without a `dagster.yaml` no history is kept."""
    light_sqlite()
    home = workspace.dagster_home
    if (home / "dagster.yaml").is_file():
        return dg.DagsterInstance.from_config(str(home))
    return dg.DagsterInstance.ephemeral()


def _shared(create_engine: Any) -> Any:
    """`create_engine` with one engine a database and one connection a thread, which is kept while the process lives."""
    from sqlalchemy.pool import SingletonThreadPool

    made: dict[str, Any] = {}

    def engine(url: str, **options: Any) -> Any:
        if url not in made:
            made[url] = create_engine(url, **options | {"poolclass": SingletonThreadPool})
            made[url].dispose = lambda: None  # Dagster disposes of its engine after every event
        return made[url]

    return engine
