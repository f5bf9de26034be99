"""A refresh under bad input, crashes and repetition: the last edition stands, nothing in landing changes."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import receipt, workspace
from pipelines.refresh import alone, refresh
from sources.errors import EditionError, WorkspaceError
from sources.synthetic import generate

SMALL = 0.02


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exports")
    generate(out, scale=SMALL)
    return out / "landing"


@pytest.fixture
def made(tmp_path, world):
    """A workspace with the first LIONS dump only; `land` adds more."""
    made = workspace.init(tmp_path / "w", is_invented=True)
    land(made, world, "eousa", "2026-07-31")
    return made


def land(made, world, agency, name):
    found = world / agency / name
    if found.is_dir():
        shutil.copytree(found, made.landing / agency / name)
    else:
        shutil.copy2(found, made.landing / agency / name)


def test_same_inputs_same_edition_to_the_byte(made, tmp_path):
    other = workspace.init(tmp_path / "other", is_invented=True)
    shutil.copytree(made.landing, other.landing, dirs_exist_ok=True)
    first, second = refresh(made), refresh(other)
    assert first.edition == second.edition
    assert digests(made.editions / first.edition) == digests(other.editions / second.edition)


def test_landing_is_never_touched(made, world):
    land(made, world, "hsi", "hsi_cases_2026-09-30.xlsx")
    before = digests(made.landing)
    refresh(made)
    assert digests(made.landing) == before


def test_damaged_delivery_changes_no_number_and_strict_stops(made, world):
    refresh(made)
    good = made.current()
    bad = made.landing / "eousa" / "2026-08-31"
    shutil.copytree(world / "eousa" / "2026-08-31", bad)
    readme = bad / "DISK01" / "README.TXT"
    text = readme.read_text("latin-1")
    readme.write_text("\n".join(line for line in text.splitlines() if not line.startswith("RECVD_DATE")), "latin-1")
    outcome = refresh(made)
    assert outcome.exit_code == 2
    (held,) = outcome.held
    assert "RECVD_DATE" in held.reason and "GS_CASE" in held.reason and "README" in held.reason
    before, after = digests(good / "tables"), digests(made.current() / "tables")
    assert before["cells.parquet"] == after["cells.parquet"]
    before_strict = made.current()
    bad.rename(made.landing / "eousa" / "2026-08-30")
    with pytest.raises(Exception, match="held"):
        refresh(made, strict=True)
    assert made.current() == before_strict


def test_no_good_delivery_is_an_error_and_not_a_zero(tmp_path):
    with pytest.raises(EditionError, match="No agency has a good delivery"):
        refresh(workspace.init(tmp_path / "empty"))


def test_same_bytes_twice_are_one_delivery(made):
    shutil.copytree(made.landing / "eousa" / "2026-07-31", made.landing / "eousa" / "2026-08-15")
    outcome = refresh(made)
    assert [r.status for r in outcome.receipts["eousa"]] == ["good", "repeated"]


def test_arrival_order_changes_nothing(made, world, tmp_path):
    late = workspace.init(tmp_path / "late", is_invented=True)
    for name in ("2026-08-31", "2026-09-30"):
        land(late, world, "eousa", name)
    refresh(late)
    land(late, world, "eousa", "2026-07-31")
    for name in ("2026-08-31", "2026-09-30"):
        land(made, world, "eousa", name)
        refresh(made)
    assert refresh(late).edition == made.current().name
    assert digests(made.current() / "tables") == digests(late.current() / "tables")


def test_second_refresh_is_told_to_wait(made):
    with alone(made), pytest.raises(WorkspaceError, match="another refresh is running"):
        refresh(made)


def test_killed_refresh_leaves_the_last_edition_and_the_next_completes(made, world, tmp_path):
    refresh(made)
    edition, content = made.current(), digests(made.current())
    calm = tmp_path / "calm"
    shutil.copytree(made.root, calm, symlinks=True)
    land(made, world, "eousa", "2026-08-31")
    code = f"from pipelines.workspace import Workspace; from pathlib import Path; from pipelines.refresh import refresh; refresh(Workspace(Path({str(made.root)!r})))"
    for wait in (1.0, 3.0, 5.0):
        run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert (made.report / "index.html").is_file()
        assert digests(edition) == content
    final = refresh(made)
    undisturbed = workspace.Workspace(calm)
    shutil.copytree(world / "eousa" / "2026-08-31", undisturbed.landing / "eousa" / "2026-08-31")
    assert refresh(undisturbed).edition == final.edition
    assert digests(undisturbed.current() / "tables") == digests(made.current() / "tables")


def test_key_that_others_can_read_is_refused(made):
    (made.store / "hash.key").chmod(0o644)
    with pytest.raises(WorkspaceError, match="others can read the key"):
        refresh(made)


def test_workspace_is_private(made):
    assert oct(os.stat(made.store).st_mode)[-2:] == "00"


def test_identifiers_are_hashed_before_raw(made, world):
    land(made, world, "fbi", "fbi_cases_2026-07-31.csv")
    refresh(made)
    text = (world / "fbi" / "fbi_cases_2026-07-31.csv").read_text()
    reference = text.splitlines()[1].split(",")[1].encode()
    assert reference in text.encode()
    leaks = [p for p in made.store.rglob("*") if p.is_file() and reference in p.read_bytes()]
    leaks += [p for p in made.editions.rglob("*") if p.is_file() and reference in p.read_bytes()]
    assert leaks == []
    good = receipt.listed(made.deliveries / "fbi")[0]
    assert good.status == "good"
