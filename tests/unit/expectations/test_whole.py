"""Checks between agencies and within an edition: a clean whole fires nothing, each change fires its rule."""

import duckdb
import pandas as pd
import pytest

from expectations.evidence import by_unit
from expectations.rule import rules
from expectations.whole import _checks, judge_edition, judge_world, whole_specs

EDITION = """
create table cells as
with quarters as (
    select area_kind, area, n, q from (values ('nation', 'ALL', 30), ('group', 'phase_1', 10), ('group', 'other', 20),
    ('district', 'ME', 10), ('district', 'NH', 20)) as t(area_kind, area, n),
    range(1, 5) as q(q)
),
periods as (
    select area_kind, area, n, 'quarter' as period_kind, 'FY2012 Q' || q as period from quarters
    union all select area_kind, area, 4 * n, 'fy', 'FY2012' from quarters where q = 1
)
select
    'eousa/' || metric || '/acteam/' || area || '/' || period as id, 'eousa' as source, metric, 'acteam' as scope,
    area_kind, area, period_kind, period, date '2011-10-01' as starts_on, date '2012-09-30' as ends_on,
    n * part as numerator, case when metric = 'conviction_rate' then n end as denominator,
    case when metric = 'conviction_rate' then part else n * part end as value,
    cast(0 as double) as lower, cast(1000000 as double) as upper, 'shown' as status
from periods, (values ('matters_received', 4.0), ('cases_filed', 3.0), ('matters_declined', 1.0),
    ('defendants_charged', 2.0), ('defendants_convicted', 1.0), ('conviction_rate', 0.5)) as m(metric, part);
create table comparison as select 'c1' as id, 'eousa' as source, 'cases_filed' as outcome, 'acteam' as scope,
    'phase_1' as phase, 2012 as before_from, 2012 as before_to, 2013 as after_from, 2014 as after_to,
    120.0 as before, 0.0 as after, 'shown' as status;
create table benchmarks as select 16 as published, 8 as ours, 'open data hold about half' as note;
create table deliveries as select 'eousa' as agency, 'd' as delivery, 'held' as status, 'lost rows' as reason,
    10 as n_read, 7 as n_staged, 2 as n_quarantined, 1 as n_skipped;
create table files as select 'eousa' as agency, 'd' as delivery, 5 as n_read, n as n_staged
    from (values (4), (3)) as t(n);
create table fates as select 'eousa' as agency, 'd' as delivery, * from
    (values ('quarantined', 2), ('skipped', 1)) as t(fate, n);
create table bridge as select 'eousa' as source, 'acteam_to_bjs' as bridge, 'ALL' as area, 'FY2012' as period, *
    from (values (1, 5, 5), (2, 3, 8), (3, -2, 6)) as t(step, n, total);
create table cohorts as select 6 as n_charged, 1 as n_convicted, 1 as n_acquitted, 1 as n_dismissed,
    1 as n_transferred, 1 as n_other, 1 as n_open;
create table completion as select 'eousa/matters_received/acteam/ALL/FY2012' as id, 480.0 as counted, 490.0 as lower,
    520.0 as upper;
"""
ONE = "where metric = 'cases_filed' and area = '{area}' and period = '{period}'"
EDITION_CHANGES = {
    "ED-001": "delete from cells where area = 'other' and metric = 'cases_filed'",
    "ED-002": "delete from cells where area = 'NH' and metric = 'cases_filed'",
    "ED-003": "delete from cells where period = 'FY2012 Q4' and metric = 'cases_filed'",
    "ED-004": "update cells set numerator = numerator * 4, value = 2 where metric = 'conviction_rate'",
    "ED-005": "update cells set numerator = numerator * 3, value = value * 3 where metric = 'defendants_convicted'",
    "ED-006": "update cells set numerator = numerator * 5, value = value * 5 where metric = 'matters_declined'",
    "ED-007": "update cells set status = 'suppressed' " + ONE.format(area="ME", period="FY2012 Q1"),
    "ED-008": "update cells set value = null " + ONE.format(area="ME", period="FY2012 Q1"),
    "ED-009": "update cells set lower = 900, upper = 1000 " + ONE.format(area="ME", period="FY2012 Q1"),
    "ED-010": "update cells set id = 'same' where metric = 'cases_filed' and area in ('ME', 'NH')",
    "ED-011": "update cells set denominator = -1 where metric = 'defendants_charged'",
    "ED-012": "update cells set value = value + 1 where metric = 'cases_filed'",
    "ED-013": "update benchmarks set note = ''",
    "ED-014": "update comparison set before = 100",
    "ED-015": "update deliveries set n_quarantined = 3; update fates set n = 3 where fate = 'quarantined'",
    "ED-016": "delete from files where n_staged = 3",
    "ED-017": "delete from fates where fate = 'skipped'",
    "ED-018": "update deliveries set reason = ''",
    "ED-019": "update cells set ends_on = starts_on - 1 where metric = 'cases_filed'",
    "ED-020": "update cells set status = 'hidden', denominator = 1 where metric = 'conviction_rate' and area = 'ME'",
    "ED-021": "update cells set lower = null " + ONE.format(area="ME", period="FY2012 Q1"),
    "ED-022": "update bridge set total = 9 where step = 2",
    "ED-023": "update cohorts set n_open = 2",
    "ED-024": "update completion set counted = 1",
}
WORLD = """
create schema staging;
create table staging.matter as select 'ME' as district, 'M' || r as matter_ref,
    date '2012-01-01' + cast(30 * r as integer) as received_on
    from range(60) as t(r);
create table staging.investigation as select 'fbi' as agency, 'ME-M' || r as usao_matter,
    date '2012-01-01' + cast(30 * r as integer) as referred_on from range(60) as t(r);
create table staging.program_category as select 'ME' as district, 'M' || r as matter_ref, '05E' as program_category
    from range(60) as t(r);
create table staging.participant as select 'ME' as district, 'M' || r as matter_ref, 'IN' as role,
    'JUFB' as agency_code from range(60) as t(r);
create table staging.instrument as select 'ME' as district, 'M' || r as matter_ref, '1' as proceeding_ref,
    '1' as instrument_ref, date '2012-01-01' as filed_on from range(60) as t(r);
create table staging.charge as select * exclude (filed_on), 18 as statute_title, 1591 as statute_section
    from staging.instrument;
create table staging.court_defendant as select 'ME' as district, 'C' || r as case_ref, date '2012-01-01' as filed_on,
    18 as filing_statute_1_title, 1591 as filing_statute_1_section from range(40) as t(r);
"""
WORLD_CHANGES = {
    "X-101": "delete from staging.matter where matter_ref = 'M1'",
    "X-102": "update staging.program_category set matter_ref = 'O' || matter_ref where matter_ref > 'M1';"
    "update staging.participant set matter_ref = 'O' || matter_ref where matter_ref > 'M1';"
    "insert into staging.participant select * replace (substr(matter_ref, 2) as matter_ref) from staging.participant"
    " where matter_ref like 'O%'",
    "X-103": "update staging.investigation set referred_on = referred_on + 200 where usao_matter = 'ME-M1'",
    "X-104": "update staging.participant set agency_code = 'JUDE' where matter_ref < 'M5';"
    "update staging.program_category set program_category = '040' where matter_ref < 'M5'",
    "X-105": "insert into staging.court_defendant select * exclude (r) replace (case_ref || '-' || r as case_ref)"
    " from staging.court_defendant, range(5) as t(r)",
    "X-106": "delete from staging.court_defendant where case_ref <> 'C1'",
}


