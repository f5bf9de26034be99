"""The gate with the real engines: DuckDB and Great Expectations over invented and open exports."""

import csv
import datetime as dt
import logging
import shutil
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from expectations.evidence import by_row, by_unit
from expectations.finding import CheckSpec, Finding, Previous, holds
from expectations.run import _refused, judge, specs
from expectations.suite import Check, suites
from sources.contract import agencies
from sources.errors import DefinitionError
from sources.landing import candidates, read_delivery
from sources.readers import keyed_hash
from sources.synthetic import generate
from tests.conftest import public_data
from transforms.intake import Intake, take_in

MONTHLY = ("eousa", "fbi", "hsi", "fjc", "ussc", "crt_htpu", "dol_oig")  # they send again
AGENCIES = (*MONTHLY, "dol_whd")
CHECK = Check(CheckSpec("A-001", "a", "c", "t", "delivery", "warn"), "row", "true")
SECRET = "ZXQSECRET4711"


def taken_in(landing: Path, agency: str, home: Path, n: int = 1) -> list[tuple[Path, Intake, dt.date]]:
    found = []
    for name, root, paths in candidates(agencies()[agency], landing / agency)[:n]:
        delivery = read_delivery(agencies()[agency], name, root, paths)
        folder = home / agency / delivery.key
        with duckdb.connect() as con:
            found.append(
                (folder, take_in(con, agencies()[agency], delivery, folder, keyed_hash(b"k" * 32)), delivery.as_of)
            )
    return found


def judged(agency: str, folder: Path, intake: Intake, previous: Previous | None = None) -> dict[str, Finding]:
    with duckdb.connect() as con:
        return {f"{f.contract}/{f.rule}": f for f in judge(con, agencies()[agency], folder, intake, previous)}


def previous_of(folder: Path, intake: Intake, as_of: dt.date) -> Previous:
    staged: Counter[str] = Counter()
    for tally in intake.tallies:
        staged[tally.contract] += tally.n_staged
    return Previous(folder, dict(staged), as_of)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    out = tmp_path_factory.mktemp("clean")
    generate(out, scale=0.06, dirt=False, n_deliveries=2)  # every month has news, some districts 20 matters
    return out, {key: taken_in(out / "landing", key, out / "taken", 2) for key in MONTHLY}


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    out = tmp_path_factory.mktemp("dirty")
    generate(out, scale=0.02, n_deliveries=1)
    return out, {key: taken_in(out / "landing", key, out / "taken") for key in AGENCIES}


@pytest.mark.parametrize("agency", MONTHLY)
def test_a_clean_world_fires_nothing_and_every_finding_was_announced(clean, agency):
    (first, intake, day), (second, later, _) = clean[1][agency]
    alone = judged(agency, first, intake)
    both = judged(agency, second, later, previous_of(first, intake, day))
    assert [f for f in (*alone.values(), *both.values()) if f.n_failed] == []
    announced = {f"{s.contract}/{s.rule}": s for s in specs(agencies()[agency])}
    assert set(both) == set(announced)
    assert {f.level for f in alone.values()} == {"row", "delivery"}


@pytest.mark.parametrize("agency", AGENCIES)
def test_planted_faults_are_all_found_and_none_is_invented(dirty, agency):
    out, taken = dirty
    folder, intake, _ = taken[agency][0]
    with (out / "truth" / "planted.csv").open(encoding="utf-8") as text:
        planted = [row for row in csv.DictReader(text) if row["agency"] == agency]
    findings = judged(agency, folder, intake)
    by_row = sum(f.n_failed for f in findings.values() if f.level == "row")
    assert by_row == sum(row["fate"] == "quarantined" for row in planted)
    beyond = {f.rule: f.n_failed for f in findings.values() if f.level != "row" and f.n_failed}
    late_receipt = sum(row["kind"] == "received_after_filing" for row in planted)
    assert beyond == ({"CAS-009": late_receipt} if late_receipt else {})
    assert holds(findings.values()) == []


def test_a_dump_that_lost_rows_is_held(clean, tmp_path):
    (first, intake, day), (second, later, _) = clean[1]["eousa"]
    folder = tmp_path / second.name
    shutil.copytree(second, folder)
    path = folder / "staged" / "gs_case.parquet"
    with duckdb.connect() as con:
        con.execute(f"copy (select * from '{second}/staged/gs_case.parquet' where district < 'N') to '{path}'")
    lost = {f.rule for f in holds(judged("eousa", folder, later, previous_of(first, intake, day)).values())}
    assert {"matter.movement.district", "X-001", "X-002", "X-007"} <= lost


