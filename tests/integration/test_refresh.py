"""A refresh under bad input, crashes and repetition: the last edition stands, nothing in landing changes."""

import fcntl
import shutil
from pathlib import Path

import pytest

from pipelines import edition, gate, receipt, workspace
from pipelines.refresh import refresh
from sources.contract import agencies
from sources.errors import EditionError, WorkspaceError
from sources.synthetic import generate
from tests.world import collection, digests, quick_workspace

FIXTURES = Path(__file__).parents[1] / "fixtures"
FIRST, SECOND = "2018-08-31", "2018-09-30"


@pytest.fixture
def made(tmp_path):
    """A workspace with one delivery of the collection."""
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / FIRST)
    return made


@pytest.fixture(scope="module")
def edition_of_one(tmp_path_factory):
    """A workspace with one delivery of the collection and its edition."""
    made = quick_workspace(tmp_path_factory.mktemp("one") / "w")
    collection(made.landing / "htd" / FIRST)
    assert refresh(made).exit_code == 0
    return made


@pytest.fixture
def refreshed(edition_of_one, tmp_path):
    """A copy of it."""
    return workspace.Workspace(shutil.copytree(edition_of_one.root, tmp_path / "refreshed", symlinks=True))


def test_same_inputs_same_edition_to_the_byte(refreshed, made):
    assert refresh(made).edition == refreshed.current().name
    assert digests(made.current()) == digests(refreshed.current())


def test_damaged_delivery_changes_no_number_and_strict_stops(refreshed):
    made = refreshed
    good = made.current()
    collection(made.landing / "htd" / SECOND, seed=2, drop="charge_date")
    before = digests(made.landing)
    outcome = refresh(made)
    assert outcome.exit_code == 2
    assert 'htd/defendants: column "charge_date"' in outcome.held[0].reason
    assert digests(made.landing) == before, "landing was touched"
    assert made.current() != good
    tables = [digests(folder / "tables") for folder in (good, made.current())]
    assert tables[0]["cells.parquet"] == tables[1]["cells.parquet"]
    last = made.current()
    (made.landing / "htd" / SECOND).rename(made.landing / "htd" / "2018-10-31")
    with pytest.raises(Exception, match="held"):
        refresh(made, strict=True)
    assert made.current() == last


def test_no_good_delivery_is_an_error_and_not_a_zero(tmp_path):
    with pytest.raises(EditionError, match="No agency has a good delivery"):
        refresh(quick_workspace(tmp_path / "empty"))


def test_deliveries_that_no_metric_counts_are_an_error_that_says_which_would_be(tmp_path):
    made = quick_workspace(tmp_path / "courts")
    shutil.copytree(FIXTURES / "fjc" / "2026-09-30", made.landing / "fjc" / "2026-09-30")
    with pytest.raises(EditionError, match=r"deliveries of Courts \(FJC\), and no metric counts .* EOUSA"):
        refresh(made)
    assert made.current() is None


def test_an_edition_that_is_made_again_is_never_gone(made):
    name = "2018-08-31-0123abcd"
    for place in (made.editions / name, edition.draft(made, name)):
        (place / "site").mkdir(parents=True)
        (place / "site" / "index.html").write_text(place.name)
        (place / "manifest.json").write_text('{"tables": {}}')
    first = made.editions / name / "site" / "index.html"
    edition.publish(made, name)
    assert first.read_text() == name and not edition.draft(made, name).exists()
    assert (made.report / "index.html").read_text() == name


def test_a_delivery_that_is_renamed_is_known_by_its_new_name_and_not_read_again(tmp_path):
    made, htd = quick_workspace(tmp_path / "w"), agencies()["htd"]
    collection(made.landing / "htd" / FIRST, drop="charge_date")
    (old,) = gate.receive(made, htd)
    sheets = set(made.returns.rglob("*_return.*"))
    (made.landing / "htd" / FIRST).rename(made.landing / "htd" / f"{FIRST}_again")
    assert gate.has_news(made, htd)
    (new,) = gate.receive(made, htd)
    assert (new.name, new.key, new.status) == (f"{FIRST}_again", old.key, "held")
    assert not gate.has_news(made, htd)
    assert sheets and not sheets & set(made.returns.rglob("*_return.*"))
    assert len(set(made.returns.rglob("*_return.*"))) == len(sheets)


def test_same_bytes_twice_are_one_delivery(made):
    shutil.copytree(made.landing / "htd" / FIRST, made.landing / "htd" / SECOND)
    assert [r.status for r in refresh(made).receipts["htd"]] == ["good", "repeated"]


def test_arrival_order_changes_nothing(refreshed, tmp_path):
    made, late = refreshed, quick_workspace(tmp_path / "late")
    collection(late.landing / "htd" / SECOND, seed=2)
    refresh(late)
    collection(late.landing / "htd" / FIRST)
    collection(made.landing / "htd" / SECOND, seed=2)
    assert refresh(late).edition == refresh(made).edition
    assert digests(made.current() / "tables") == digests(late.current() / "tables")


def test_second_refresh_is_told_to_wait(made):
    with (made.store / "refresh.lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(WorkspaceError, match="another refresh is running"):
            refresh(made)
    assert refresh(made).is_new


def test_rows_that_were_cut_off_are_read_again(refreshed):
    made, name = refreshed, refreshed.current().name
    content = digests(made.current())
    staged = next((made.deliveries / "htd").rglob("staged/*.parquet"))
    staged.write_bytes(staged.read_bytes()[:100])
    assert refresh(made).edition == name
    assert digests(made.current()) == content
    assert staged.stat().st_size > 100


def test_changed_rules_are_judged_again_without_reading_again(refreshed, monkeypatch):
    monkeypatch.setattr("pipelines.gate.judging", lambda: "other rules")
    monkeypatch.setattr("pipelines.gate.take_in", lambda *_: pytest.fail("read again"))
    assert refresh(refreshed).receipts["htd"][0].rules == "other rules"


def test_receipts_of_an_older_version_are_made_again(refreshed):
    made, name = refreshed, refreshed.current().name
    for path in (made.deliveries / "htd").rglob("receipt*.json"):
        path.write_text(path.read_text().replace('"rules": ', '"older": '))
    assert refresh(made).edition == name
    assert receipt.listed(made.deliveries / "htd")[0].is_good


def test_key_that_others_can_read_is_refused(made):
    (made.store / "hash.key").chmod(0o644)
    with pytest.raises(WorkspaceError, match="others can read the key"):
        refresh(made)


def test_workspace_is_private(made):
    assert made.store.stat().st_mode & 0o077 == 0


def test_unknown_setting_is_refused_by_name(made):
    (made.root / "palermo.toml").write_text("treshold = 5\n")
    with pytest.raises(WorkspaceError, match="treshold"):
        refresh(workspace.Workspace(made.root))


def test_lions_readme_without_a_needed_column_is_named(made, tmp_path):
    generate(tmp_path / "exports", scale=0.005, n_deliveries=2)
    dump = shutil.copytree(
        tmp_path / "exports" / "landing" / "eousa" / "2026-08-31", made.landing / "eousa" / "2026-08-31"
    )
    readme = dump / "DISK01" / "README.TXT"
    kept = [line for line in readme.read_text("latin-1").splitlines() if not line.startswith("RECVD_DATE")]
    readme.write_text("\n".join(kept), "latin-1")
    (held,) = refresh(made).held
    assert all(word in held.reason for word in ("GS_CASE", "RECVD_DATE", "README"))