def fired(con: duckdb.DuckDBPyConnection, level: str) -> set[str]:
    counts = by_unit(con, _checks(level))  # type: ignore[arg-type]
    return {name for name, (_, n_failed) in counts.items() if n_failed}


@pytest.mark.parametrize(("level", "world"), [("edition", EDITION), ("cross-agency", WORLD)])
def test_a_clean_whole_fires_nothing(level, world):
    with duckdb.connect() as con:
        con.execute(world)
        assert fired(con, level) == set()


@pytest.mark.parametrize("rule", [*EDITION_CHANGES, *WORLD_CHANGES])
def test_a_change_fires_its_rule_and_no_other(rule):
    level, world = ("edition", EDITION) if rule in EDITION_CHANGES else ("cross-agency", WORLD)
    with duckdb.connect() as con:
        con.execute(world)
        con.execute((EDITION_CHANGES | WORLD_CHANGES)[rule])
        assert fired(con, level) == {rule}


@pytest.mark.parametrize(("part", "expected"), [(0.5, set()), (1.0, set()), (1.5, {"ED-002"})])
def test_a_source_that_names_some_districts_only_may_have_less_in_them_and_not_more(part, expected):
    with duckdb.connect() as con:
        con.execute(EDITION)
        con.execute(f"update cells set numerator = numerator * {part} where area_kind = 'district'")
        con.execute("insert into cells select * replace ('unresolved' as area, id || '-' as id, 0 as numerator,"
                    " 0 as value) from cells where area = 'other' and denominator is null")  # fmt: skip
        assert fired(con, "edition") - {"ED-012"} == expected


def test_every_rule_of_the_whole_has_a_change():
    of_the_whole = {rule.id for rule in rules().values() if rule.level in ("edition", "cross-agency")}
    assert of_the_whole - set(EDITION_CHANGES) - set(WORLD_CHANGES) == set()


def test_the_judge_of_an_edition_reports_every_check_and_tolerates_what_a_rule_says():
    with duckdb.connect() as con:
        con.execute(EDITION)
        con.execute(EDITION_CHANGES["ED-014"])
        names = [name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        tables: dict[str, pd.DataFrame] = {name: con.execute(f"from {name}").df() for name in names}
    findings = judge_edition(tables)
    assert [f.rule for f in findings] == [s.rule for s in whole_specs("edition")]
    assert [f.rule for f in findings if not f.passed] == ["ED-014"]


def test_a_rule_whose_tables_are_not_there_is_left_out():
    with duckdb.connect() as con:
        con.execute(WORLD)
        con.execute("drop table staging.court_defendant")
        con.execute(WORLD_CHANGES["X-101"])
        assert {f.rule: f.n_failed for f in judge_world(con)} == {"X-101": 1, "X-102": 0, "X-103": 0, "X-104": 0}
