"""The published comparison from cells: totals, intervals, and every refusal of a share."""

import pandas as pd
import pytest

from sources.facts import districts
from transforms import benchmarks as published
from transforms import comparison
from transforms.benchmarks import benchmarks
from transforms.clump import SIZE
from transforms.comparison import Counts, compare, share_of_change
from transforms.interval import mean
from transforms.study import Study

STUDY = Study(
    programme="Test",
    question="?",
    scope="acteam",
    primary_outcome="defendants_charged",
    outcomes=["defendants_charged", "matters_received"],
    phases=[
        {"key": "one", "label": "One", "announced_on": "2011-07-25", "first_fiscal_year": 2012, "before": (2010, 2011),
         "districts": ["GAN", "TXW", "MOW", "CAC", "TNW", "FLS"], "after": (2012, 2013)},
        {"key": "two", "label": "Two", "announced_on": "2015-12-17", "first_fiscal_year": 2016,
         "districts": ["OHN"], "before": (2014, 2015), "after": (2016, 2017)},
    ],
    spillover={"districts": ["MOE", "KS"], "why": "neighbours"},
    comparison="no team, no spill-over",
    published_comparison="all",
)  # fmt: skip


def cells(numbers=lambda district, year: 1, *, metric="defendants_charged", scope="acteam", years=range(2009, 2019)):
    """District cells plus the nation, every cell shown."""
    rows = [("district", d, y, numbers(d, y)) for d in districts() for y in years]
    rows += [("nation", "ALL", y, sum(n for _, _, when, n in rows if when == y)) for y in years]
    frame = pd.DataFrame(rows, columns=["area_kind", "area", "year", "numerator"])
    fixed = {"source": "eousa", "metric": metric, "scope": scope, "period_kind": "fy", "status": "shown",
             "is_provisional": False, "denominator": None}  # fmt: skip
    return frame.assign(period="FY" + frame["year"].astype(str), **fixed).drop(columns="year")


def sized(frame, *, size=3):
    """The same cells, and in every year 20 cases in twos and 20 in fours: together as good as cases of 10 thirds."""
    upper = float(mean(20 * (size - 1) + 20 * (size + 1), 40, 20 * (size - 1) ** 2 + 20 * (size + 1) ** 2)[1])
    years = frame[frame["area"] == "ALL"].assign(metric=SIZE, numerator=40 * size, denominator=40, upper=upper)
    return pd.concat([frame, years], ignore_index=True)


def lynch(district, year):
    """16 cases, then 35, in GAN; 1 a year in all other districts, and 2 a year after 2011 in OH N."""
    if district == "GAN":
        return {2010: 8, 2011: 8, 2012: 15, 2013: 20}.get(year, 0)
    return 0 if district in STUDY.phases[0].districts else 1


def row(frame, phase="one", outcome="defendants_charged", scope="acteam"):
    got = frame[(frame["phase"] == phase) & (frame["outcome"] == outcome) & (frame["scope"] == scope)]
    assert len(got) == 1
    return got.iloc[0]


def test_every_scope_phase_and_outcome_has_one_row_and_the_published_columns():
    got = compare(cells(), STUDY, "eousa")
    assert list(got.columns) == comparison.COLUMNS
    assert len(got) == 2 * 2 * 2
    assert got["id"].is_unique


def test_counts_ratios_and_intervals_of_the_published_comparison():
    got = row(compare(sized(cells(lynch)), STUDY, "eousa"))
    assert (got["before"], got["after"], got["n_districts"], got["n_districts_other"]) == (16, 35, 6, 86)
    assert (got["before_other"], got["after_other"]) == (172, 172)
    assert got["ratio"] == pytest.approx(2.1875)
    assert got["ratio_of_ratios"] == pytest.approx(2.1875)
    assert got["ratio_of_ratios_lower"] < got["ratio_of_ratios"] < got["ratio_of_ratios_upper"]
    assert got["share_of_change"] == pytest.approx(1.0)  # 19 of 19
    assert got["status"] == "shown"


def test_intervals_of_defendants_count_several_for_one():
    alone, known = (row(compare(frame, STUDY, "eousa")) for frame in (cells(lynch), sized(cells(lynch))))
    assert known["clump"] == pytest.approx((20 * 4 + 20 * 16) / 120)
    assert known["ratio"] == alone["ratio"] and pd.isna(alone["ratio_lower"]) and pd.isna(alone["clump"])
    assert known["ratio_lower"] < 1.18 < 4.22 < known["ratio_upper"]
    matters = pd.concat([sized(cells(lynch)), cells(lynch, metric="matters_received")])
    of_matters = row(compare(matters, STUDY, "eousa"), outcome="matters_received")
    assert of_matters["clump"] == 1
    assert of_matters["ratio_lower"] == pytest.approx(1.18, abs=0.01)


def test_later_teams_are_compared_with_before_they_start_and_earlier_ones_never_after():
    got = compare(cells(), STUDY, "eousa")
    assert row(got, "one")["n_districts_other"] == 94 - 6 - 2
    assert row(got, "two")["n_districts_other"] == 94 - 6 - 1 - 2


def test_windows_outside_the_source_are_not_applicable():
    got = row(compare(cells(years=range(2011, 2019)), STUDY, "eousa"))
    assert got["status"] == "not_applicable"
    assert "does not cover" in got["share_refused"]
    assert got[["before", "after", "ratio"]].isna().all()


