"""Parts of a restricted count, and rates over one: nothing that is hidden can be told from what is shown."""

import itertools

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.disclosure import Rule, attack_parts, follow, protect_parts, without_few

RULE, TIERS = Rule(threshold=11), {"m": "restricted", "open": "public_docket", "share": "restricted"}


def parts(counts, metric="m"):
    n = len(counts)
    return pd.DataFrame({
        "id": [f"s/{metric}/acteam:k={i}/ALL/FY2012" for i in range(n)], "source": "s", "metric": metric,
        "scope": "acteam", "split": "k", "part": [str(i) for i in range(n)], "area": "ALL", "period": "FY2012",
        "numerator": np.array(counts, float), "denominator": np.nan, "value": np.array(counts, float), "lower": 0.0,
        "upper": 1.0, "status": "shown",
    })  # fmt: skip


def total(counts, status="shown", metric="m", area="ALL"):
    return pd.DataFrame({
        "id": [f"s/{metric}/acteam/{area}/FY2012"], "source": "s", "metric": metric, "scope": "acteam", "area": area,
        "period": "FY2012", "numerator": float(sum(counts)), "denominator": np.nan, "value": float(sum(counts)),
        "lower": 0.0, "upper": 1.0, "status": status,
    })  # fmt: skip


def told(counts, shown, of):
    """All values that a hidden part can have, by trying every table that fits what is published."""
    hidden = [i for i, s in enumerate(shown.status) if s == "suppressed"]
    left = of - int(shown.loc[shown.status == "shown", "numerator"].sum())
    found = {i: set() for i in hidden}
    least = 0 if len(hidden) == len(counts) and of - len(counts) < RULE.threshold - 2 else 1  # a part of none is shown
    for values in itertools.product(range(least, left + 1), repeat=len(hidden)):
        if sum(values) == left:
            for i, v in zip(hidden, values, strict=True):
                found[i].add(v)
    return found


@settings(max_examples=60)
@given(st.lists(st.integers(0, 24), min_size=2, max_size=3))
@example([1, 1, 9])
@example([0, 2, 9])
def test_every_hidden_small_part_can_be_anything_small(counts):
    shown = protect_parts(
        parts(counts), total(counts, "shown" if sum(counts) not in range(1, 11) else "suppressed"), TIERS, RULE
    )
    if sum(counts) in range(1, 11):
        assert (shown.status == "suppressed").all()
        return
    small = {i for i, n in enumerate(counts) if 1 <= n < 11}
    can_be = told(counts, shown, sum(counts))
    assert small <= set(can_be)
    assert all(set(range(1, 11)) <= can_be[i] for i in small)
    assert small or not can_be, "something is hidden that guards nothing"
    assert attack_parts(shown, total(counts), TIERS, RULE) == []


def test_parts_that_are_no_zeros_hold_each_other_down():
    """Five hidden parts of ten, each one or more: none is over six."""
    made, of = parts([2, 2, 2, 2, 2, 40]), total([50])
    opened = made.assign(numerator=made["numerator"].mask(made["numerator"] < 11))
    assert {(e.lowest, e.highest) for e in attack_parts(opened, of, TIERS, RULE)} == {(1, 6)}
    shown = protect_parts(made, of, TIERS, RULE)
    assert (shown.status == "suppressed").all() and attack_parts(shown, of, TIERS, RULE) == []


def test_parts_of_a_hidden_total_are_hidden_and_public_parts_pass():
    assert (protect_parts(parts([30, 40]), total([70], "suppressed"), TIERS, RULE).status == "suppressed").all()
    assert (protect_parts(parts([1, 2], "open"), total([3], "shown", "open"), TIERS, RULE).status == "shown").all()


def test_a_rate_is_hidden_where_its_count_is():
    cells = pd.concat([
        total([20], metric="m", area="a"), total([20], "suppressed", metric="m", area="b"),
        total([5], metric="share", area="a"), total([5], metric="share", area="b"),
    ], ignore_index=True)  # fmt: skip
    found = follow(cells, {"share": "m"}).set_index(["metric", "area"])
    assert found.loc[("share", "a"), "status"] == "shown"
    assert found.loc[("share", "b"), "status"] == "suppressed" and np.isnan(found.loc[("share", "b"), "numerator"])


def test_a_median_of_restricted_days_is_not_shown_over_few_records():
    """The wait of one case and the day on which it was filed are the day on which its matter was received."""
    waits = parts([30, 40, 50, 60], "wait").assign(numerator=np.nan, denominator=[1.0, 10.0, 11.0, np.nan])
    found = without_few(pd.concat([waits, parts([3], "open")], ignore_index=True), ["wait"], RULE)
    assert list(found["status"]) == ["suppressed", "suppressed", "shown", "shown", "shown"]
    assert found.loc[:1, ["numerator", "denominator", "value", "lower", "upper"]].isna().all(axis=None)
    assert list(found.loc[2:, "value"]) == [50.0, 60.0, 3.0]
