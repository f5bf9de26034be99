"""A run keeps a small warehouse open between its steps: each still has it as if it had opened it alone."""

import subprocess
import sys

import duckdb
import pytest

from pipelines import warehouse
from pipelines.warehouse import connect, kept_open
from sources.errors import WorkspaceError
from tests.world import quick_workspace


def _is_free(path):
    """Whether another process may write."""
    code = f"import duckdb; duckdb.connect({str(path)!r}).close()"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.fixture
def made(tmp_path):
    return quick_workspace(tmp_path / "w")


def test_steps_share_tables_and_nothing_else(made):
    with kept_open(made):
        with connect(made) as con:
            con.execute("create table a as select 1 as n")
            con.execute("create temp table b as select 2 as n")
        with connect(made) as con:
            assert con.execute("select n from a").fetchone() == (1,)
            with pytest.raises(duckdb.CatalogException):
                con.execute("from b")


def test_a_step_that_fails_within_a_transaction_leaves_nothing(made):
    with kept_open(made):
        with pytest.raises(RuntimeError), connect(made) as con:
            con.execute("begin")
            con.execute("create table a as select 1 as n")
            raise RuntimeError
        with connect(made) as con, pytest.raises(duckdb.CatalogException):
            con.execute("from a")


def test_a_small_warehouse_is_held_to_the_end_of_the_run_and_a_large_one_to_the_end_of_the_step(made, monkeypatch):
    with kept_open(made):
        with connect(made) as con:
            con.execute("create table a as from range(100)")
        assert not _is_free(made.warehouse)
        monkeypatch.setattr(warehouse, "SMALL", 0)
        with connect(made) as con:
            con.execute("from a")
        assert _is_free(made.warehouse)
        with connect(made) as con:
            assert len(con.execute("from a").fetchall()) == 100
    assert _is_free(made.warehouse)


@pytest.mark.parametrize("damaged", [lambda _: b"not a database", lambda data: data[:5000]], ids=["other", "cut"])
def test_a_damaged_warehouse_is_set_aside_and_an_empty_one_takes_its_place(made, damaged):
    with connect(made) as con:
        con.execute("create table a as from range(100000)")
    data = damaged(made.warehouse.read_bytes())
    made.warehouse.write_bytes(data)
    with pytest.raises(WorkspaceError, match="Make it again: palermo refresh"), connect(made, read_only=True):
        pass
    with connect(made) as con, pytest.raises(duckdb.CatalogException):
        con.execute("from a")
    assert data in [path.read_bytes() for path in made.store.iterdir() if path.is_file()]


def test_what_a_step_may_reach_is_the_same(made, tmp_path):
    (tmp_path / "outside.csv").write_text("n\n1\n")
    with kept_open(made), connect(made), connect(made) as con, pytest.raises(duckdb.Error):
        con.execute(f"from read_csv('{tmp_path / 'outside.csv'}')")
