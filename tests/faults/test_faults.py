"""Faults of the machine: a kill, a full disk, lost permissions, damaged files, two at once, a clock that moved."""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from sources.errors import WorkspaceError
from tests.faults.harness import content
from tests.world import collection, digests

ROOT = Path(__file__).parents[2]
REFRESH = [sys.executable, "-m", "pipelines.cli", "refresh"]


@pytest.fixture
def made(one, tmp_path):
    """A workspace with one edition and a delivery that has just arrived."""
    made = Workspace(Path(shutil.copytree(one.root, tmp_path / "w", symlinks=True)))
    collection(made.landing / "htd" / "2018-09-30", seed=2)
    return made


bound = pytest.mark.skipif(
    os.geteuid() == 0 and not Path("/usr/bin/setpriv").exists(), reason="root can read and write anywhere"
)


def _without_rights(args):
    """Run as a user whom the rights of files bind: root is one without its capabilities."""
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    return subprocess.run([*drop, *args], cwd=ROOT, capture_output=True, text=True, timeout=300, env=os.environ)


def command(made, **options):
    return subprocess.run([*REFRESH, made.root], cwd=ROOT, capture_output=True, text=True, timeout=300, **options)


@pytest.mark.slow
def test_killed_at_any_change_and_refreshed_again_nothing_is_lost():
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults.harness", "--kills", "10"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]


@pytest.mark.slow
def test_full_disk_leaves_the_last_edition_and_the_next_refresh_completes(made):
    before = content(made.root)

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    run = command(made, preexec_fn=small)
    assert run.returncode == 1, run.stdout
    assert "a file grew past what this system allows" in run.stderr
    assert content(made.root) == before
    assert refresh(made).is_new
    assert content(made.root) != before


@bound
def test_store_that_cannot_be_written_is_said_so(made, tmp_path):
    before = content(made.root), digests(made.store)
    made.store.chmod(0o500)
    run = _without_rights([*REFRESH, made.root])
    made.store.chmod(0o700)
    assert run.returncode == 1, run.stdout
    assert f"{made.store}: this user cannot write here" in run.stderr
    assert (content(made.root), digests(made.store)) == before


@bound
def test_a_warehouse_that_may_not_be_read_is_not_taken_for_a_damaged_one(made):
    before = made.warehouse.read_bytes()
    made.warehouse.chmod(0)
    run = _without_rights([*REFRESH, made.root])
    made.warehouse.chmod(0o600)
    assert run.returncode == 1, run.stdout
    assert "cannot be read or written by this user" in run.stderr
    assert made.warehouse.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("content_of", [b"", b"not a database", None])
def test_damaged_warehouse_is_made_again(made, content_of):
    made.warehouse.write_bytes(made.warehouse.read_bytes()[:5000] if content_of is None else content_of)
    assert refresh(made).is_new
    assert content(made.root)


def test_damaged_staged_rows_are_named_and_read_again_and_a_damaged_manifest_is_no_edition(made):
    shutil.rmtree(made.landing / "htd" / "2018-09-30")
    before = content(made.root)
    staged = next((made.deliveries / "htd").rglob("staged/*.parquet"))
    data = bytearray(staged.read_bytes())
    data[len(data) // 4 : len(data) // 2] = b"\0" * (len(data) // 2 - len(data) // 4)
    staged.write_bytes(bytes(data))
    (made.current() / "manifest.json").write_text("{")
    with pytest.raises(WorkspaceError, match=r"staged rows of htd 2018-08-31 were damaged .* refresh again"):
        refresh(made)
    assert refresh(made).is_new
    assert content(made.root) == before


@pytest.mark.slow
def test_two_at_once_one_is_told_to_wait(made):
    runs = [
        subprocess.Popen([*REFRESH, made.root], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [run.communicate(timeout=300)[1] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 1])
    if codes == [0, 1]:
        assert any("another refresh is running" in words for words in said)
    assert content(made.root)


def test_clock_that_moved_changes_no_figure(made, monkeypatch):
    real = time.time
    shutil.rmtree(made.landing / "htd" / "2018-09-30")
    before = content(made.root)
    monkeypatch.setattr(time, "time", lambda: real() - 10 * 365 * 86400)
    assert not refresh(made).is_new
    assert content(made.root) == before
