"""The study file: what is refused, by name, and the one of the demo."""

import datetime as dt

import pytest
import yaml

from sources.errors import DefinitionError
from transforms.study import Study, default_text, demo_text, fiscal_year, load


def changed(**fields):
    return yaml.safe_load(default_text()) | fields


def phase(**fields):
    first, second = yaml.safe_load(default_text())["phases"]
    return changed(phases=[first | fields, second])


OUTCOMES = yaml.safe_load(default_text())["outcomes"]
BAD = {
    "primary_outcome is not one of outcomes": changed(primary_outcome="conviction_rate"),
    "should be a valid dictionary": None,
    "outcomes: wonders not known": changed(outcomes=["defendants_charged", "wonders"]),
    "scope: everything not known": changed(scopes_beside=["everything"]),
    "follow_up_years: wonders not known": changed(follow_up_years={"wonders": 2}),
    "estimators: magic not known": changed(estimators=["magic"]),
    "each needs a key of its own": phase(key="phase_2"),
    "no district is named": phase(districts=[]),
    "in two groups: MN": phase(districts=["MN"]),
    "not one of the 94 districts: XX": phase(districts=["XX"]),
    "windows must be before < after": phase(before=[2012, 2013]),
    "first_fiscal_year must lie after the first window": phase(first_fiscal_year=2011),
    "operational_on lies before announced_on": phase(operational_on="2011-01-01"),
    "before the phase was announced or operational": phase(operational_on="2012-11-01"),
    "no site, or a year before its start": changed(
        dose=[{"district": "GAN", "fiscal_year": 2011, "expertise": 1, "leadership": 1, "coordination": 1}]
    ),
    "a site and year is given twice": changed(
        dose=[{"district": "GAN", "fiscal_year": 2012, "expertise": 1, "leadership": 1, "coordination": 1}] * 2
    ),
    "inference.draws": changed(inference={"draws": 9}),
    "surprise: not a field": changed(surprise=1),
    "phases: List should have at least 1 item": changed(phases=[]),
    "other, spillover, unresolved are taken": phase(key="unresolved"),
    **{f"{key}: a key is made of": phase(key=key) for key in ("ALL", "CAC", "PHASE_1", "a/b", "x'y", "1st", "a\n", "")},
    "follow_up_years.cohort_convicted: Input should be greater": changed(follow_up_years={"cohort_convicted": -3}),
    "outcomes: one is named twice": changed(outcomes=["defendants_charged", "cohort_convicted"] * 2),
    "scope: bjs not counted by district": changed(scope="bjs"),
    "scope: flagged not counted by district": changed(scopes_beside=["flagged"]),
    "outcomes: conviction_rate, median_prison_months, defendants_pending no count that adds up": changed(
        outcomes=[*OUTCOMES, "conviction_rate", "median_prison_months", "defendants_pending"]
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_a_study_that_contradicts_itself_is_refused_with_words(tmp_path, words):
    path = tmp_path / "study.yml"
    path.write_text(yaml.safe_dump(BAD[words]))
    with pytest.raises(DefinitionError, match="Mend the study file") as caught:
        load(path)
    assert words in str(caught.value)


def test_the_demo_differs_in_nothing_but_its_draws():
    full, demo = (Study(**yaml.safe_load(text())) for text in (default_text, demo_text))
    assert (full.inference.draws, full.inference.power_draws) == (1999, 500)
    assert demo.inference.draws < full.inference.draws
    assert demo.model_copy(update={"inference": full.inference}) == full


def test_a_fiscal_year_begins_in_october():
    assert [fiscal_year(dt.date(2011, m, 1)) for m in (9, 10)] == [2011, 2012]
