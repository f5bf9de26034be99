"""Defendants come in schemes: intervals that know it hold the truth, those that do not are wrong half of the time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import interval
from transforms.clump import SIZE, clump

SIZES = np.array([1] * 60 + [2] * 18 + [3] * 8 + [5] * 7 + [8] * 4 + [20] * 2 + [32])


def cells(*years: list[int], status="shown"):
    """Cells of defendants per case: a year each, from the sizes of its cases."""
    rows = []
    for i, sizes in enumerate(years):
        total, n, squares = sum(sizes), len(sizes), sum(s * s for s in sizes)
        low, high = interval.mean(total, n, squares)
        rows.append({"metric": SIZE, "area": "ALL", "period_kind": "fy", "period": f"FY{2010 + i}", "status": status,
                     "numerator": total, "denominator": n, "lower": float(low), "upper": float(high)})  # fmt: skip
    return pd.DataFrame(rows)


@given(st.lists(st.lists(st.integers(1, 60), min_size=2, max_size=30), min_size=1, max_size=6))
def test_the_published_limits_give_the_squares_back(years):
    every = np.array([size for sizes in years for size in sizes])
    assert clump(cells(*years)) == pytest.approx((every**2).sum() / every.sum())


def test_nobody_knows_where_no_year_has_two_cases():
    assert clump(cells([4], [7])) is None
    assert clump(cells([4, 4], status="suppressed")) is None


def test_cases_of_one_defendant_count_for_themselves():
    assert clump(cells([1, 1, 1])) == 1
    assert interval.rate_ratio(35, 16, clump=1.0) == interval.rate_ratio(35, 16)


def test_schemes_of_one_size_are_as_good_as_that_many_cases():
    for whole, clumped in (
        (interval.rate_ratio(35, 16), interval.rate_ratio(105, 48, clump=3)),
        (interval.rate_ratio(0, 4), interval.rate_ratio(0, 12, clump=3)),
    ):
        limits = clumped.estimate, clumped.lower, clumped.upper
        assert limits == pytest.approx((whole.estimate, whole.lower, whole.upper))


def drawn(dice, mean, draws):
    """Defendants of so many draws of a period whose cases are so many on average."""
    return np.array([dice.choice(SIZES, n).sum() for n in dice.poisson(mean, draws)])


@pytest.mark.parametrize("mean", [6, 25, 80])
def test_equal_rates_are_told_apart_as_seldom_as_the_level_says(mean):
    dice = np.random.default_rng(2011)
    size = float((SIZES**2).sum() / SIZES.sum())
    pairs = list(zip(drawn(dice, mean, 800), drawn(dice, mean, 800), strict=True))

    def told_apart(clump):
        found = [interval.rate_ratio(float(a), float(b), clump=clump) for a, b in pairs if a + b]
        return np.mean([r.lower > 1 or r.upper < 1 for r in found])

    assert told_apart(size) < 0.05 < 0.25 < told_apart(1.0)


@pytest.mark.parametrize("means", [(23, 23, 113, 113), (5, 5, 60, 60), (20, 40, 100, 200)])
def test_a_change_like_that_elsewhere_is_seldom_called_another(means):
    dice = np.random.default_rng(2015)
    size = float((SIZES**2).sum() / SIZES.sum())
    tables = zip(*(drawn(dice, mean, 600) for mean in means), strict=True)
    found = [interval.ratio_of_ratios(*map(float, table), clump=size) for table in tables]
    assert np.mean([r.lower is not None and (r.lower > 1 or r.upper < 1) for r in found]) < 0.05


@pytest.mark.parametrize("table", [(40, 0, 30, 30), (0, 40, 30, 30), (30, 30, 40, 0), (30, 30, 0, 40)])
def test_beside_a_count_of_zero_the_limits_hold_the_estimate(table):
    found = interval.ratio_of_ratios(*table, clump=4.0)
    assert found.lower <= found.estimate <= found.upper
