"""What is damaged in a workspace is made again by a refresh, or named with its place and what to do."""

import shutil
import struct
import subprocess
import sys

import duckdb
import pytest
from click.testing import CliRunner

from pipelines import edition, kept
from pipelines.commands.explain import explain
from pipelines.refresh import refresh
from pipelines.warehouse import connect, is_damaged
from pipelines.workspace import Workspace
from sources.errors import EditionError, TransientError, WorkspaceError
from tests.world import collection, digests

NUMBER = "htd/defendants_charged/listed/ALL/FY2012"


@pytest.fixture
def made(one, tmp_path):
    """A workspace with one edition."""
    return Workspace(shutil.copytree(one.root, tmp_path / "w", symlinks=True))


def _warehouse(made):
    made.warehouse.unlink()
    duckdb.connect(made.warehouse).close()


def _table(made):
    path = made.current() / "tables" / "cells.parquet"
    path.write_bytes(path.read_bytes()[:100])


def _page(made):
    (made.current() / "site" / "trends.html").unlink()


@pytest.mark.parametrize("harm", [_warehouse, _table, _page], ids=lambda harm: harm.__name__.strip("_"))
def test_without_news_a_refresh_makes_again_what_is_damaged(made, harm):
    before = digests(made.current())
    harm(made)
    assert refresh(made).is_new
    assert digests(made.current()) == before
    assert kept.stands(made, edition.listed(made))
    assert not refresh(made).is_new


def test_an_edition_is_whole_by_its_hashes_and_its_pages(made):
    table, page = made.current() / "tables" / "cells.parquet", made.current() / "site" / "methods.html"
    data = table.read_bytes()
    for harm, mend in (
        (lambda: table.write_bytes(data[:-9] + b"x" + data[-8:]), lambda: table.write_bytes(data)),
        (table.unlink, lambda: table.write_bytes(data)),
        (lambda: page.write_bytes(b""), lambda: page.write_bytes(b"x")),
        (page.unlink, lambda: page.write_bytes(b"x")),
    ):
        assert edition.is_whole(made.current())
        harm()
        assert not edition.is_whole(made.current())
        mend()


def test_a_number_is_explained_again_after_the_warehouse_was_lost(made):
    asked = [NUMBER, "--workspace", str(made.root)]
    before = CliRunner().invoke(explain, asked, standalone_mode=False).output
    made.warehouse.write_bytes(b"x" * 5000)
    refused = CliRunner().invoke(explain, asked, standalone_mode=False).exception
    assert isinstance(refused, WorkspaceError) and "palermo refresh" in str(refused)
    refresh(made)
    assert "Defendants charged" in before and CliRunner().invoke(explain, asked, standalone_mode=False).output == before


def test_a_warehouse_of_which_a_table_cannot_be_read_is_put_out_of_the_way(made, monkeypatch):
    whole = made.warehouse.read_bytes()
    assert not is_damaged(made)
    for block in range(12288, len(whole), 262144):  # one that holds rows, and nothing that is read to open the file
        made.warehouse.write_bytes(whole[: block + 64] + bytes(64) + whole[block + 128 :])
        if is_damaged(made):
            break
    assert is_damaged(made)
    collection(made.landing / "htd" / "2018-09-30", seed=2)

    def read(*_, **__):
        raise duckdb.IOException("what a step says that reads the block")

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.refresh._run", read)
        with pytest.raises(WorkspaceError, match=r"tables of the warehouse were damaged .* Run palermo refresh again"):
            refresh(made)
    assert refresh(made).is_new and (made.store / "warehouse.duckdb.damaged-1").is_file()


def test_each_damaged_warehouse_is_kept_and_told(made, capsys):
    for nth in (1, 2):
        made.warehouse.write_bytes(bytes([nth]) * 5000)
        with connect(made):
            pass
        assert f"kept as warehouse.duckdb.damaged-{nth} and made again" in capsys.readouterr().err
        assert (made.store / f"warehouse.duckdb.damaged-{nth}").read_bytes() == bytes([nth]) * 5000


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_is_kept_and_told_too(made, capsys, kind):
    made.warehouse.unlink()
    made.warehouse.mkdir() if kind == "folder" else made.warehouse.symlink_to("/gone/away.duckdb")
    with connect(made) as con:
        con.execute("select 1")
    assert "damaged-1" in capsys.readouterr().err and made.warehouse.is_file()


def test_a_warehouse_of_a_newer_duckdb_is_left_where_it_is(made):
    data = bytearray(made.warehouse.read_bytes())
    data[12:20] = struct.pack("<Q", 1000)
    sums = 5381
    for (word,) in struct.iter_unpack("<Q", data[8:4096]):
        sums ^= word * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    data[:8] = struct.pack("<Q", sums)
    made.warehouse.write_bytes(data)
    for is_read_only in (True, False):
        words = r"made by a newer DuckDB .* move the file away"
        with pytest.raises(WorkspaceError, match=words), connect(made, read_only=is_read_only):
            pass
    assert made.warehouse.read_bytes() == data


def test_another_program_that_holds_the_warehouse_is_called_so(made):
    code = f"import duckdb; con = duckdb.connect({str(made.warehouse)!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(TransientError, match="another program is using the warehouse"), connect(made):
            pass
        assert not refresh(made).is_new
        other.stdin.close()


def test_a_folder_where_the_report_goes_is_left_alone_and_nothing_is_begun(made):
    collection(made.landing / "htd" / "2018-09-30", seed=2)
    before = sorted(made.editions.iterdir())
    made.report.unlink()
    (made.report / "mine").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match=r"report: no link .* Move it away"):
        refresh(made)
    assert (made.report / "mine").is_dir() and sorted(made.editions.iterdir()) == before
    assert not (made.root / ".report.part").is_symlink()


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"[]", b"{}", b'{"tables": []}', b'{"tables": {"cells": 1}}', b""])
def test_a_damaged_manifest_is_named_and_made_again(made, data):
    path, before = made.current() / "manifest.json", (made.current() / "manifest.json").read_bytes()
    path.write_bytes(data)
    with pytest.raises(EditionError, match=r"manifest\.json: missing or damaged\. palermo refresh"):
        edition.read(made.current())
    assert not edition.is_whole(made.current())
    if data == b"[]":
        assert refresh(made).is_new and path.read_bytes() == before
