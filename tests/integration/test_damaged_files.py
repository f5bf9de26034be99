"""Small files that are damaged: one that can be made again is, any other is named with its place and what to do."""

import json
import shutil

import pytest

from pipelines import edition, linking, receipt, releases
from pipelines.hashes import Hashes
from pipelines.refresh import refresh
from pipelines.workspace import KEY_VARIABLE, Workspace, init
from sources.errors import DefinitionError, EditionError, WorkspaceError

BINARY = b"\xff\xfe\x00\x01"


@pytest.fixture
def made(one, tmp_path):
    """A workspace with one edition."""
    return Workspace(shutil.copytree(one.root, tmp_path / "w", symlinks=True))


@pytest.fixture
def released(left, tmp_path):
    """A workspace with one release."""
    return Workspace(shutil.copytree(left[0].root, tmp_path / "w", symlinks=True))


OTHER = (BINARY, b"", b"[", b"5", b'"x"', b"{}", b"[[]]", b'[{"agency": "htd"}]')


def test_receipts_that_cannot_be_read_are_made_again(made):
    home = made.deliveries / "htd"
    paths = [home / receipt.LIST, *home.glob(f"*/{receipt.NAME}")]
    before = [path.read_bytes() for path in paths]
    as_of = before[0].replace(b"2018-08-31", b"2018-08-99")
    status = before[0].replace(b'"status": "good"', b'"status": 1')
    for data in (*OTHER, as_of, status):
        for path in paths:
            path.write_bytes(data)
        assert receipt.listed(home) == [] and receipt.read(paths[1].parent) is None
    assert not refresh(made).held
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize("data", [*OTHER, b'{"htd/2018-08-31/cases.csv": []}', b'{"htd/2018-08-31/cases.csv": "x"}'])
def test_hashes_that_cannot_be_read_are_made_anew(made, data):
    (made.store / "hashes.json").write_bytes(data)
    hashes = Hashes(made, racy=0.0)
    path = next(made.landing.rglob("cases.csv"))
    assert len(hashes(path)) == 64
    hashes.keep()
    assert list(json.loads((made.store / "hashes.json").read_bytes())) == [path.relative_to(made.landing).as_posix()]


@pytest.mark.parametrize("data", [BINARY, b"[]", b"{}", b'{"files": []}'])
@pytest.mark.parametrize("name", ["release.json", "manifest.json"])
def test_a_damaged_file_of_a_release_is_named(released, name, data):
    (path,) = released.releases.glob(f"*/{name}")
    path.write_bytes(data)
    with pytest.raises(
        EditionError, match=rf"{path.parent.name}: {name} of this release is missing or damaged.* backup"
    ):
        _ = [release.manifest for release in releases.listed(released.releases)]


@pytest.mark.parametrize("table", ["cells", "splits"])
def test_a_table_that_a_release_lost_is_named_and_never_taken_for_empty(released, table):
    (path,) = released.releases.glob(f"*/tables/{table}.parquet")
    data = path.read_bytes()
    for harm in (path.unlink, lambda: path.write_bytes(data[:50])):
        harm()
        (release,) = releases.listed(released.releases)
        with pytest.raises(EditionError, match=rf"tables/{table}.parquet of this release is missing or damaged"):
            getattr(release, table)
        path.write_bytes(data)
    assert len(getattr(release, table)) >= 0


def test_a_study_file_that_is_gone_is_named(made):
    made.study.unlink()
    for ask in (made.read_study, lambda: refresh(made)):
        with pytest.raises(DefinitionError, match=r"study\.yml: no study file\. Put it back .* palermo init"):
            ask()
    made.study.write_bytes(BINARY)
    with pytest.raises(DefinitionError, match=r"study\.yml: .*Mend the study file"):
        made.read_study()


@pytest.mark.parametrize("data", [BINARY, b'key_l,key_r,decision,decided_on\n"a\0,b,same,2026-01-01\n\xff'])
def test_decisions_that_are_no_text_are_named(made, data):
    made.link_decisions.write_bytes(data)
    with pytest.raises(WorkspaceError, match=r"linkage_decisions\.csv: no CSV in UTF-8\. Save it so"):
        linking.decisions(made)
    assert edition.identity(made, edition.listed(made)) != made.current().name
    made.link_decisions.write_bytes(b"key_l,key_r,decision,decided_on\na,b,same,2026-01-01\n")
    assert linking.decisions(made) == [("a", "b", True)]


@pytest.mark.parametrize("key", ["", "\n", "short", "k" * 31])
def test_a_short_key_is_refused_and_nothing_is_read_under_it(made, monkeypatch, key):
    made.key_file.write_text(key)
    n = len(key.strip())
    with pytest.raises(WorkspaceError, match=rf"hash\.key: a key of {n} bytes, where 32 .* backup; .* palermo init"):
        refresh(made)
    if key.strip():
        made.key_file.unlink()
        monkeypatch.setenv(KEY_VARIABLE, key)
        with pytest.raises(WorkspaceError, match=rf"{KEY_VARIABLE}: a key of {n} bytes, where 32 .* Set it to"):
            refresh(made)
    made.key_file.unlink(missing_ok=True)
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert len(init(made.root).key()) == 64
    assert made.key_file.stat().st_mode & 0o777 == 0o600
