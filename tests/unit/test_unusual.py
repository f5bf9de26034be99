"""Funnel limits and signals: beyond a limit means what it says, and a steady world gives few signals."""

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from transforms import study as studies
from transforms import unusual

STUDY = studies.Study(**studies.yaml.safe_load(studies.default_text()))


@given(st.integers(1, 300), st.floats(0.02, 0.98), st.sampled_from([0.95, 0.998]))
@settings(max_examples=200)
def test_a_share_beyond_a_limit_is_as_unlikely_as_the_limit_says(n, rate, level):
    low, high = (float(v[0]) for v in unusual.funnel(np.array([float(n)]), rate, 1.0, level))
    counts, tail = np.arange(n + 1), (1 - level) / 2
    assert low <= rate <= high
    above, below = counts[counts / n > high + 1e-6], counts[counts / n < low - 1e-6]
    assert all(binom.sf(k - 1, n, rate) < tail + 1e-9 for k in above)
    assert all(binom.cdf(k, n, rate) < tail + 1e-9 for k in below)


def test_spread_is_one_under_chance_and_widens_the_limits_beyond_it():
    dice = np.random.default_rng(1)
    n = np.full(500, 80.0)
    chance = dice.binomial(80, 0.7, 500).astype(float)
    clumped = 4 * dice.binomial(20, 0.7, 500).astype(float)  # four of a case share its fate
    assert unusual.spread(chance, n, 0.7) == pytest.approx(1, abs=0.2)
    wide = unusual.spread(clumped, n, 0.7)
    assert 2.5 < wide < 4.5
    for limits in zip(unusual.funnel(n, 0.7, wide, 0.95), unusual.funnel(n, 0.7, 1.0, 0.95), strict=True):
        assert abs(limits[0][0] - 0.7) > abs(limits[1][0] - 0.7)


def cells(counts, metric="cases_filed"):
    """Yearly counts of districts, FY2020 on."""
    rows = [
        {"source": "eousa", "metric": metric, "scope": "acteam", "area_kind": "district", "area": area,
         "period_kind": "fy", "period": f"FY{2020 + i}", "numerator": float(n), "denominator": float("nan"),
         "is_provisional": False}
        for area, series in counts.items() for i, n in enumerate(series)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def signals(counts, days=()):
    with duckdb.connect() as con:
        con.execute("create schema mart; create table mart.case_facts(source varchar, district varchar, filed_on date,"
                    " is_program_05e boolean, has_program_category boolean, is_chapter77 boolean,"
                    " is_domestic_minor boolean)")  # fmt: skip
        for area, day in days:
            con.execute("insert into mart.case_facts values ('eousa', ?, ?, true, true, true, false)", [area, day])
        found = unusual.signals(con, cells(counts), STUDY, {"eousa": dt.date(2025, 9, 30)})
    return {(r.chart, r.area): r for r in found.itertuples()}


def test_a_leap_is_a_signal_and_a_steady_year_is_none():
    found = signals({"GAN": [2, 2, 1, 2, 3, 14], "OHN": [2, 2, 1, 2, 3, 2], "NJ": [20, 20, 19, 20, 21, 2]})
    assert (found["u", "GAN"].signal, found["u", "OHN"].signal) == ("more cases", "none")
    assert found["u", "NJ"].signal == "fewer cases"
    assert found["u", "GAN"].chance == pytest.approx(binom.sf(13, 24, 1 / 6))
    assert (found["u", "GAN"].observed, found["u", "GAN"].expected) == (14, 2)


def test_a_long_wait_is_a_signal_where_cases_used_to_come_often():
    often = [("GAN", dt.date(2016, 1, 1) + dt.timedelta(days=30 * i)) for i in range(40)]
    seldom = [("OHN", dt.date(2014 + 3 * i, 1, 1)) for i in range(4)]
    found = signals({"GAN": [1] * 6, "OHN": [1] * 6}, [*often, *seldom])
    assert found["t", "GAN"].signal == "longer without a case" and found["t", "OHN"].signal == "none"
    assert found["t", "GAN"].observed == 78 and found["t", "GAN"].expected == pytest.approx(38 / 39)


def test_a_wait_ends_with_the_figures_that_are_final_and_with_a_case_after_them():
    often = [dt.date(2016, 1, 1) + dt.timedelta(days=30 * i) for i in range(40)]
    days = [*(("GAN", day) for day in often), *(("OHN", day) for day in [*often, dt.date(2025, 12, 1)])]
    found = signals({"GAN": [1] * 6, "OHN": [1] * 6}, days)
    assert (found["t", "GAN"].signal, found["t", "GAN"].observed) == ("longer without a case", 78)
    assert (found["t", "OHN"].signal, found["t", "OHN"].observed) == ("none", 0)  # filed after 2025-09-30


def test_waits_are_of_the_twelve_years_that_end_with_the_day_and_say_so():
    """The day is 2025-09-30: the first year that counts is FY2014, and a case of the day before it is none of them."""
    days = [dt.date(2013, 10, 1), dt.date(2015, 5, 1), dt.date(2017, 5, 1), dt.date(2019, 5, 1)]
    found = signals({"GAN": [1] * 6}, [*(("GAN", d) for d in days), *(("OHN", d - dt.timedelta(days=1)) for d in days)])
    assert ("t", "OHN") not in found  # three cases are too few
    assert (found["t", "GAN"].from_fy, found["t", "GAN"].to_fy) == (2014, 2025)


def test_a_steady_world_gives_about_as_many_signals_as_it_says():
    dice = np.random.default_rng(8)
    found = signals({f"D{i}": dice.poisson(4, 6) for i in range(1500)})
    assert sum(r.signal != "none" for r in found.values()) <= 2 * unusual.ALARM * 1500 * 3
