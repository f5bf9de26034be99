"""A refresh under bad input, crashes and repetition: the last edition stands, nothing in landing changes."""

import datetime as dt
import fcntl
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import edition, gate, past, workspace
from pipelines.refresh import refresh
from pipelines.staged import attach
from pipelines.warehouse import connect
from sources.contract import agencies
from sources.errors import DeliveryError, EditionError, WorkspaceError
from sources.synthetic import generate
from tests.world import collection, digests, quick_workspace
from transforms.model import count

FIXTURES = Path(__file__).parents[1] / "fixtures"
FIRST, SECOND = "2018-08-31", "2018-09-30"


@pytest.fixture
def made(tmp_path):
    """A workspace with one delivery of the collection."""
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / FIRST)
    return made


@pytest.fixture
def refreshed(one, tmp_path):
    """A copy of a workspace with one delivery of the collection and its edition."""
    return workspace.Workspace(shutil.copytree(one.root, tmp_path / "refreshed", symlinks=True))


def test_damaged_delivery_changes_no_number_and_strict_stops(one, held, tmp_path):
    made, outcome = workspace.Workspace(shutil.copytree(held[0].root, tmp_path / "w", symlinks=True)), held[1]
    assert outcome.exit_code == 2
    assert 'htd/defendants: column "charge_date"' in outcome.held[0].reason
    collection(tmp_path / "sent" / "htd" / FIRST)
    collection(tmp_path / "sent" / "htd" / SECOND, drop="charge_date")
    assert digests(made.landing) == digests(tmp_path / "sent"), "landing was touched"
    good, last = one.current(), made.current()
    assert last.name != good.name
    tables = [digests(folder / "tables") for folder in (good, last)]
    assert tables[0]["cells.parquet"] == tables[1]["cells.parquet"]
    (made.landing / "htd" / SECOND).rename(made.landing / "htd" / "2018-10-31")
    for nth in ("with news", "with nothing new"):
        with pytest.raises(DeliveryError, match=r"htd: delivery 2018-10-31 is held: .*charge_date.* Send the agency"):
            refresh(made, strict=True)
        assert made.current() == last, nth


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


def test_marts_of_an_earlier_day_leave_the_warehouse_of_a_past_view_alone(made):
    collection(made.landing / "htd" / SECOND, seed=2, n_cases=90)
    gate.receive(made, agencies()["htd"])
    first, last = (replace(made, as_of=dt.date.fromisoformat(day)) for day in (FIRST, SECOND))
    with connect(last) as con:
        attach(con, last, edition.listed(last))
        marts = past.supposed(made, edition.listed(first))
        assert count(con, "staging.case_record") == 90
    with duckdb.connect() as con:
        assert count(con, f"'{marts['mart.case_facts']}'") == 60
    assert last.warehouse.is_file()


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


def received(made):
    """The receipts of the collection, after the gate alone; they say which edition a refresh makes."""
    agency = agencies()["htd"]
    assert gate.has_news(made, agency)
    found = gate.receive(made, agency)
    assert not gate.has_news(made, agency)
    return found


def test_same_bytes_twice_are_one_delivery(made):
    shutil.copytree(made.landing / "htd" / FIRST, made.landing / "htd" / SECOND)
    assert [r.status for r in received(made)] == ["good", "repeated"]


def test_same_inputs_same_edition_to_the_byte_whatever_came_first(refreshed, tmp_path):
    """One delivery after the other, each with its edition; and both at once, of which the later one was read first."""
    made, late = refreshed, quick_workspace(tmp_path / "late")
    collection(late.landing / "htd" / SECOND, seed=2)
    received(late)
    collection(late.landing / "htd" / FIRST)
    collection(made.landing / "htd" / SECOND, seed=2)
    assert refresh(late).edition == refresh(made).edition
    assert digests(made.current()) == digests(late.current())


def test_second_refresh_is_told_to_wait(refreshed):
    with (refreshed.store / "refresh.lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(WorkspaceError, match="another refresh is running"):
            refresh(refreshed)
    assert refresh(refreshed).edition == refreshed.current().name


def test_rows_that_were_cut_off_are_read_again(refreshed):
    made = refreshed
    staged = next((made.deliveries / "htd").rglob("staged/*.parquet"))
    whole = staged.read_bytes()
    staged.write_bytes(whole[:100])
    received(made)
    assert staged.read_bytes() == whole
    assert not refresh(made).is_new


def test_changed_rules_are_judged_again_without_reading_again(refreshed, monkeypatch):
    monkeypatch.setattr("pipelines.gate.judging", lambda: "other rules")
    monkeypatch.setattr("pipelines.gate.take_in", lambda *_: pytest.fail("read again"))
    assert received(refreshed)[0].rules == "other rules"


def test_receipts_of_an_older_version_are_made_again(refreshed):
    made = refreshed
    for path in (made.deliveries / "htd").rglob("receipt*.json"):
        path.write_text(path.read_text().replace('"rules": ', '"older": '))
    assert received(made)[0].is_good
    assert not refresh(made).is_new


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
    (held,) = gate.receive(made, agencies()["eousa"])
    assert held.status == "held"
    assert all(word in held.reason for word in ("GS_CASE", "RECVD_DATE", "README"))
