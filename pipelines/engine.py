"""Which engine builds the models: DuckDB in the warehouse, or Apache Spark, whose Parquet the warehouse reads in place.

In: `engine` and `spark` of palermo.toml. Out: each model as a table, or as a view over Spark's Parquet; whatever reads
the warehouse afterwards need not know which. The setting changes no figure, so it is no part of an edition's identity.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines import aside
from pipelines.workspace import Workspace
from transforms.model import Model
from transforms.typing_sql import literal

if TYPE_CHECKING:
    from transforms.spark import Spark


def build(con: duckdb.DuckDBPyConnection, workspace: Workspace, model: Model) -> int:
    """Replace the table of a model; returns its rows."""
    if workspace.settings.engine == "duckdb":
        _make_way(con, model.key, "view")
        return model.build(con)
    from transforms.spark import select_of

    spark = _spark(workspace.settings.spark)
    for parent in model.parents:
        sql = select_of(con, parent)
        if parent.startswith("staging."):
            spark.view(parent, sql) if sql else spark.give(parent, con.execute(f"from {parent}").to_arrow_table())
            continue
        if sql is None:  # kept from a refresh on DuckDB
            _lend(con, parent, _folder(workspace, parent))
        spark.read(parent, _folder(workspace, parent))
    folder = _folder(workspace, model.key)
    folder.parent.mkdir(parents=True, exist_ok=True)
    rows = spark.build(model.key, model.sql, folder)
    _make_way(con, model.key, "table")
    con.execute(f"create or replace view {model.key} as from read_parquet({literal(f'{folder}/*.parquet')})")
    return rows


@cache
def _spark(where: str) -> "Spark":
    from transforms.spark import Spark  # a JVM, and hundreds of megabytes: only where it is asked for

    return Spark(where)


def _folder(workspace: Workspace, key: str) -> Path:
    """Where Spark puts a table of this view of the workspace."""
    return workspace.store / "spark" / workspace.warehouse.stem / key


def _lend(con: duckdb.DuckDBPyConnection, key: str, folder: Path) -> None:
    """Write a table of the warehouse where Spark looks for it."""
    with aside.folder(folder) as made:
        con.execute(f"copy {key} to {literal(str(made / 'part.parquet'))} (format parquet)")


def _make_way(con: duckdb.DuckDBPyConnection, key: str, kind: str) -> None:
    """Drop what an earlier engine left under the name."""
    schema, _, name = key.partition(".")
    find = "select table_type from information_schema.tables where table_schema = ? and table_name = ?"
    found = con.execute(find, [schema, name]).fetchone()
    if found and ("view" in found[0].lower()) == (kind == "view"):
        con.execute(f"drop {kind} {key}")
