"""The SQL models on Apache Spark: transpiled by sqlglot, tables as Parquet that DuckDB reads in place.

In: SELECTs in DuckDB's SQL. Out: the same in Spark's, and tables with the same rows. Tables keep their names, but as
session views (`core.matter` is `core__matter`), so that no metastore is needed and a shared cluster sees none of them.
What a model may use is PORTABLE: every function there means the same in both (nulls, empty matches, positions of a
list), as the proof that compares all tables shows. Another one is refused until somebody has compared it.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import sqlglot
from sqlglot import exp

from sources.errors import DefinitionError, WorkspaceError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PORTABLE = frozenset(
    word
    for line in (
        "and or if case coalesce nullif greatest power",
        "cast trycast concat substring split regexpextract",
        "count sum min max logicaland rownumber",
        "year quarter datediff timestamptrunc",
        "explode arrayagg arraysize arraysort listextract readparquet",
    )
    for word in line.split()
)  # sqlglot's names, without underscores
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an overflow or a wrong cast is an error, as in DuckDB
}
LOCAL = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
}


def session_name(key: str) -> str:
    """The session view of a table: core.matter -> core__matter."""
    return key.replace(".", "__")


def to_spark(sql: str, place: str) -> str:
    """A SELECT in Spark's SQL; an error names what is not portable."""
    return translated(sqlglot.parse_one(sql, read="duckdb"), place)


def translated(tree: exp.Expr, place: str) -> str:
    """The same of a parsed SELECT, which it changes."""
    names = [node.name if isinstance(node, exp.Anonymous) else node.sql_name() for node in tree.find_all(exp.Func)]
    odd = {name.replace("_", "").lower() for name in names} - PORTABLE
    odd |= {"x[i]"} if tree.find(exp.Bracket) else set()  # counted from 1 here and from 0 there: list_extract is not
    odd |= {"select * replace" for star in tree.find_all(exp.Star) if any(star.args.values())}
    odd |= {f"date_diff by {d.text('unit')}" for d in tree.find_all(exp.DateDiff) if d.text("unit").lower() != "day"}
    if odd:
        raise DefinitionError(
            f"{place}: {', '.join(sorted(odd))} is not in the portable subset. Write it another way, or compare it on "
            "both engines and add it to PORTABLE (docs/spark.md)."
        )
    for call in list(tree.find_all(exp.Anonymous)):
        found, nth = call.expressions
        call.replace(exp.Anonymous(this="element_at", expressions=[found, exp.cast(nth, "int")]))
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            table.replace(exp.to_table(session_name(f"{table.db}.{table.name}"), alias=table.alias or None))
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


class Spark:
    """A Spark session: a cluster by its Connect address (sc://host:15002), or a master such as local[2]."""

    def __init__(self, where: str) -> None:
        self.session = _session(where)

    def give(self, key: str, frame: Any) -> None:
        """A small table (Arrow) as a session view."""
        self.session.createDataFrame(frame).createOrReplaceTempView(session_name(key))

    def view(self, key: str, sql: str) -> None:
        """A session view over a SELECT of ours."""
        self.session.sql(to_spark(sql, key)).createOrReplaceTempView(session_name(key))

    def read(self, key: str, folder: Path) -> None:
        """A session view over Parquet."""
        self.session.read.parquet(str(folder)).createOrReplaceTempView(session_name(key))

    def build(self, key: str, sql: str, folder: Path) -> int:
        """Write the rows of a SELECT as Parquet, aside and then in place; returns how many."""
        aside = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        self.session.sql(to_spark(sql, key)).write.parquet(str(aside))
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
        self.read(key, folder)
        return int(self.session.table(session_name(key)).count())


def _session(where: str) -> "SparkSession":
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise WorkspaceError(
            "palermo.toml asks for the engine spark, which is not installed. Run: pip install palermo-metrics[spark]"
        ) from None
    given = SparkSession.builder.appName("palermo")
    given = given.remote(where) if where.startswith("sc://") else given.master(where)
    for name, value in (SETTINGS if where.startswith("sc://") else {**LOCAL, **SETTINGS}).items():
        given = given.config(name, value)
    session: SparkSession = given.getOrCreate()
    if not where.startswith("sc://"):
        session.sparkContext.setLogLevel("ERROR")
    return session


def select_of(con: duckdb.DuckDBPyConnection, key: str) -> str | None:
    """The SELECT of a view of the warehouse; None where it is a table."""
    schema, _, name = key.partition(".")
    row = con.execute(
        "select sql from duckdb_views() where schema_name = ? and view_name = ?", [schema, name]
    ).fetchone()
    if row is None:
        return None
    tree = sqlglot.parse_one(row[0], read="duckdb")
    return str(tree.expression.sql(dialect="duckdb"))
