"""Aalen-Johansen and Kaplan-Meier against published numbers and statsmodels, and what must hold whatever the data."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.cohort import Cohort, days_of, effective, incidence, limits, quantile
from transforms.interval import share

# ftime and fstat of the example that statsmodels prints from R's cmprsk (estimates) and Stata's stcompet (errors)
FTIME = [1, 1, 2, 4, 4, 4, 6, 6, 7, 8, 9, 9, 9, 1, 2, 2, 4, 4]
FSTAT = [1, 1, 1, 2, 2, 2, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
# remission in weeks under 6-mercaptopurine, censored ones negative (Freireich et al. 1963; Gehan, Biometrika 52, 1965)
REMISSION = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
SHARES = {6: 0.857143, 7: 0.806723, 10: 0.752941, 13: 0.690196, 16: 0.627451, 22: 0.537815, 23: 0.448179}


def life_table(days, status, causes):
    days, status = np.asarray(days), np.asarray(status)
    seen = np.unique(days)
    at = [[np.sum((days == d) & (status == c)) for d in seen] for c in range(causes + 1)]
    return Cohort(seen, np.array(at[1:], float), np.array(at[0], float))


def test_shares_of_competing_outcomes_are_those_of_r_and_stata():
    cohort = life_table(FTIME, FSTAT, 3)
    for day, shares, errors in (
        (1, (0.11111111, 0, 0), (0.07407407, 0, 0)),
        (2, (0.17037037, 0, 0), (0.08976251, 0, 0)),
        (4, (0.17037037, 0.20740741, 0), (0.08976251, 0.10610391, 0)),
        (6, (0.17037037, 0.20740741, 0.17777778), (0.08976251, 0.10610391, 0.11196147)),
        (9, (0.17037037, 0.20740741, 0.26666667), (0.08976251, 0.10610391, 0.12787781)),
    ):
        found, error = incidence(cohort, day)
        assert found == pytest.approx(shares, abs=1e-6) and error == pytest.approx(errors, abs=1e-6)


def test_share_still_open_is_the_published_one_and_so_is_the_median():
    days = np.abs(REMISSION)
    cohort = life_table(days, (np.array(REMISSION) > 0).astype(int), 1)
    at = dict(zip(cohort.days.tolist(), cohort.survival, strict=True))
    assert {d: at[d] for d in SHARES} == pytest.approx(SHARES, abs=1e-6)
    middle, low, high = quantile(cohort, 0.5)
    assert (middle, low) == (23, 13) and np.isnan(high)


CASES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=60)


@given(CASES, st.integers(0, 45))
@settings(max_examples=150)
def test_statsmodels_says_the_same(cases, day):
    from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

    days, status = (np.array(v) for v in zip(*cases, strict=True))
    cohort = life_table(days + 1, status, 3)
    found, error = incidence(cohort, day)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = CumIncidenceRight(days + 1, status)
        place = np.searchsorted(theirs.times, day, side="right") - 1
        for cause in range(int(status.max())):
            want = theirs.cinc[cause][place] if place >= 0 else 0
            spread = theirs.cinc_se[cause][place] if place >= 0 else 0
            assert found[cause] == pytest.approx(want, abs=1e-9)
            assert np.isnan(spread) or error[cause] == pytest.approx(spread, abs=1e-6)
        if (status > 0).any() and not np.isclose(cohort.survival, 0.5).any():  # there theirs waits for a later day
            middle = SurvfuncRight(days + 1, (status > 0).astype(int)).quantile(0.5)
            assert quantile(cohort, 0.5)[0] == pytest.approx(middle, nan_ok=True)


@given(CASES, st.integers(0, 45))
@settings(max_examples=150)
def test_shares_and_the_open_make_the_whole(cases, day):
    days, status = zip(*cases, strict=True)
    cohort = life_table(days, status, 3)
    found, _ = incidence(cohort, day)
    kept = cohort.survival[cohort.days <= day]
    assert found.sum() + (kept[-1] if len(kept) else 1) == pytest.approx(1)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3)), min_size=1, max_size=60), st.integers(0, 40))
@settings(max_examples=150)
def test_with_nobody_censored_it_is_the_plain_share_with_its_limits(cases, day):
    days, status = (np.array(v) for v in zip(*cases, strict=True))
    cohort = life_table(days, status, 3)
    found, error = incidence(cohort, day)
    counts = np.array([np.sum((status == c) & (days <= day)) for c in (1, 2, 3)], float)
    assert found == pytest.approx(counts / len(days))
    low, high = limits(found, effective(cohort, day, found, error))
    want = share(counts, np.full(3, len(days), float))
    assert low == pytest.approx(want[0], abs=1e-6) and high == pytest.approx(want[1], abs=1e-6)


def test_ten_people_are_ten_and_not_a_little_less():
    """Limits are exact under ten; a variance that is a sum of floats must not move a cohort of ten there."""
    cohort = life_table([0] * 10, [1] * 9 + [2], 3)
    found, error = incidence(cohort, 0)
    assert limits(found, effective(cohort, 0, found, error))[0][0] == pytest.approx(share(9, 10)[0])


def test_nobody_followed_so_long_says_nothing():
    young = life_table([10, 20, 30], [1, 0, 0], 1)
    assert young.reaches(30) and not young.reaches(31)
    assert life_table([10, 20], [1, 1], 1).reaches(400), "all have ended: nothing is left to wait for"


def test_months_are_days():
    assert [days_of(m) for m in (12, 24, 36, 48)] == [365, 730, 1096, 1461]
