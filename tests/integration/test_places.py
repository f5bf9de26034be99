"""Where a workspace may lie: a path that is a pattern to readers of Parquet is refused, any other is only a name."""

import shutil

import pytest

from pipelines.commands.query import answered, opened
from pipelines.machine import TROUBLE
from pipelines.refresh import refresh
from pipelines.staged import unreadable
from pipelines.workspace import find, init
from sources.errors import WorkspaceError
from tests.world import collection, quick_workspace


@pytest.mark.parametrize("name", ["ws*", "ws[1]", "ws?x", "fy=2026"])
def test_a_path_that_is_a_pattern_is_refused_before_anything_is_made(tmp_path, monkeypatch, name):
    place = tmp_path / name / "w"
    for ask in (lambda: init(place), lambda: find(str(place))):
        with pytest.raises(WorkspaceError, match=r"is a pattern .* Move or rename the folder"):
            ask()
    assert not place.exists()
    quick_workspace(tmp_path / "w").root.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path / name)
    with pytest.raises(WorkspaceError, match="is a pattern"):
        find()


def test_any_other_name_is_only_a_name(tmp_path):
    made = quick_workspace(tmp_path / 'o\'brien {b} "c" ]1, 100% & é')
    collection(made.landing / "htd" / "2018-08-31")
    collection(made.landing / "htd" / "2018-09-30", seed=2)
    assert refresh(made).exit_code == 0
    assert "changes" in answered(opened(made.current()), "tables")


def test_a_query_reads_its_own_edition_and_none_beside_it(one, tmp_path):
    ours, beside = tmp_path / "r[1]" / "e", tmp_path / "r1" / "e"
    for folder in (ours, beside):
        shutil.copytree(one.current() / "tables", folder / "tables")
    (beside / "tables" / "cells.parquet").write_bytes(b"not ours")
    asked = "select count(*) from cells"
    assert answered(opened(ours), asked, "csv") == answered(opened(one.current()), asked, "csv")


def test_rows_that_the_machine_refuses_are_not_called_damaged(one, monkeypatch):
    path = next(one.deliveries.rglob("staged/*.parquet"))
    assert unreadable(one.root, [path]) == []
    monkeypatch.setitem(TROUBLE, "parquet", "a word of any message of DuckDB")
    with pytest.raises(Exception, match=r"\.parquet"):
        unreadable(one.root, [path.with_name("gone.parquet")])
    with pytest.raises(Exception, match="file system operations are disabled"):
        unreadable(one.root / "landing", [path])
