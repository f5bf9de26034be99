"""A delivery against the one before: lost rows, rows beyond the history, a silent district, a code that jumps."""

import duckdb
import pytest

from expectations.evidence import by_tally, by_unit
from expectations.suite import suites
from sources.contract import agencies

CHECKS = {
    c.spec.rule: c for c in suites(agencies()["eousa"])
    if c.spec.level == "cross-delivery" and c.spec.contract == "gs_case"
}  # fmt: skip
ROWS = (
    "select 'ME' as district, 'R' as class, 'C' as status from range({me})"
    " union all select 'NH', 'R', '{code}' from range({nh})"
)


def failed(before: dict[str, object], now: dict[str, object], months: int = 1) -> set[str]:
    with duckdb.connect() as con:
        for prefix, rows in (("previous_", before), ("", now)):
            con.execute(f"create table {prefix}matter as {ROWS.format(**rows)}")
            con.execute(
                f"create table {prefix}tally as select 'gs_case' as contract, count(*) as n_staged,"
                f" date '2026-01-31' as as_of from {prefix}matter"
            )
        con.execute("alter table tally drop as_of")
        con.execute(f"create table delivery as select date '2026-01-31' + interval {months} month as as_of")
        forms = {form: {n: c for n, c in CHECKS.items() if c.form == form} for form in ("unit", "tally")}
        counts = by_unit(con, forms["unit"]) | by_tally(con, forms["tally"])
        return {rule for rule, (_, n_failed) in counts.items() if n_failed}


USUAL = {"me": 1000, "nh": 1000, "code": "C"}
CASES = {
    "the same": (USUAL, set()),
    "a little more": (USUAL | {"nh": 1100}, set()),
    "a few sealed": (USUAL | {"nh": 992}, set()),
    "lost rows": (USUAL | {"nh": 950}, {"matter.movement.lost"}),
    "a district that stopped": ({"me": 2000, "nh": 0, "code": "C"}, {"matter.movement.district"}),
    "a count beyond its history": (USUAL | {"nh": 2500}, {"matter.movement.grown"}),
    "a code that jumps": (USUAL | {"code": "A"}, {"matter.status.jump"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_movement_is_found_and_nothing_else(case):
    now, expected = CASES[case]
    assert failed(USUAL, now) == expected


def test_more_time_allows_more_growth():
    assert failed(USUAL, USUAL | {"nh": 2500}, months=12) == set()


def test_an_append_export_is_not_compared_with_the_file_before():
    assert "cross-delivery" not in {c.spec.level for c in suites(agencies()["fbi"])}
