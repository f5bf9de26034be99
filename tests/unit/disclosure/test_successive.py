"""Two editions, one after the other: whoever has both can work out no more than from one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from tests.unit.disclosure.tables import GROUPS, TIERS, group_of, table
from transforms.disclosure import Rule, attack, attack_parts, protect, protect_parts

RULE = Rule()
YEARLY = "fy"


def filling(listed: np.ndarray) -> pd.DataFrame:
    """A year that is still filling up, one scope."""
    made = table(listed, listed * 0).assign(is_provisional=True)
    return made[made["scope"] == "listed"].reset_index(drop=True)


@pytest.fixture
def august() -> pd.DataFrame:
    """Released with the small count of C hidden behind phase_1, by year alone."""
    listed = np.full((len(GROUPS), 4), 90)
    listed[2] = [3, 0, 0, 0]
    made = filling(listed)
    must = made["area"].isin(["C", "spillover", "phase_1", "A", "B"]) | (made["period_kind"] != YEARLY)
    must &= (made["numerator"] > 0) | (made["period_kind"] != YEARLY) & (made["area_kind"] == "district")
    made.loc[must, ["numerator", "value", "lower", "upper"]] = np.nan
    return made.assign(status=made["status"].mask(must, "suppressed"))


def september(late: int) -> pd.DataFrame:
    listed = np.full((len(GROUPS), 4), 90)
    listed[2] = [3, 0, 0, 0]
    listed[3, 0] += late
    return filling(listed)


def least_and_most(before: pd.DataFrame, after: pd.DataFrame, area: str) -> tuple[float, float]:
    """By hand, of the yearly count after: every pair of tables that fits what both show and in which nothing fell."""
    yearly = [f[f["period_kind"] == YEARLY].set_index("area")["numerator"] for f in (before, after)]
    names = list(yearly[0].index)
    n = len(names)
    rows, constants = [], []
    for k, shown in enumerate(yearly):
        for top, parts in [("ALL", set(GROUPS.values())), *((g, _of(g)) for g in set(GROUPS.values()))]:
            row = np.zeros(2 * n)
            row[k * n + names.index(top)] = 1
            row[[k * n + names.index(p) for p in parts]] = -1
            rows.append(row), constants.append(0.0)
        for name in names:
            if not np.isnan(shown[name]):
                row = np.zeros(2 * n)
                row[k * n + names.index(name)] = 1
                rows.append(row), constants.append(shown[name])
    grows = np.hstack([np.eye(n), -np.eye(n)])
    found = []
    for sign in (1, -1):
        goal = np.zeros(2 * n)
        goal[n + names.index(area)] = sign
        best = linprog(goal, A_ub=grows, b_ub=np.zeros(n), A_eq=np.array(rows), b_eq=constants, bounds=(0, 10_000))
        assert best.status == 0
        found.append(sign * best.fun)
    return found[0], found[1]


def _of(group: str) -> list[str]:
    return [district for district, g in GROUPS.items() if g == group]


@pytest.mark.parametrize("late", [0, 1, 5])
def test_a_small_count_that_two_editions_would_open_is_caught_and_then_hidden(august, late):
    truth = september(late)
    alone = protect(truth, TIERS, RULE, group_of)
    assert attack(alone, TIERS, RULE, group_of) == []
    least, most = least_and_most(august, alone, "C")
    assert 3 - late <= least <= most <= 3 + late, "planted: the two open it"
    assert "C" in {e.area for e in attack(alone, TIERS, RULE, group_of, [august]) if not e.is_from_earlier}
    after = protect(truth, TIERS, RULE, group_of, earlier=[august])
    assert [e for e in attack(after, TIERS, RULE, group_of, [august]) if not e.is_from_earlier] == []
    least, most = least_and_most(august, after, "C")
    assert least <= 1 and most >= 10


def test_a_year_that_has_grown_by_much_may_open(august):
    """What was hidden in a first small month is not hidden for ever."""
    listed = np.full((len(GROUPS), 4), 900)
    after = protect(filling(listed), TIERS, RULE, group_of, earlier=[august])
    yearly = after[(after["period_kind"] == YEARLY) & after["area"].isin(["C", "phase_1", "other", "ALL"])]
    assert (yearly["status"] == "shown").all()


SIZES = st.sampled_from([0, 0, 1, 2, 3, 5, 8, 11, 14, 30, 90])
LATE = st.sampled_from([0, 0, 0, 0, 1, 2, 8, 40])


@settings(max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck))
@given(arrays(int, (len(GROUPS), 4), elements=SIZES), arrays(int, (len(GROUPS), 4), elements=LATE))
def test_whatever_comes_in_late_the_two_together_open_nothing(first, late):
    before = protect(filling(first), TIERS, RULE, group_of)
    after = protect(filling(first + late), TIERS, RULE, group_of, earlier=[before])
    assert [e for e in attack(after, TIERS, RULE, group_of, [before]) if not e.is_from_earlier] == []


def parts(counts: list[int]) -> pd.DataFrame:
    n = len(counts)
    return pd.DataFrame({
        "id": [f"s/m/acteam:k={i}/ALL/FY2012" for i in range(n)], "source": "s", "metric": "m", "scope": "acteam",
        "split": "k", "part": [str(i) for i in range(n)], "area": "ALL", "period": "FY2012",
        "numerator": np.array(counts, float), "denominator": np.nan, "value": np.array(counts, float), "lower": 0.0,
        "upper": 1.0, "status": "shown",
    })  # fmt: skip


def total(counts: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": ["s/m/acteam/ALL/FY2012"], "metric": "m", "status": "shown", "numerator": float(sum(counts))}
    )


def hide(frame: pd.DataFrame, places: list[int]) -> pd.DataFrame:
    is_hidden = frame.index.isin(places)
    return frame.assign(
        numerator=frame["numerator"].mask(is_hidden), status=frame["status"].mask(is_hidden, "suppressed")
    )


def test_parts_hidden_behind_one_another_in_turn_are_caught():
    tiers, counts = {"m": "restricted"}, [6, 45, 60]
    august, september = hide(parts(counts), [0, 1]), hide(parts(counts), [0, 2])
    for alone in (august, september):
        assert attack_parts(alone, total(counts), tiers, RULE) == []
    found = attack_parts(september, total(counts), tiers, RULE, (august, total(counts)))
    assert {(e.scope, e.lowest, e.highest) for e in found} == {("acteam:k=0", 6, 6)}
    guarded = protect_parts(parts(counts), total(counts), tiers, RULE, [(september, total(counts))])
    assert attack_parts(guarded, total(counts), tiers, RULE, (september, total(counts))) == []


def test_parts_that_were_hidden_stay_so_until_the_total_has_grown():
    """Ten became eleven: shown, it would say what was hidden to within one."""
    tiers, first, second, third = {"m": "restricted"}, [10, 45, 60], [11, 45, 60], [25, 70, 90]
    last = (protect_parts(parts(first), total(first), tiers, RULE), total(first))
    assert last[0]["status"].tolist() == ["suppressed", "suppressed", "shown"]
    assert (protect_parts(parts(second), total(second), tiers, RULE)["status"] == "shown").all()
    after = protect_parts(parts(second), total(second), tiers, RULE, [last])
    assert after["status"].tolist() == ["suppressed", "suppressed", "shown"]
    assert attack_parts(after, total(second), tiers, RULE, last) == []
    opened = protect_parts(parts(third), total(third), tiers, RULE, [last])
    assert (opened["status"] == "shown").all() and attack_parts(opened, total(third), tiers, RULE, last) == []


def test_a_small_part_that_is_shown_is_found():
    tiers = {"m": "restricted"}
    assert [e.lowest for e in attack_parts(parts([4, 50]), total([4, 50]), tiers, RULE)] == [4]
    bare = replace(RULE, threshold=2)
    assert attack_parts(protect_parts(parts([4, 50]), total([4, 50]), tiers, bare), total([4, 50]), tiers, bare) == []
