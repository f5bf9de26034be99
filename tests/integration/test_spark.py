"""The same SQL on Apache Spark: models and metrics in the portable subset, and all tables equal on both engines."""

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
from transforms.spark import PORTABLE, Spark, to_spark, translated

ROWS = """select * from (values
    (1, 2, '12', date '2019-09-30', date '2020-10-01', 'a;b'), (0, null, '', date '2020-02-29', null, ''),
    (-3, 5, null, null, date '2020-01-01', null), (7, 7, '012-x', date '2020-12-31', date '2020-12-31', ';c'),
    (null, 1, '-5', null, null, 'd'), (7, null, '18 USC 1591(a)', null, date '1999-01-01', 'é;ß')
    ) as t(n, m, s, d, e, list)"""
COMPARED = [
    "select n > 0 and m > 0, n > 0 or m > 0, if(n > 0, 'y', 'n'), case when n > 0 then s end from given",
    "select coalesce(s, 'x'), nullif(n, 0), nullif(s, ''), greatest(d, e), power(n, 2) from given",
    "select cast(n as varchar), try_cast(s as bigint), concat(s, '/', cast(n as varchar)), s || 'x' from given",
    "select substr(s, 2, 2), regexp_extract(s, '^([0-9]+) USC', 1), regexp_extract(s, '([0-9]+)-x', 1) from given",
    "select count(*), count(s), count(distinct n), sum(n), min(d), max(e), bool_and(n > 0) from given",
    "select m, sum(n) from given group by all",
    "select n, row_number() over (partition by n order by d nulls last, e, m) from given",
    "select n from given qualify row_number() over (partition by n order by e desc, m) = 1",
    "select year(d + interval 3 month), quarter(e), date_diff('day', d, e) from given",
    "select cast(date_trunc('month', d) as date) from given",
    "select n, unnest(string_split(list, ';')) from given where n is not null",
    "with l as (select list_sort(list(n)) as x from given where n is not null)"
    " select array_length(x), list_extract(x, 1), list_extract(x, (array_length(x) + 1) // 2) / 2 from l",
]


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
            counting.count_numbers(spy, mart, study, dict.fromkeys(agencies(), day), 2000)
            counting.keep(spy, mart)
    values = re.compile(r"from \(values .*?\) as t", re.DOTALL)  # hundreds of rows: what is published of a metric
    shapes = {values.sub("from (values (null)) as t", sql) for sql in spy.asked}
    trees = [sqlglot.parse_one(sql, read="duckdb") for sql in shapes]
    queries = [tree if isinstance(tree, exp.Select) else tree.expression for tree in trees]
    queries = [q for q in queries if isinstance(q, exp.Select | exp.SetOperation)]
    assert len(queries) > 60
    for query in queries:
        translated(query, "metric")


@pytest.mark.parametrize(
    "asked",
    ["x[1]", "* replace (1 as x)", "date_diff('month', x, y)", "list_filter(x, lambda t: t > 1)", "strftime(x, '%Y')"],
)
def test_a_function_that_nobody_has_compared_is_refused(asked):
    with pytest.raises(DefinitionError, match=r"core.x: .+ is not in the portable subset"):
        to_spark(f"select {asked} from core.matter", "core.x")


def test_every_portable_function_is_compared():
    trees = [sqlglot.parse_one(sql, read="duckdb") for sql in COMPARED]
    named = {
        f.name if isinstance(f, exp.Anonymous) else f.sql_name() for tree in trees for f in tree.find_all(exp.Func)
    }
    assert {name.replace("_", "").lower() for name in named} | {"readparquet"} == PORTABLE


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
    with pytest.raises(WorkspaceError, match=r"pip install palermo-metrics\[spark\]"):
        Spark("local[1]")


@pytest.mark.slow
def test_every_portable_function_means_the_same_on_nulls_empty_texts_and_no_match():
    spark_is_here()
    spark = Spark("local[2]")
    spark.give("given", duckdb.sql(ROWS).to_arrow_table())
    con = duckdb.connect()
    con.execute(f"create table given as {ROWS}")
    for sql in COMPARED:
        ours = sorted(map(repr, con.execute(sql).fetchall()))
        theirs = sorted(repr(tuple(row)) for row in spark.session.sql(to_spark(sql, "x")).collect())
        assert ours == theirs, sql


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
