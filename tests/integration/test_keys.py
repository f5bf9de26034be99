"""The key ring: a new key, what must be hashed anew, and that no figure moves."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipelines import gate, keys, receipt
from pipelines.commands.key import key
from pipelines.doctor import examine
from pipelines.refresh import refresh
from sources.contract import agencies
from sources.errors import WorkspaceError
from tests.world import digests

FBI = "fbi_cases_2026-09-30.csv"


@pytest.fixture
def made(made):
    """A workspace with a delivery of the FBI, whose case numbers are identifiers."""
    shutil.copy2(Path(__file__).parents[1] / "fixtures" / "fbi" / FBI, made.landing / "fbi" / FBI)
    gate.receive(made, agencies()["fbi"])
    return made


def ring(made):
    return next(s for s in examine(made) if s.name == "key ring")


def hashes(made):
    """Every hashed identifier of the FBI in the store."""
    found = (made.deliveries / "fbi").rglob("staged/cases.parquet")
    return {v for path in found for v in pq.read_table(path)["investigation_ref"].to_pylist()}


def test_a_new_key_hashes_everything_anew_from_landing(made):
    old, before, landed = made.key_id, hashes(made), digests(made.landing)
    assert ring(made).state == "well"
    told = CliRunner().invoke(key, ["rotate", str(made.root)], standalone_mode=False).output
    assert made.key_id != old
    assert "1 deliveries" in told and f"palermo key forget {old}" in told
    assert (made.retired_keys / f"{old}.key").stat().st_mode & 0o077 == made.key_file.stat().st_mode & 0o077 == 0
    assert keys.waiting(made) == [f"fbi {FBI}"]
    assert "palermo refresh reads them again" in ring(made).step
    with pytest.raises(WorkspaceError, match=f"1 deliveries are hashed under key {old}"):
        keys.forget(made, old)
    assert gate.has_news(made, agencies()["fbi"])
    gate.receive(made, agencies()["fbi"])
    assert len(before) == 2
    assert not before & hashes(made)
    assert {r.key_id for r in receipt.listed(made.deliveries / "fbi")} == {made.key_id}
    assert digests(made.landing) == landed
    assert ring(made).step == f"palermo key forget {old}"
    assert f"{old}  earlier, 0" in CliRunner().invoke(key, ["show", str(made.root)], standalone_mode=False).output
    keys.forget(made, old)
    assert ring(made).state == "well"


@pytest.mark.slow
def test_a_new_key_moves_no_figure(made):
    refresh(made)
    old, edition = made.key_id, digests(made.current())
    keys.rotate(made)
    assert refresh(made).is_new
    assert digests(made.current()) == edition
    keys.forget(made, old)
    assert not refresh(made).is_new


def test_a_key_of_the_environment_is_rotated_there(made, monkeypatch):
    monkeypatch.setenv("PALERMO_HASH_KEY", "k" * 32)
    assert keys.waiting(made) == [f"fbi {FBI}"]
    with pytest.raises(WorkspaceError, match="comes from PALERMO_HASH_KEY"):
        keys.rotate(made)
    with pytest.raises(WorkspaceError, match="No earlier key 00000000"):
        keys.forget(made, "00000000")
