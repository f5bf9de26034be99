"""Coverage: which districts send how much of what they usually send, in words."""

import datetime as dt

import duckdb
import pytest

from sources.schema import tables
from transforms.coverage import COLUMNS
from transforms.coverage import coverage as covered
from transforms.in_use import staging_view_sql


def coverage(con, as_of, first_fiscal_year, threshold=1):
    return covered(con, as_of, first_fiscal_year, threshold)


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema staging")
        for table in tables().values():
            con.execute(staging_view_sql(table, []).replace("create or replace view", "create table", 1))
        yield con


def send(
    con: duckdb.DuckDBPyConnection, district: str, counts: dict[int, int], agency="eousa", kind="proceeding.filed_on"
) -> None:
    table, day = kind.split(".")
    for year, n in counts.items():
        con.execute(
            f"insert into staging.{table} by name select '{agency}' as agency, '{district}' as district, "
            f"date '{year}-03-01' as {day} from range({n})"
        )


def test_a_year_is_told_by_what_is_usual_in_its_district(con):
    send(con, "ME", {2010: 20, 2011: 24, 2012: 4, 2013: 70})
    send(con, "AK", {2011: 2, 2012: 2, 2013: 2})
    found = coverage(con, {"eousa": dt.date(2014, 9, 30)}, 2010)
    assert list(found) == COLUMNS
    level = {(r.district, r.fiscal_year): r.level for r in found.itertuples()}
    assert [level["ME", year] for year in range(2010, 2015)] == ["usual", "usual", "low", "high", "none"]
    assert [level["AK", year] for year in range(2010, 2015)] == ["none", "usual", "usual", "usual", "none"]
    assert len(found) == 94 * 5
    assert {level["TXW", year] for year in range(2010, 2015)} == {"none"}


def test_the_year_that_is_not_over_is_measured_by_the_part_that_is(con):
    send(con, "ME", {2010: 20, 2011: 20, 2012: 9})
    months_in = coverage(con, {"eousa": dt.date(2012, 3, 31)}, 2010)
    whole = coverage(con, {"eousa": dt.date(2012, 9, 30)}, 2010)
    assert [f[(f.district == "ME") & (f.fiscal_year == 2012)].level.item() for f in (months_in, whole)] == [
        "usual", "low",
    ]  # fmt: skip


def test_an_agency_without_districts_or_a_delivery_has_no_rows(con):
    send(con, "ME", {2010: 1})
    assert set(coverage(con, {"dol_whd": dt.date(2012, 9, 30)}, 2010)["agency"]) == set()
    assert coverage(con, {}, 2010).empty


def test_a_level_says_nothing_finer_of_a_small_count_than_that_it_is_small(con):
    """`high` would say at least three, where the published words are "under 11"."""
    send(con, "AK", {2010: 1, 2011: 1, 2012: 3})
    send(con, "ME", {2010: 40, 2011: 40, 2012: 12, 2013: 3})
    found = coverage(con, {"eousa": dt.date(2013, 9, 30)}, 2010, threshold=11)
    level = {(r.district, r.fiscal_year): r.level for r in found.itertuples()}
    assert [level["AK", year] for year in range(2010, 2014)] == ["few", "few", "few", "none"]
    assert [level["ME", year] for year in range(2010, 2014)] == ["usual", "usual", "low", "few"]


def test_matters_are_not_in_it_where_cases_are_published_that_could_be_taken_from_it(con):
    """Few of all records, less the cases that are shown, was an upper limit of the matters that are hidden."""
    for matters in (1, 10, 40):
        con.execute("delete from staging.matter")
        con.execute("delete from staging.proceeding")
        send(con, "ME", {2010: 6, 2011: 20, 2012: 20})
        send(con, "ME", {2009: matters, 2010: matters, 2011: matters}, kind="matter.received_on")
        found = coverage(con, {"eousa": dt.date(2012, 9, 30)}, 2009, threshold=11)
        assert list(found[found.district == "ME"].level) == ["none", "few", "usual", "usual"]
    con.execute("delete from staging.proceeding")
    assert coverage(con, {"eousa": dt.date(2012, 9, 30)}, 2009, threshold=11).empty


def test_an_agency_that_sends_no_public_docket_is_told_by_what_it_sends(con):
    send(con, "ME", {2010: 3, 2011: 40}, agency="fbi", kind="investigation.opened_on")
    found = coverage(con, {"fbi": dt.date(2012, 9, 30)}, 2010, threshold=11)
    assert list(found[found.district == "ME"].level) == ["few", "usual", "none"]


def test_how_small_a_count_is_does_not_weigh_in_the_level_of_another_year(con):
    """Else "usual" beside a 12 would say that the few of two other years are 6 or more."""
    told = []
    for few in (1, 10):
        con.execute("delete from staging.investigation")
        send(con, "ME", {2010: few, 2011: few, 2012: 12}, agency="fbi", kind="investigation.opened_on")
        told.append(coverage(con, {"fbi": dt.date(2012, 9, 30)}, 2010, threshold=11))
    assert told[0].equals(told[1])
