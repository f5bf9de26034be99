"""Over a hundred hostile deliveries: each meets its verdict, none crashes, and no message holds a value."""

import hashlib
import logging
import re
from pathlib import Path

import duckdb
import pytest

from sources import source_file
from sources.contract import agencies
from sources.errors import DeliveryError, PalermoError, UnfinishedError, WorkspaceError
from sources.landing import candidates, passed_over, read_delivery
from sources.readers import keyed_hash
from tests.integration.hostile import NAME, PLANTED, Case, put, row, text
from tests.integration.hostile_cases import CASES, GOOD
from transforms import intake, stream
from transforms.intake import Intake, take_in


def receive(agency_key: str, landing: Path, out: Path) -> tuple[str, str, Intake | None]:
    """Verdict, words and intake of the one thing in a drop folder; only errors of ours are caught."""
    agency = agencies()[agency_key]
    found = candidates(agency, landing)
    if not found:
        return "waits", "; ".join(passed_over(agency, landing).values()), None
    [(name, root, paths)] = found
    try:
        delivery = read_delivery(agency, name, root, paths)
        with duckdb.connect() as con:
            return "taken", "", take_in(con, agency, delivery, out, keyed_hash(b"k"))
    except UnfinishedError as error:
        return "waits", str(error), None
    except DeliveryError as error:
        return "held", str(error), None


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def landing(tmp_path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_delivery_meets_its_verdict(case: Case, landing, tmp_path, caplog, capfd, monkeypatch):
    caplog.set_level(logging.DEBUG)
    case.make(landing)
    before = digests(landing)
    verdict, words, found = receive(case.agency, landing, tmp_path / "out")
    assert verdict == case.verdict, words
    assert digests(landing) == before
    printed = "".join(capfd.readouterr())
    assert PLANTED not in words + caplog.text + printed
    if found is None:
        assert re.search(case.says, words), words
        assert words.rstrip().endswith((".", "it in")), "a message ends with the next step"
        return
    parts = [found.total(fate) for fate in ("staged", "quarantined", "skipped")]
    assert found.total("read") == sum(parts)
    counts: dict[str, int] = {}
    for why in found.why.values():
        for rule, n in why.items():
            counts[rule] = counts.get(rule, 0) + n
    assert case.staged in (None, parts[0])
    for rule, n in case.rules.items():
        assert counts.get(rule, 0) == n, counts
    if case.agency == "fbi":
        assert counts == {rule: n for rule, n in case.rules.items() if n}


def test_there_are_over_sixty_and_each_has_a_name_of_its_own():
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_a_delivery_that_changes_after_it_was_hashed_waits(landing, tmp_path):
    agency = agencies()["fbi"]
    put(GOOD)(landing)
    delivery = read_delivery(agency, NAME, landing, [landing / NAME])
    put(text(row(1), row(2), row(3)))(landing)
    with duckdb.connect() as con, pytest.raises(UnfinishedError, match="changed while it was read"):
        take_in(con, agency, delivery, tmp_path / "out", keyed_hash(b"k"))


def test_a_delivery_that_is_sent_again_with_other_bytes_is_another_delivery(landing):
    agency = agencies()["fbi"]
    keys = []
    for data in (GOOD, GOOD, text(row(1))):
        put(data)(landing)
        keys.append(read_delivery(agency, NAME, landing, [landing / NAME]).key)
    assert keys[0] == keys[1] != keys[2]


def test_a_file_that_is_still_growing_waits(landing, tmp_path, monkeypatch):
    put(GOOD)(landing)
    real = source_file.sha256

    def growing(path: Path) -> str:
        digest = real(path)
        path.write_bytes(path.read_bytes() + b"more\n")
        return digest

    monkeypatch.setattr(source_file, "sha256", growing)
    verdict, words, _ = receive("fbi", landing, tmp_path / "out")
    assert (verdict, "still being written" in words) == ("waits", True)


def test_a_file_without_read_permission_is_held_in_words(landing, tmp_path, monkeypatch):
    put(GOOD)(landing)

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(source_file, "sha256", refuse)
    verdict, words, _ = receive("fbi", landing, tmp_path / "out")
    assert (verdict, "Give this user read access" in words) == ("held", True)


@pytest.mark.parametrize("where", ["raw", "staged"])
def test_a_full_disk_stops_in_words(landing, tmp_path, monkeypatch, where):
    put(GOOD)(landing)

    def full(*_args, **_kwargs):
        if where == "raw":
            raise OSError(28, f"No space left on device: {PLANTED}")
        raise duckdb.IOException(f"IO Error: Could not write: No space left on device: {PLANTED}")

    monkeypatch.setattr(*((intake, "stage") if where == "staged" else (stream, "pieces")), full)
    with pytest.raises(WorkspaceError, match=r"the disk is full\. Make room") as caught:
        receive("fbi", landing, tmp_path / "out")
    assert PLANTED not in str(caught.value)


def test_an_error_of_the_machine_is_told_without_what_it_quotes(landing, tmp_path, monkeypatch):
    put(GOOD)(landing)

    def broken(*_args, **_kwargs):
        raise duckdb.ConversionException(f'Could not convert string "{PLANTED}" to INT32')

    monkeypatch.setattr(intake, "stage", broken)
    verdict, words, _ = receive("fbi", landing, tmp_path / "out")
    assert (verdict, PLANTED in words) == ("held", False)


def test_every_error_is_one_of_ours():
    assert issubclass(DeliveryError, PalermoError)
    assert issubclass(UnfinishedError, DeliveryError)
