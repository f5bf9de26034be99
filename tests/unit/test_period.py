"""Periods: names, days and quarters, there and back."""

import datetime as dt

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import period

DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2040, 12, 31))


@given(DAYS)
def test_a_day_lies_in_its_quarter_and_the_quarter_in_its_year(day):
    found = period.quarter(period.quarter_of(day))
    year = period.fiscal_year(found.first // 4)
    assert found.starts_on <= day <= found.ends_on
    assert year.starts_on <= found.starts_on and found.ends_on <= year.ends_on
    assert period.parse(found.name) == period.parse(found.name.replace(" ", "")) == found
    assert year.name == f"FY{day.year + (day.month >= 10)}"


@given(DAYS)
def test_sql_finds_the_same_quarter(day):
    with duckdb.connect() as con:
        sql = period.QUARTER_SQL.format(day=f"date '{day}'")
        assert con.execute(f"select {sql}").fetchone()[0] == period.quarter_of(day)


def test_names_and_ends():
    found = list(period.periods(dt.date(2011, 8, 15), dt.date(2012, 10, 3)))
    assert [p.name for p in found if p.kind == "fy"] == ["FY2011", "FY2012", "FY2013"]
    assert next(p.name for p in found if p.kind == "quarter") == "FY2011 Q4"
    assert [(p.name, str(p.starts_on), str(p.ends_on)) for p in found if p.kind == "twelve_months"] == [
        ("12M2012-06", "2011-07-01", "2012-06-30"),
        ("12M2012-09", "2011-10-01", "2012-09-30"),
    ]


@pytest.mark.parametrize("name", ["2012", "FY12", "FY2012 Q5", "12M2012-05", "", "FY2012Q12"])
def test_other_names_are_refused_in_words(name):
    with pytest.raises(ValueError, match=r"FY2026|end with a quarter"):
        period.parse(name)