def test_an_unfinished_year_is_not_compared():
    frame = cells()
    frame.loc[frame["period"] == "FY2013", "is_provisional"] = True
    assert row(compare(frame, STUDY, "eousa"))["status"] == "not_applicable"


@pytest.mark.parametrize(("last", "status"), [(2014, "not_applicable"), (2015, "shown")])
def test_windows_too_young_for_an_outcome_that_matures_are_not_compared(last, status):
    study = STUDY.model_copy(update={"follow_up_years": {"defendants_charged": 2}})
    frame = cells()
    frame["is_provisional"] = frame["period"] > f"FY{last}"
    got = row(compare(frame, study, "eousa"))
    assert got["status"] == status
    assert ("fewer than 2 final years follow" in (got["share_refused"] or "")) == (last == 2014)
    assert row(compare(frame, STUDY, "eousa"))["status"] == "shown"


def test_hidden_cells_suppress_the_row_unless_the_group_is_published():
    frame = cells(metric="matters_received")
    hidden = (frame["area"] == "GAN") & (frame["period"] == "FY2012")
    frame.loc[hidden, "status"], frame.loc[hidden, "numerator"] = "suppressed", None
    got = row(compare(frame, STUDY, "eousa"), outcome="matters_received")
    assert got["status"] == "suppressed"
    assert got[["before", "after", "before_other", "ratio", "share_of_change"]].isna().all()
    group = frame[frame["area"] == "TXW"].assign(area_kind="group", area="one", numerator=30)
    got = row(compare(pd.concat([frame, group]), STUDY, "eousa"), outcome="matters_received")
    assert (got["status"], got["before"], got["after"]) == ("shown", 60, 60)


def test_a_record_whose_state_alone_is_known_counts_in_its_group():
    named = cells(lynch)
    groups = [named[named["area"] == "TXW"].assign(area_kind="group", area=g, numerator=90) for g in ("other", "two")]
    got = row(compare(pd.concat([named, *groups]), STUDY, "eousa"))
    assert (got["before"], got["before_other"], got["after_other"]) == (16, 360, 360)


def test_a_count_that_does_not_exist_is_not_said_to_be_hidden():
    frame = cells()
    gone = (frame["area"] == "GAN") & (frame["period"] == "FY2012")
    frame.loc[gone, "status"], frame.loc[gone, "numerator"] = "not_applicable", None
    for given in (frame, frame[~gone]):
        got = row(compare(given, STUDY, "eousa"))
        assert got["status"] == "not_applicable" and pd.isna(got["before"])
        assert "does not count this" in got["share_refused"]


@pytest.mark.parametrize(
    ("treated", "nation", "placed", "share", "words"),
    [
        (Counts(16, 35), Counts(167, 200), None, 19 / 33, None),
        (Counts(16, 35), Counts(200, 200), None, None, "no national rise"),
        (Counts(16, 35), Counts(200, 150), None, None, "no national rise"),
        (Counts(35, 16), Counts(100, 200), None, None, "fell while the nation rose"),
        (Counts(10, 50), Counts(100, 120), None, None, "exceed 100 %"),
        (Counts(10, 12), Counts(100, 105), None, None, "under 10"),
        (Counts(10, 20), Counts(100, 150), Counts(70, 100), None, "name no district"),
        (Counts(10, 20), None, None, None, "not shown"),
        (Counts(10, 10), Counts(100, 150), None, 0, None),
    ],
)
def test_a_share_is_given_only_when_it_means_something(treated, nation, placed, share, words):
    got, why = share_of_change(treated, nation, placed)
    assert got == (pytest.approx(share) if share is not None else None)
    assert (why is None) == (words is None) and (words or "") in (why or "")


def test_benchmarks_set_the_published_windows_beside_ours_and_never_the_ambiguous_slide():
    frame = cells(lynch)
    frame = pd.concat([frame, frame.assign(scope="chapter77", numerator=frame["numerator"] * 2)])
    got = benchmarks(frame, compare(frame, STUDY, "eousa"), STUDY)
    assert list(got.columns) == published.COLUMNS
    assert not set(got["published"]) & {164, 122, 86}
    ours = got[(got["metric"] == "defendants_charged") & (got["scope"] == "acteam")].set_index("from_fy")
    assert list(ours.loc[[2010, 2012], "published"]) == [35, 75]
    assert list(ours.loc[[2010, 2012], "ours"]) == [16, 35]
    share = got[got["metric"] == "share_of_national_increase_defendants_charged"].iloc[0]
    assert (share["published"], share["ours"], share["unit"]) == (64, 100, "percent")
    nation = got[(got["metric"] == "doj_defendants_charged") & (got["from_fy"] == 2013)].iloc[0]
    assert (nation["scope"], nation["area"], nation["published"]) == ("chapter77", "United States", 253)
    assert (got["difference"] != "").all() and got["id"].is_unique


def test_another_programme_gets_no_figures_of_this_one():
    other = STUDY.model_copy(update={"phases": [STUDY.phases[1]]})
    got = benchmarks(cells(), compare(cells(), other, "eousa"), other)
    assert "ACTeam Phase I districts" not in set(got["area"])
