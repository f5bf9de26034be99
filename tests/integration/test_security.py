"""What stands against the threats of docs/security.md and is not tested where it is built."""

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse import connect, scratch
from tests.world import quick_workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '/tmp/palermo-outside.csv'",
        "attach '/tmp/palermo-outside.duckdb'",
        "install httpfs",
        "load httpfs",
        "select * from read_parquet('https://example.org/x.parquet')",
        "set enable_external_access = true",
        "set allowed_directories = ['/']",
        "set lock_configuration = false",
    ],
)
def test_the_warehouse_reaches_nothing_outside_the_workspace(tmp_path, sql):
    made = quick_workspace(tmp_path / "w")
    for opened in (connect(made), scratch(made.root)):
        with opened as con, pytest.raises(duckdb.Error):
            con.execute(sql)
    assert not list(Path("/tmp").glob("palermo-outside*"))


def test_the_key_is_written_nowhere_else(made):
    key = made.key()
    found = [p for p in made.root.rglob("*") if p.is_file() and key in p.read_bytes()]
    assert found == [made.store / "hash.key"]


@pytest.mark.parametrize(("lock", "least"), [("requirements.lock", 100), ("requirements-spark.lock", 10)])
def test_every_dependency_is_pinned_with_hashes(lock, least):
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert "://" not in text
    assert len(entries) > least
    assert [e.split()[0] for e in entries if "==" not in e or "--hash=sha256:" not in e] == []


def test_every_test_that_the_threat_model_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text()))
    known = {n for p in (ROOT / "tests").rglob("test_*.py") for n in re.findall(r"def (test_\w+)", p.read_text())}
    assert len(named) > 20
    assert named - known == set()
