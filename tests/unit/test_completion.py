"""The chain ladder: known growths come back, the band holds what comes, and the check is arithmetic."""

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import completed
from transforms.completion import AGES, Growth, foreseen, growth
from transforms.metric import metrics, scopes

SEEN = np.array([0.5, 0.7, 0.85, 0.95, 1.0] + [1.0] * AGES)  # share of a month's records that is in at each age


def counts_of(*by_age):
    return np.array([*by_age, *[0.0] * (AGES - len(by_age))])


def test_growth_is_after_over_before():
    before, after = np.zeros((1, AGES)), np.zeros((1, AGES))
    before[0, :2], after[0, :2] = (50, 80), (75, 88)
    found = growth(before, after)
    assert found.factors[:3] == pytest.approx([1.5, 1.1, 1.0])
    assert found.to_come(0) == pytest.approx(1.65) and found.to_come(0, 1) == pytest.approx(1.5)
    expected, low, high = foreseen(counts_of(10, 20), found)
    assert expected == pytest.approx(10 * 1.65 + 20 * 1.1) and 30 < low < expected < high


def test_the_band_holds_what_comes_nine_times_in_ten_or_more():
    dice, held, n = np.random.default_rng(3), 0, 400
    for _ in range(n):
        true = dice.poisson(30, (3, AGES + 1))
        before = dice.binomial(true[:, :AGES], SEEN[:AGES])
        now = before + dice.binomial(true[:, :AGES] - before, 1 - (1 - SEEN[1 : AGES + 1]) / (1 - SEEN[:AGES] + 1e-12))
        rate = growth(before.astype(float), now.astype(float))
        months = dice.poisson(12, AGES)
        there = dice.binomial(months, SEEN[:AGES])
        _, low, high = foreseen(there.astype(float), rate)
        held += low - 0.5 <= months.sum() <= high + 0.5
    assert held / n > 0.9


@given(
    st.lists(st.integers(0, 200), min_size=AGES, max_size=AGES),
    st.lists(st.floats(1, 2), min_size=AGES, max_size=AGES),
    st.integers(1, AGES),
)
@settings(max_examples=80)
def test_what_is_expected_never_lies_under_the_count_and_grows_with_the_months(counts, factors, steps):
    rate = Growth(np.array(factors), np.full(AGES, 0.01), 1.0)
    given_ = np.array(counts, float)
    some, all_ = foreseen(given_, rate, steps), foreseen(given_, rate)
    assert sum(counts) - 1e-9 <= some[0] <= all_[0] + 1e-6
    assert some[1] <= some[2]


def test_a_count_of_none_can_still_grow():
    rate = Growth(np.array([2.0, *[1.0] * (AGES - 1)]), np.zeros(AGES), 1.0)
    expected, low, high = foreseen(np.zeros(AGES), rate)
    assert expected == 0 and low < 0.1 and 1 < high < 4


def view(day, counts):
    """One view of one metric under the widest scope: month -> count."""
    last = completed.month(day)
    rows = [("eousa", "cases_filed", "listed", "other", month, n, last - month) for month, n in counts.items()]
    return pd.DataFrame(rows, columns=["source", "metric", "scope", "area", "month", "n", "age"])


DAYS = [dt.date(2026, 7, 31), dt.date(2026, 8, 31), dt.date(2026, 9, 30)]


def test_a_forecast_is_set_against_what_the_next_delivery_says():
    july, august, september = (completed.month(d) for d in DAYS)
    views = [
        view(DAYS[0], {july: 50}), view(DAYS[1], {july: 60, august: 40}),
        view(DAYS[2], {july: 60, august: 50, september: 10}),
    ]  # fmt: skip
    (row,) = completed.completion_check(views, DAYS).to_dict("records")
    assert (row["made_on"], row["checked_on"]) == ("2026-08-31", "2026-09-30")
    assert (row["counted"], row["said"]) == (100, 110)
    assert row["foreseen"] == pytest.approx(40 * 60 / 50 + 60)  # July grew from 50 to 60 in its first month
    assert row["error"] == pytest.approx(108 / 110 - 1) and row["error_as_counted"] == pytest.approx(100 / 110 - 1)


MONTH_ENDS = [dt.date(2026, 5, 31), dt.date(2026, 6, 30), *DAYS]
ARRIVED = [50, 80, 100]  # of a hundred records of a month, at its end and in the months after


def arriving(arrived):
    """A view at every month's end: a hundred records a month, of which so many are in at each age."""
    first = completed.month(MONTH_ENDS[0]) - 14
    ends = [completed.month(day) for day in MONTH_ENDS]
    return [
        view(day, {m: arrived[min(end - m, 2)] for m in range(first, end + 1)})
        for day, end in zip(MONTH_ENDS, ends, strict=True)
    ]


