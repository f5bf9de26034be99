"""A direction is stated only where the interval carries it."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from reports import cards, sentences
from reports.edition import Edition
from reports.sections import brief
from reports.words import Cell
from transforms.interval import rate_ratio

VIEW = ("eousa", "acteam")
METRICS = {
    "cases_filed": {"kind": "count", "unit": "cases"},
    "defendants_charged": {"kind": "count", "unit": "defendants"},
    "conviction_rate": {"kind": "rate", "unit": "share"},
    "defendants_per_case": {"kind": "ratio", "unit": "x"},
}


def cell(metric, period, value, **fields):
    made = Cell("id", metric, "phase_1", period, value, value, None, None, None, "shown", False)
    return made._replace(**fields)


@pytest.fixture
def said(edition, monkeypatch):
    """The sentence about two values of a metric."""

    def say(metric, now, before, per_case=1.0):
        found = {(metric, "FY2020"): now, (metric, "FY2019"): before}
        monkeypatch.setattr(Edition, "clumps", property(lambda self: {VIEW: per_case}))
        monkeypatch.setattr(Edition, "cell", lambda self, s, m, sc, a, p: found.get((m, p)))
        return sentences.which_way(edition, metric, VIEW, "phase_1", "FY2020", "FY2019")

    return say


def test_clear_rise_is_stated_with_its_interval(said):
    claim = said("cases_filed", cell("cases_filed", "FY2020", 60.0), cell("cases_filed", "FY2019", 20.0))
    assert claim.text.startswith("Phase I: 60 in FY2020, more than the 20 of FY2019 (ratio 3.00, 95 % interval 1.7")
    assert claim.lower > 1


def test_small_change_has_no_direction(said):
    claim = said("cases_filed", cell("cases_filed", "FY2020", 24.0), cell("cases_filed", "FY2019", 20.0))
    assert claim.text == "Phase I: 24 in FY2020 and 20 in FY2019, no clear change"


def test_defendants_of_one_scheme_are_not_a_rise(said):
    pair = cell("defendants_charged", "FY2020", 60.0), cell("defendants_charged", "FY2019", 20.0)
    assert "more than the" in said("defendants_charged", *pair).text
    assert "no clear change" in said("defendants_charged", *pair, per_case=10.0).text
    assert said("defendants_charged", *pair, per_case=None).text.endswith("how many defendants a case has is not known")


def test_defendants_of_a_quarter_are_compared_as_those_of_a_year_are(edition, monkeypatch):
    size = edition.clumps[VIEW]
    assert 1 < size < 6
    found = {f"FY20{y} Q4": cell("defendants_charged", f"FY20{y} Q4", n) for y, n in ((19, 8.0), (20, 20.0))}
    monkeypatch.setattr(Edition, "cell", lambda self, s, m, sc, a, p: found.get(p))
    assert rate_ratio(20, 8).lower > 1 > rate_ratio(20, 8, clump=size).lower
    claim = sentences.which_way(edition, "defendants_charged", VIEW, "phase_1", "FY2020 Q4", "FY2019 Q4")
    assert claim.text == "Phase I: 20 in FY2020 Q4 and 8 in FY2019 Q4, no clear change"


def test_provisional_year_is_not_compared(said):
    now = cell("cases_filed", "FY2020", 5.0, is_provisional=True)
    claim = said("cases_filed", now, cell("cases_filed", "FY2019", 50.0))
    assert claim.text.endswith("not compared: a period is provisional")


@pytest.mark.parametrize(
    ("last", "words"), [("FY2021", "fewer than 2 final years follow"), ("FY2022", "fewer than the")]
)
def test_a_cohort_is_compared_when_it_is_old_enough(said, monkeypatch, last, words):
    monkeypatch.setattr(Edition, "last_final", lambda self, s, m, sc: last)
    pair = cell("cohort_convicted", "FY2020", 4.0), cell("cohort_convicted", "FY2019", 30.0)
    assert words in said("cohort_convicted", *pair).text
    pair = cell("defendants_charged", "FY2020", 4.0), cell("defendants_charged", "FY2019", 30.0)
    assert "fewer than the" in said("defendants_charged", *pair).text


def test_hidden_and_missing_values_are_named(said):
    hidden = cell("cases_filed", "FY2020", None, status="suppressed")
    assert said("cases_filed", hidden, None).text == "Phase I: not shown in FY2020 and not reported in FY2019"


def test_shares_need_intervals_that_do_not_touch(said):
    high = cell("conviction_rate", "FY2020", 0.9, lower=0.86, upper=0.93)
    low = cell("conviction_rate", "FY2019", 0.7, lower=0.65, upper=0.75)
    near = cell("conviction_rate", "FY2019", 0.85, lower=0.8, upper=0.89)
    assert said("conviction_rate", high, low).text == "Phase I: 90 % in FY2020, higher than the 70 % of FY2019"
    assert "no clear change" in said("conviction_rate", high, near).text


def test_zero_before_has_no_ratio_and_no_crash(said):
    claim = said("cases_filed", cell("cases_filed", "FY2020", 0.0), cell("cases_filed", "FY2019", 0.0))
    assert claim.text == "Phase I: 0 in FY2020 and 0 in FY2019, no clear change"


@pytest.mark.parametrize("none", [None, float("nan")])
def test_a_ratio_that_does_not_exist_is_not_said_to_include_1(edition, none):
    """Nothing was counted in the sites: no ratio of theirs, and none to set against the others."""
    shown = edition.tables["comparison"].query("status == 'shown'").iloc[0]
    ratios = {f"{name}{end}": none for name in ("ratio", "ratio_of_ratios") for end in ("", "_lower", "_upper")}
    row = SimpleNamespace(**shown.to_dict() | {"before": 0, "after": 0} | ratios)
    here, there, against = (claim.text for claim in sentences.compared(row))
    assert here.endswith("so there is no ratio.") and "95 %" not in here
    assert "a ratio of" in there
    assert against.startswith("Set against the others there is no ratio: nothing was counted")
    table = pd.DataFrame([vars(row)]).astype(dict.fromkeys(ratios, object))
    study = edition.manifest["study"] | {"primary_outcome": row.outcome}
    tables = edition.tables | {"comparison": table}
    found = replace(edition, tables=tables, manifest=edition.manifest | {"study": study})
    assert any("too few counts to say" in line for line in brief.sure(found))


def test_the_card_names_the_districts_that_the_comparison_is_with(edition):
    study = edition.manifest["study"]
    card = cards.comparison_card(edition, "id", ["eousa"])
    assert study["comparison"] in card.counted and study["published_comparison"] not in card.counted
