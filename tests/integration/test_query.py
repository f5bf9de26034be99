"""Questions to an edition: published numbers come back, and nothing else can be reached or changed."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipelines.commands.explain import explain
from pipelines.commands.query import answered, opened, query
from tests.world import digests


@pytest.fixture
def folder(demo):
    return demo[0].current()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '{folder}/tables/cells.parquet'",
        "copy cells to '{folder}/tables/cells.parquet'",
        "copy cells to '/tmp/out.csv'",
        "attach '{folder}/other.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "select * from glob('/*')",
    ],
)
def test_nothing_but_the_tables_can_be_reached(folder, sql):
    before, con = digests(folder), opened(folder)
    with pytest.raises(click.ClickException):
        answered(con, sql.format(folder=folder))
    answered(con, "delete from cells")
    assert digests(folder) == before


def test_what_is_hidden_is_null_here_too(folder):
    asked = "select count(*) as n, count(numerator) as shown from cells where status = 'suppressed'"
    (row,) = json.loads(answered(opened(folder), asked, "json"))
    assert row["n"] > 0 and row["shown"] == 0


def test_small_chances_are_not_zero_in_json(folder):
    assert json.loads(answered(opened(folder), "select 4.9e-12::double as chance", "json")) == [{"chance": 4.9e-12}]


def test_the_command_answers_from_an_argument_and_from_standard_input(demo):
    workspace, _ = demo
    at = ["--workspace", str(workspace.root)]
    sql = "select value from cells where id = 'eousa/cases_filed/acteam/ALL/FY2012'"
    found = CliRunner().invoke(query, [sql, *at, "--csv"], catch_exceptions=False).output.split()
    assert found[0] == "value" and float(found[1]) > 0
    piped = CliRunner().invoke(query, [*at, "--csv"], input=sql, catch_exceptions=False).output.split()
    assert piped == found
    assert "revisions" in CliRunner().invoke(query, ["tables", *at], catch_exceptions=False).output


def test_what_the_readme_asks_has_an_answer(demo):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    at = ["--workspace", str(demo[0].root)]
    (sql,), (number,) = re.findall(r'palermo query "(.+)"', readme), re.findall(r"palermo explain (\S+)", readme)
    assert len(json.loads(CliRunner().invoke(query, [sql, *at, "--json"], catch_exceptions=False).output)) > 1
    assert CliRunner().invoke(explain, [number, *at], catch_exceptions=False).exit_code == 0