@pytest.mark.real_data
def test_the_open_data_pass(tmp_path):
    shutil.copytree(public_data("htd_federal_trafficking"), tmp_path / "landing" / "htd" / "2018-08-31")
    folder, intake, _ = taken_in(tmp_path / "landing", "htd", tmp_path / "taken")[0]
    findings = judged("htd", folder, intake)
    assert holds(findings.values()) == []
    assert findings["defendants/DEF-107"].n_checked == 1762


def test_a_secret_in_every_identifier_column_reaches_no_finding_log_or_output(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    header = (
        "agency,agency_case_id,opened_on,closed_on,classification,field_office,district,referral_date,usao_matter_id,"
        "lead_statute,subjects,victims_identified,joint_agencies,status"
    )
    good = f"FBI,{SECRET}1,2020-01-01,,{SECRET},{SECRET},ME,,ME {SECRET},{SECRET},1,1,{SECRET},OPEN"
    bad = f"FBI,{SECRET}2,{SECRET},,{SECRET},{SECRET},ME,,{SECRET},{SECRET},{SECRET},1,{SECRET},{SECRET}"
    (tmp_path / "landing" / "fbi").mkdir(parents=True)
    (tmp_path / "landing" / "fbi" / "fbi_cases_2026-07-31.csv").write_text("\n".join([header, good, bad, ""]))
    folder, intake, _ = taken_in(tmp_path / "landing", "fbi", tmp_path / "taken")[0]
    findings = judged("fbi", folder, intake)
    assert {"cases/AGY-017", "cases/AGY-022"} <= {name for name, f in findings.items() if f.n_failed}
    seen = capfd.readouterr()
    for place in (repr(findings), repr(intake), caplog.text, seen.out, seen.err):
        assert SECRET not in place


def test_a_rule_that_breaks_is_our_error_and_names_no_value():
    spec = CheckSpec("A-001", "a", "c", "t", "delivery", "warn")
    sql = "cast(x as integer) > 0"
    with duckdb.connect() as con:
        con.execute(f"create table t as select '{SECRET}' as x")
        with pytest.raises(DefinitionError, match="A-001: ConversionException") as row:
            by_row(con, {"a": Check(spec, "row", sql)}, {"c": "t"})
        with pytest.raises(DefinitionError, match="A-001") as unit:
            by_unit(con, {"a": Check(spec, "unit", f"select {sql} as holds from t")})
    for caught in (row, unit):
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_what_cannot_be_judged_is_no_data_failure():
    with pytest.raises(DefinitionError, match="the judging itself failed"):
        _refused({"a": CHECK}, {"b": 1.0})
    with pytest.raises(DefinitionError, match="the judging itself failed"):
        _refused({"a": replace(CHECK, at_most="never")}, {"a": 1.0})  # type: ignore[arg-type]


def test_every_check_that_fails_too_often_is_named():
    checks = {f"c/A-{i:03d}": replace(CHECK, at_most=0.3 + 0.1 * (i % 2)) for i in range(40)}
    assert _refused(checks, dict.fromkeys(checks, 0.35)) == {name for i, name in enumerate(checks) if i % 2 == 0}
    assert _refused(checks, dict.fromkeys(checks, 0.3)) == set()
    assert _refused(checks, dict.fromkeys(checks, 1.0)) == set(checks)


def test_the_judge_calls_nobody_and_shows_no_progress_bar(monkeypatch, capfd):
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    _refused({"a": CHECK}, {"a": 0.0})
    assert "it/s" not in capfd.readouterr().err


def test_rows_are_counted_and_nulls_are_not_judged():
    with duckdb.connect() as con:
        con.execute("create table t as select nullif(range, 1) as x from range(5000)")
        checks = {"a": replace(CHECK, sql="x % 10 > 0"), "b": replace(CHECK, sql="x is null")}
        assert by_row(con, checks, {CHECK.spec.contract: "t"}) == {"a": (4999, 500), "b": (5000, 4999)}


def test_suites_hold_rules_of_their_own_agency_only():
    assert {c.spec.table for c in suites(agencies()["fbi"])} == {"investigation"}
