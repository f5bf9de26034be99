"""Dagster's run history in SQLite, without a disk flush for every event.

A refresh writes some 2,000 events (each rule is an asset check). Flushing each one takes longer than the figures do.
The history is no truth of ours, receipts and editions are: a power cut can cost the last events, never a figure.
"""

import sqlite3
from functools import cache
from typing import Any


@cache
def light_sqlite() -> None:
    """From now on SQLite connections of this process leave flushing to the operating system."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def _relax(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = off")
