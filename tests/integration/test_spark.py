"""The same SQL on Apache Spark: every model is in the portable subset, and all tables are equal on both engines."""

import datetime as dt
import importlib.util
import os
import re
import shutil

import duckdb
import pytest
import sqlglot
import yaml
from sqlglot import exp

from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import DefinitionError, WorkspaceError
from sources.schema import tables
from tests.world import digests
from transforms import counting, facts
from transforms import study as studies
from transforms.in_use import staging_view_sql
from transforms.model import models
from transforms.spark import to_spark, translated


@pytest.mark.parametrize("model", models(), ids=lambda m: m.key)
def test_every_model_is_portable(model):
    sql = to_spark(model.sql, model.key)
    for parent in model.parents:
        assert parent.replace(".", "__") in sql
        assert parent not in sql


class Spy:
    """A connection that keeps the SQL that is given to it."""

    def __init__(self, con):
        self.con, self.asked = con, []

    def execute(self, sql, *given):
        self.asked.append(sql)
        return self.con.execute(sql, *given)

    def __getattr__(self, name):
        return getattr(self.con, name)


def test_the_sql_of_every_metric_is_portable():
    study = studies.Study(**yaml.safe_load(studies.default_text()))
    day = dt.date(2026, 9, 30)
    with duckdb.connect() as con:
        con.execute("create schema staging; create schema core; create schema mart")
        for table in tables().values():
            con.execute(staging_view_sql(table, []))
        facts.load(con, study)
        for model in models():
            model.build(con)
        spy = Spy(con)
        for mart in counting.marts():
            counting.count_mart(spy, mart, study, dict.fromkeys(agencies(), day), 2000)
    shapes = {
        re.sub(r"from \(values .*?\) as t", "from (values (null)) as t", sql, flags=re.DOTALL): sql for sql in spy.asked
    }
    trees = [sqlglot.parse_one(sql, read="duckdb") for sql in shapes]
    queries = [tree if isinstance(tree, exp.Select) else tree.expression for tree in trees]
    queries = [q for q in queries if isinstance(q, exp.Select | exp.SetOperation)]
    assert len(queries) > 60
    for query in queries:
        translated(query, "metric")


@pytest.mark.parametrize(
    "asked", ["x[1]", "date_diff('month', x, y)", "list_filter(x, lambda t: t > 1)", "strftime(x, '%Y')"]
)
def test_a_function_that_nobody_has_compared_is_refused(asked):
    with pytest.raises(DefinitionError, match=r"core.x: .+ is not in the portable subset"):
        to_spark(f"select {asked} from core.matter", "core.x")


def spark_is_here():
    """Skipped with the reason where Spark or Java is missing; never in CI."""
    missing = [
        *([] if importlib.util.find_spec("pyspark") else ["pyspark (make spark)"]),
        *([] if shutil.which("java") else ["java (.ci/java)"]),
    ]
    assert not (missing and os.environ.get("CI") == "true"), f"CI must have {missing}"
    if missing:
        pytest.skip(f"not here: {', '.join(missing)}")


def test_the_engine_that_is_not_installed_is_named(tmp_path):
    if importlib.util.find_spec("pyspark"):
        pytest.skip("pyspark is installed")
    from transforms.spark import Spark

    with pytest.raises(WorkspaceError, match=r"pip install palermo-metrics\[spark\]"):
        Spark("local[1]")


@pytest.mark.slow
def test_an_edition_made_on_spark_is_the_one_made_on_duckdb(demo, tmp_path):
    spark_is_here()
    first, _ = demo
    second = Workspace(shutil.copytree(first.root, tmp_path / "w", symlinks=True))
    for folder in (second.store / "past", second.editions):
        shutil.rmtree(folder)
    second.editions.mkdir()
    second.warehouse.unlink()
    settings = second.root / "palermo.toml"
    settings.write_text(f'engine = "spark"\nspark = "local[2]"\n{settings.read_text()}')
    outcome = refresh(Workspace(second.root))
    assert outcome.is_new
    with duckdb.connect() as con:
        for name, made in (("one", first), ("two", second)):
            con.execute(f"attach '{made.warehouse}' as {name} (read_only)")
        assert con.execute("select count(*) from duckdb_views() where database_name = 'two' and schema_name = 'core'"
                           ).fetchone()[0] == sum(m.layer == "core" for m in models())  # fmt: skip
        for model in models():
            one, two = f"one.{model.key}", f"two.{model.key}"
            columns = ", ".join(c[0] for c in con.execute(f"describe {one}").fetchall())
            counts = [con.execute(f"select count(*) from {t}").fetchone()[0] for t in (one, two)]
            assert counts[0] == counts[1], model.key
            for a, b in ((one, two), (two, one)):
                odd = f"(select {columns} from {a}) except all (select {columns} from {b})"
                assert con.execute(f"select count(*) from ({odd})").fetchone()[0] == 0, f"{model.key}: {a} not in {b}"
    assert digests(second.current() / "tables") == digests(first.current() / "tables")