def test_a_forecast_looks_as_many_months_ahead_as_have_passed():
    rows = completed.completion_check(arriving(ARRIVED), MONTH_ENDS).to_dict("records")
    assert [row["made_on"] for row in rows] == [day.isoformat() for day in MONTH_ENDS[1:-1]]
    assert [row["counted"] for row in rows] == [50 + 80 + 10 * 100] * 3
    assert [row["said"] for row in rows] == [1200, 1200, 1180]  # three, two and one month later
    for row in rows:
        assert row["foreseen"] == pytest.approx(row["said"])
        assert row["error"] == pytest.approx(0)


def test_a_forecast_knows_nothing_of_what_arrived_after_it():
    early, late = arriving(ARRIVED)[:-1], arriving([10, 20, 400])[-1]
    was, now = (
        completed.completion_check([*early, last], MONTH_ENDS).to_dict("records")
        for last in (arriving(ARRIVED)[-1], late)
    )
    assert [row["foreseen"] for row in now] == [row["foreseen"] for row in was]
    assert [row["said"] for row in now] != [row["said"] for row in was]


@pytest.mark.parametrize("day", [31, 15])
def test_a_data_date_within_a_month_foresees_the_same_counts(day):
    """A hundred cases a month, of which half are in at its end and all two months later; evenly between."""
    days = [dt.date(2026, m, min(day, 30) if m == 6 else day) for m in (5, 6, 7)]
    months = [completed.month(d) for d in days]
    since = 0 if day == 31 else 0.5  # months since the last one was over

    def arrived(age):
        return float(np.interp(age + since, [-1, 0, 2], [0, 50, 100]))

    first = months[0] - 14
    views = [
        view(d, {m: arrived(last - m) for m in range(first, last + 2)}) for d, last in zip(days, months, strict=True)
    ]
    found = completed.growths(views, months)["eousa", "cases_filed"]
    assert found.factors[:3] == pytest.approx([arrived(k + 1) / arrived(k) for k in range(3)])
    quarter = {"id": "q", "source": "eousa", "metric": "cases_filed", "scope": "listed", "area_kind": "nation",
               "area": "ALL", "period_kind": "quarter", "period": "FY2026 Q3", "numerator": 1.0}  # fmt: skip
    (row,) = completed.completion(views, months, pd.DataFrame([quarter])).to_dict("records")
    assert row["expected"] == pytest.approx(300)
    (checked,) = completed.completion_check(views, days).to_dict("records")
    assert checked["foreseen"] == pytest.approx(checked["said"]) and checked["counted"] < checked["said"] <= 1200


def test_a_month_that_still_runs_is_not_counted_in_a_view(tmp_path, monkeypatch):
    monkeypatch.setattr(completed, "counted", lambda: [metrics()["cases_filed"]])
    monkeypatch.setattr(completed, "scopes", lambda: {completed.WHOLE: scopes()[completed.WHOLE]})
    mart = tmp_path / "facts.parquet"
    with duckdb.connect() as con:
        con.execute(
            "copy (select 'eousa' as source, 'other' as group_key, unnest([date '2026-06-01', date '2026-06-30',"
            f" date '2026-07-03']) as filed_on) to '{mart}'"
        )
        found = completed.monthly(con, (dt.date(2026, 7, 15), {"mart.case_facts": mart}))
        ended = completed.monthly(con, (dt.date(2026, 7, 31), {"mart.case_facts": mart}))
    assert found[found["scope"] == "listed"][["age", "n"]].to_numpy().tolist() == [[0, 2]]
    assert sorted(ended[ended["scope"] == "listed"][["age", "n"]].to_numpy().tolist()) == [[0, 1], [1, 2]]


def test_what_a_period_will_count_is_foreseen_when_it_is_over():
    rows = [
        {"id": name, "source": "eousa", "metric": "cases_filed", "scope": "listed", "area_kind": "nation",
         "area": "ALL", "period_kind": "quarter" if "Q" in name else "fy", "period": name, "numerator": 100.0,
         "status": "shown", "is_provisional": True}
        for name in ("FY2025", "FY2026", "FY2026 Q3", "FY2026 Q4")
    ]  # fmt: skip
    views, months = arriving(ARRIVED), [completed.month(day) for day in MONTH_ENDS]
    over = [set(completed.completion(views[:n], months[:n], pd.DataFrame(rows))["period"]) for n in (4, 5)]
    assert completed.completion([], [], pd.DataFrame(rows)).empty
    assert over == [{"FY2025", "FY2026 Q3"}, {"FY2025", "FY2026", "FY2026 Q3", "FY2026 Q4"}]


def test_views_that_are_not_a_month_apart_say_nothing_of_growth():
    days = [dt.date(2026, 1, 31), dt.date(2026, 9, 30)]
    views = [view(d, {completed.month(d): 5}) for d in days]
    assert completed.growths(views, [completed.month(d) for d in days]) == {}
    assert completed.completion_check(views, days).empty


@pytest.mark.parametrize(
    ("day", "last"), [("2026-09-30", "2026-09"), ("2026-09-29", "2026-08"), ("2024-02-28", "2024-01")]
)
def test_a_month_counts_when_it_is_over(day, last):
    year, month = map(int, last.split("-"))
    assert completed.month(dt.date.fromisoformat(day)) == year * 12 + month - 1
