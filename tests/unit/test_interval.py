"""Intervals of small numbers against published and independently computed figures."""

import numpy as np
import pytest

from transforms import interval


@pytest.mark.parametrize(
    ("n", "lower", "upper"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (35, 24.379, 48.677)],
)
def test_garwood_gives_the_tabled_exact_poisson_limits(n, lower, upper):
    low, high = interval.garwood(n)
    assert (low, high) == (pytest.approx(lower, abs=6e-4), pytest.approx(upper, abs=6e-4))


def test_garwood_takes_arrays_and_keeps_gaps_as_gaps():
    low, high = interval.garwood(np.array([0, 10, np.nan]))
    assert low[0] == 0
    assert np.isnan(low[2]) and np.isnan(high[2])
    assert interval.garwood(10, level=0.99)[0] < low[1]


def test_wilson_gives_newcombes_published_limits():
    # Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29
    low, high = interval.wilson([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=6e-5)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=6e-5)


def test_clopper_pearson_gives_newcombes_published_limits():
    low, high = interval.clopper_pearson([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2527, 0.0578, 0.0, 0.0009], abs=6e-5)
    assert high == pytest.approx([0.3676, 0.1617, 0.1684, 0.1776], abs=6e-5)


def test_a_share_is_exact_under_ten_and_wilson_above():
    assert interval.share(3, 9) == interval.clopper_pearson(3, 9)
    assert interval.share(3, 10) == interval.wilson(3, 10)
    assert interval.share(5, 5)[1] == 1
    assert np.isnan(interval.share(0, 0)[0])


def test_the_published_comparison_is_about_1_2_to_4_2():
    got = interval.rate_ratio(35, 16)
    assert got.estimate == pytest.approx(2.19, abs=0.005)
    assert got.lower == pytest.approx(1.18, abs=0.01)
    assert got.upper == pytest.approx(4.22, abs=0.03)


def test_a_rate_ratio_uses_exposure():
    assert interval.rate_ratio(20, 10, exposure_after=4, exposure_before=2).estimate == 1.0


def test_zero_counts_give_zero_infinity_or_nothing():
    none_before, none_after = interval.rate_ratio(5, 0), interval.rate_ratio(0, 5)
    assert none_before.estimate == none_before.upper == float("inf")
    assert none_before.lower == pytest.approx(0.9165, abs=1e-3)  # p = 0.025 ** (1/5) = 0.478
    assert (none_after.estimate, none_after.lower) == (0, 0)
    assert interval.rate_ratio(0, 0) == interval.Ratio(None, None, None)


def test_ratio_of_ratios_solves_the_lady_tasting_tea():
    # With four cups of each kind the chance of three or fewer right is 1 - o^4 / (1 + 16 o + 36 o^2 + 16 o^3 + o^4).
    # R's fisher.test prints 0.2117329 for the lower limit (its upper one, 621.9, stops short of the root).
    got = interval.ratio_of_ratios(3, 1, 1, 3)
    assert got.estimate == 9
    assert got.lower == pytest.approx(0.2117329, rel=1e-4)
    assert 1 - got.upper**4 / (1 + 16 * got.upper + 36 * got.upper**2 + 16 * got.upper**3 + got.upper**4) == (
        pytest.approx(0.025, rel=1e-6)
    )


def test_ratio_of_ratios_with_empty_cells():
    assert interval.ratio_of_ratios(5, 0, 10, 10).estimate == float("inf")
    assert interval.ratio_of_ratios(0, 5, 10, 10).lower == 0
    assert interval.ratio_of_ratios(0, 0, 10, 10) == interval.UNDEFINED
    assert interval.ratio_of_ratios(3, 0, 4, 0) == interval.UNDEFINED


def test_half_a_case_is_refused():
    with pytest.raises(ValueError, match="whole counts"):
        interval.rate_ratio(2.5, 1)


@pytest.mark.parametrize("values", [[1, 1], [3, 1, 1, 0, 9], [2.5, 2.5, 2.5]])
def test_mean_is_students(values):
    from scipy import stats

    from transforms.interval import mean

    x = np.array(values, dtype=float)
    low, high = mean(x.sum(), len(x), (x**2).sum())
    half = stats.t.ppf(0.975, len(x) - 1) * stats.sem(x)
    assert float(low) == pytest.approx(max(x.mean() - half, 0)) and float(high) == pytest.approx(x.mean() + half)
    assert np.isnan(mean(3.0, 1, 9.0)[0])


def test_ranks_of_a_median_are_those_of_the_sign_test():
    """Table A17 of Conover: with 10 values the 2nd and 9th, with 20 the 6th and 15th; with 5 none."""
    from transforms.median import rank

    assert rank(np.array([1, 5, 6, 10, 20, 50])).tolist() == [0, 0, 1, 2, 6, 18]
