"""A file of landing/ is read again unless its size, times and inode say that it is as it was."""

import json
import os

import pytest

from pipelines.hashes import Hashes
from pipelines.workspace import init
from sources.landing import sha256


@pytest.fixture
def landed(tmp_path):
    workspace = init(tmp_path / "w")
    path = workspace.landing / "fbi" / "2026-08-31.csv"
    path.write_text("one")
    return workspace, path


def later(path):
    """Wait until the file system's clock has moved on since the file was changed."""
    probe = path.with_name(".probe")
    probe.touch()
    while probe.stat().st_ctime_ns <= path.stat().st_ctime_ns:
        probe.touch()


def noted(workspace, path, **settled):
    hashes = Hashes(workspace, **settled)
    found = hashes(path)
    hashes.keep()
    return found


def forge(workspace):
    """Another hash in the place of the one that is known, so that it shows whether bytes were read."""
    place = workspace.store / "hashes.json"
    known = json.loads(place.read_text())
    place.write_text(json.dumps({name: [*mark, "known"] for name, (*mark, _) in known.items()}))


def test_a_file_that_is_as_it_was_is_not_read_again(landed):
    workspace, path = landed
    assert noted(workspace, path, racy=0) == sha256(path)
    forge(workspace)
    assert noted(workspace, path, racy=0) == "known"


@pytest.mark.parametrize("change", ["bytes", "other file", "touched"])
def test_a_file_that_was_written_to_is_read_again_though_size_and_time_are_put_back(landed, change):
    workspace, path = landed
    noted(workspace, path, racy=0)
    forge(workspace)
    later(path)
    before = path.stat()
    if change == "bytes":
        path.write_text("two")
    elif change == "other file":
        other = path.with_name("other")
        other.write_text("two")
        other.replace(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert noted(workspace, path) == sha256(path)


def test_what_has_just_been_written_is_not_believed_the_next_time(landed):
    workspace, path = landed
    noted(workspace, path)
    assert not (workspace.store / "hashes.json").exists()


def test_what_has_gone_is_forgotten_and_a_damaged_list_is_no_list(landed):
    workspace, path = landed
    noted(workspace, path, racy=0)
    (workspace.landing / "fbi" / "2026-09-30.csv").write_text("two")
    noted(workspace, workspace.landing / "fbi" / "2026-09-30.csv", racy=0)
    assert list(json.loads((workspace.store / "hashes.json").read_text())) == ["fbi/2026-09-30.csv"]
    (workspace.store / "hashes.json").write_text("{")
    assert noted(workspace, path, racy=0) == sha256(path)
