"""Suites: built from table, rules and contract alone; every refusal of the readers has words; bounds hold or do not."""

import re
from importlib.resources import files

import pytest

from expectations.finding import CheckSpec, Finding, holds
from expectations.rule import Rule, rules
from expectations.run import findings_of, specs
from expectations.suite import Check, build, suites
from sources.contract import Volume, agencies

EOUSA = agencies()["eousa"]


@pytest.mark.parametrize("agency", agencies())
def test_a_rule_is_unique_within_its_contract(agency):
    names = [(s.contract, s.rule) for s in specs(agencies()[agency])]
    assert len(names) == len(set(names))


def test_a_suite_is_pure_and_takes_its_bounds_from_the_contract():
    contract = EOUSA.contracts[1].model_copy(update={"volume": Volume(min_rows=7, max_rows=9, max_quarantined=0.5)})
    checks = {c.spec.rule: c for c in build(contract.table, [], contract)}
    assert checks == {c.spec.rule: c for c in build(contract.table, [], contract)}
    assert "n_staged >= 7" in checks["matter.volume.least"].sql
    assert "n_staged <= 9" in checks["matter.volume.most"].sql
    assert "At most 50%" in checks["matter.volume.quarantined"].spec.says
    assert not {c.spec.rule for c in build(contract.table, [], contract)} & set(rules())


def test_a_column_that_a_contract_does_not_fill_is_not_judged():
    htd = {c.spec.rule for c in suites(agencies()["htd"])}
    assert "DEF-107" in htd
    assert "CAS-004" not in htd


def test_every_reason_of_the_readers_to_refuse_a_record_is_a_check():
    given = {
        name
        for path in files("sources").joinpath("readers").iterdir()
        if path.name.endswith(".py")
        for name in re.findall(r'"(record\.\w+)"', path.read_text(encoding="utf-8"))
    }
    known = {s.rule for agency in agencies().values() for s in specs(agency)}
    assert given - known == set()


def test_every_rule_says_something_and_why():
    assert len(rules()) >= 80
    for rule in rules().values():
        assert rule.says.endswith(".") and rule.why.endswith("."), rule.id
        assert rule.since


def test_an_id_without_form_is_refused():
    with pytest.raises(ValueError, match="give sql"):
        Rule(id="MAT-999", table="matter", says="a", why="b", severity="warn", since="0.1.0")


def test_only_a_failed_error_holds():
    def made(severity: str, passed: bool) -> Finding:
        return Finding("A", "a", "c", "t", "delivery", severity, passed, 1, 0)  # type: ignore[arg-type]

    every = [made("error", True), made("warn", False), made("error", False)]
    assert holds(every) == [every[2]]


@pytest.mark.parametrize(("at_most", "passed"), [(0.0, False), (0.19, False), (0.2, True), (1.0, True)])
def test_great_expectations_says_which_share_is_tolerated(at_most, passed):
    spec = CheckSpec("A-001", "a", "c", "t", "delivery", "warn")
    found = findings_of({"c/A-001": Check(spec, "row", "x", at_most)}, {"c/A-001": (50, 10)})
    assert [(f.passed, f.n_checked, f.n_failed) for f in found] == [(passed, 50, 10)]


def test_what_was_not_judged_has_not_failed():
    check = Check(CheckSpec("A-001", "a", "c", "t", "delivery", "error"), "unit", "x")
    assert [f.passed for f in findings_of({"a": check}, {"a": (0, 0)})] == [True]
