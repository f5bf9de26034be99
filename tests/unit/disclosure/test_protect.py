"""What leaves, and what an attacker can make of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sources.errors import DefinitionError
from tests.unit.disclosure.attack_by_hand import narrowed
from tests.unit.disclosure.tables import GROUPS, TIERS, group_of, table
from transforms.disclosure import Rule, attack, masked, protect
from transforms.disclosure.block import build
from transforms.disclosure.cuts import Tight
from transforms.disclosure.suppression import Search

RULE = Rule()
NUMBERS = ["numerator", "value", "lower", "upper"]
SIZES = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8, 11, 14, 30, 90])


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    listed = draw(arrays(int, (len(GROUPS), 4), elements=SIZES))
    share = draw(arrays(float, (len(GROUPS), 4), elements=st.sampled_from([0.0, 0.3, 0.9, 1.0])))
    return table(listed, np.floor(listed * share).astype(int))


@pytest.fixture
def one_small() -> pd.DataFrame:
    """All counts are large but those of district C, the only one of its group."""
    listed = np.full((len(GROUPS), 4), 90)
    listed[2] = [3, 0, 0, 0]
    return table(listed, listed // 3)


@settings(max_examples=10, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tables())
def test_no_interval_is_too_tight(truth: pd.DataFrame) -> None:
    published = protect(truth, TIERS, RULE, group_of)
    assert narrowed(truth, published, RULE.threshold) == []
    assert attack(published, TIERS, RULE, group_of) == []


@settings(max_examples=10, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tables())
def test_what_is_shown_is_true_and_what_is_hidden_is_gone(truth: pd.DataFrame) -> None:
    published = protect(truth, TIERS, RULE, group_of)
    is_hidden = published["status"] == "suppressed"
    withheld = (truth["area_kind"] == "district") & (truth["period_kind"] == "quarter")
    assert (truth["numerator"] > 0)[is_hidden & ~withheld].all()
    pd.testing.assert_frame_equal(published[~is_hidden], truth[~is_hidden])
    assert published.loc[is_hidden, NUMBERS].isna().all(axis=None)
    assert not published.loc[~is_hidden, "numerator"].between(1, 10).any()


def test_a_zero_is_always_shown_so_what_is_hidden_is_one_or_more() -> None:
    """D to G take 4 or more of the 11 that C and `other` share, so C is 7 at most."""
    listed = np.zeros((len(GROUPS), 4), dtype=int)
    listed[:, 0] = [90, 90, 3, 2, 2, 2, 2]
    truth = table(listed, listed * 0)
    hidden = truth["area"].isin(["C", "spillover", "other", "D", "E", "F", "G"]) & (truth["numerator"] > 0)
    withheld = (truth["area_kind"] == "district") & (truth["period_kind"] == "quarter")
    opened = masked(truth, (hidden | withheld).to_numpy())
    found = {(e.scope, e.area, e.period): (e.lowest, e.highest) for e in attack(opened, TIERS, RULE, group_of)}
    assert found["listed", "C", "FY2012"] == (1, 7)
    published = protect(truth, TIERS, RULE, group_of)
    assert attack(published, TIERS, RULE, group_of) == [] and narrowed(truth, published, RULE.threshold) == []
    assert not (published["status"] == "suppressed")[(truth["numerator"] == 0) & ~withheld].any()


def test_the_same_table_gives_the_same_pattern(one_small: pd.DataFrame) -> None:
    first = protect(one_small, TIERS, RULE, group_of)
    pd.testing.assert_frame_equal(first, protect(one_small, TIERS, RULE, group_of))


def test_without_complementary_suppression_the_attacker_finds_the_planted_count(one_small: pd.DataFrame) -> None:
    bare = protect(one_small, TIERS, replace(RULE, complementary=False), group_of)
    found = {(e.scope, e.area, e.period): (e.lowest, e.highest) for e in attack(bare, TIERS, RULE, group_of)}
    assert found["listed", "C", "FY2012"] == (3, 3)
    assert narrowed(one_small, bare, RULE.threshold)


def test_with_it_the_attacker_finds_nothing(one_small: pd.DataFrame) -> None:
    published = protect(one_small, TIERS, RULE, group_of)
    assert attack(published, TIERS, RULE, group_of) == []
    by_level = published[published["status"] == "shown"].groupby(["area_kind", "period_kind"]).size()
    assert by_level["nation", "fy"] == 2, "the nation by year is worth most"


def test_a_small_difference_of_nested_scopes_is_guarded() -> None:
    listed = np.full((len(GROUPS), 4), 90)
    truth = table(listed, listed - np.eye(len(GROUPS), 4, dtype=int) * [[2], [0], [0], [0], [0], [0], [0]])
    bare = protect(truth, TIERS, replace(RULE, complementary=False), group_of)
    found = {(e.scope, e.area) for e in attack(bare, TIERS, RULE, group_of)}
    assert ("listed without acteam", "A") in found
    published = protect(truth, TIERS, RULE, group_of)
    assert attack(published, TIERS, RULE, group_of) == []
    assert narrowed(truth, published, RULE.threshold) == []


def test_public_docket_metrics_stay_as_they_are(one_small: pd.DataFrame) -> None:
    docket = one_small.assign(metric="cases_filed")
    both = pd.concat([docket, one_small], ignore_index=True)
    published = protect(both, TIERS, RULE, group_of)
    pd.testing.assert_frame_equal(published[published["metric"] == "cases_filed"], docket)


def test_districts_by_quarter_are_withheld_whole(one_small: pd.DataFrame) -> None:
    published = protect(one_small, TIERS, RULE, group_of)
    level = (published["area_kind"] == "district") & (published["period_kind"] == "quarter")
    assert set(published.loc[level, "status"]) == {"suppressed"}


def test_a_share_hides_with_its_parts_and_a_median_with_its_records(one_small: pd.DataFrame) -> None:
    parts = one_small.assign(denominator=one_small["numerator"] * 2, value=0.5)
    published = protect(parts, TIERS, RULE, group_of)
    small = parts["numerator"].between(1, 10)
    assert published.loc[small, ["denominator", "value"]].isna().all(axis=None)
    median = one_small.assign(denominator=one_small["numerator"], numerator=np.nan, value=33.0)
    published = protect(median, TIERS, RULE, group_of)
    assert published.loc[median["denominator"].between(1, 10), "value"].isna().all()


def test_a_total_above_its_parts_is_guarded_like_a_part_without_a_row() -> None:
    """Five matters of unknown district: nation less groups would give them away."""
    listed = np.full((len(GROUPS), 4), 90)
    truth = table(listed, listed * 0)
    more = (truth["area"] == "ALL") & truth["period"].isin(["FY2012", "FY2012 Q1"]) & (truth["scope"] == "listed")
    truth.loc[more, "numerator"] += 5
    bare = protect(truth, TIERS, replace(RULE, complementary=False), group_of)
    assert {e.area for e in attack(bare, TIERS, RULE, group_of)} == {"left over of ALL"}
    assert attack(protect(truth, TIERS, RULE, group_of), TIERS, RULE, group_of) == []


def test_parts_above_their_total_are_refused(one_small: pd.DataFrame) -> None:
    one_small.loc[one_small["area"] == "ALL", "numerator"] -= 50
    with pytest.raises(DefinitionError, match="more than their total"):
        protect(one_small, TIERS, RULE, group_of)


def test_what_an_earlier_edition_showed_hides_nothing(one_small: pd.DataFrame) -> None:
    """Spill-over hides with `other` when free; if `other` was shown before, unchanged, something else must go."""
    first = protect(one_small, TIERS, RULE, group_of)
    yearly = (first["area"] == "other") & (first["period"] == "FY2012") & (first["scope"] == "listed")
    assert first.loc[yearly, "status"].item() == "suppressed"
    earlier = one_small[yearly]
    again = protect(one_small, TIERS, RULE, group_of, earlier=[earlier])
    others = again[
        (again["scope"] == "listed") & (again["period"] == "FY2012") & again["area"].isin(["phase_1", "ALL"])
    ]
    assert (others["status"] == "suppressed").any()


def test_what_a_settled_earlier_edition_hid_stays_hidden(one_small: pd.DataFrame) -> None:
    first = protect(one_small, TIERS, RULE, group_of)
    grown = one_small.assign(numerator=one_small["numerator"] * 100)
    second = protect(grown, TIERS, RULE, group_of, earlier=[first])
    was_hidden = first["status"] == "suppressed"
    assert (second.loc[was_hidden, "status"] == "suppressed").all()
    moving = first.assign(is_provisional=True)
    third = protect(grown, TIERS, RULE, group_of, earlier=[moving])
    assert (third["status"] == "suppressed").sum() < (second["status"] == "suppressed").sum()


def test_what_an_earlier_edition_gave_away_is_said(one_small: pd.DataFrame) -> None:
    published = protect(one_small, TIERS, RULE, group_of, earlier=[one_small])
    found = attack(published, TIERS, RULE, group_of, earlier=[one_small])
    assert ("C", True) in {(e.area, e.is_from_earlier) for e in found}


def test_a_threshold_raised_after_a_release_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Totals of 20 left when 10 was enough: twins whose count no pattern can guard any more are lost together."""
    truth = table(np.tile([5, 0, 0, 0], (len(GROUPS), 1)), np.zeros((len(GROUPS), 4), dtype=int))
    released = protect(truth, TIERS, RULE, group_of)
    answers = []

    def counted(search: Search, found: list[Tight]) -> None:
        answers.append(found)
        assert len(answers) < 100, "the search has no end"
        answer(search, found)

    answer = Search.answer
    monkeypatch.setattr(Search, "answer", counted)
    published = protect(truth, TIERS, replace(RULE, threshold=20), group_of, earlier=[released])
    assert not published.loc[published["status"] == "shown", "numerator"].between(1, 19).any()


def test_what_a_release_shows_under_a_raised_threshold_is_from_earlier() -> None:
    truth = table(np.full((len(GROUPS), 4), 4), np.zeros((len(GROUPS), 4), dtype=int))
    raised = replace(RULE, threshold=20)
    released = protect(truth, TIERS, RULE, group_of)
    assert released.loc[released["status"] == "shown", "numerator"].between(1, 19).any()
    published = protect(truth, TIERS, raised, group_of, earlier=[released])
    found = attack(published, TIERS, raised, group_of, earlier=[released])
    assert found and all(e.is_from_earlier for e in found)


def test_a_search_that_finds_nothing_but_what_is_lost_is_refused(one_small: pd.DataFrame) -> None:
    rows = one_small.assign(count=one_small["numerator"], place=range(len(one_small)), is_known=False)
    block, none = build(rows, RULE, group_of, least=1), np.zeros(len(rows), dtype=bool)
    search = Search(block, none, np.ones(len(rows)), none, lost={3})
    with pytest.raises(DefinitionError, match="nothing but what is lost"):
        search.answer([Tight(3, 0.0, np.zeros(len(rows)))])
