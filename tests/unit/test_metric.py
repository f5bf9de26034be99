"""The registry of metrics: what a definition must hold, and that its sources really send what it needs."""

import pytest

from sources.contract import agencies
from sources.schema import tables
from transforms import indicator, trace
from transforms.metric import metrics, scopes, splits
from transforms.model import models

FED = {  # agency -> table.column that its contracts fill
    key: {f"{c.feeds}.{column}" for c in agency.contracts for column in c.columns} for key, agency in agencies().items()
}
ALSO = {"unit_share": {"crt_htpu"}}  # a metric of one source that needs a column of another
LISTED = {  # the measures that the programme asked for
    "volume": "matters_received matters_declined cases_filed defendants_charged defendants_convicted"
    " defendants_imprisoned defendants_pending",
    "rates": "prosecution_rate conviction_rate trial_share charge_shrinkage convicted_within_12_months"
    " convicted_within_24_months convicted_within_36_months convicted_within_48_months",
    "time": "median_days_referral_to_charge median_days_charge_to_disposition median_days_charge_to_sentence"
    " median_age_pending",
    "complexity": "defendants_per_case large_case_share statutes_per_case related_violation_share",
    "coordination": "agencies_per_case joint_case_share joint_matter_share agency_pairs",
    "resources": "attorneys_per_case trial_days_per_trial victims_per_case",
    "severity": "median_prison_months life_share restitution_share median_restitution",
    "momentum": "change_cases change_defendants change_convictions share_of_peak years_above_baseline",
}


def test_every_measure_that_was_asked_for_is_there():
    assert len(metrics()) >= 30
    for family, names in LISTED.items():
        for name in names.split():
            assert metrics()[name].family == family, name
    assert {"reason", "related", "pair", "labor_or_sex"} <= set(splits())


@pytest.mark.parametrize("metric", metrics().values(), ids=metrics().keys())
def test_needs_are_columns_that_each_source_sends(metric):
    known = {f"{t.name}.{column}" for t in tables().values() for column in t.columns}
    assert set(metric.needs) <= known
    for source in metric.sources:
        assert set(metric.needs) & FED[source], f"{source} sends nothing that {metric.name} needs"
    sent = set().union(*(FED[s] for s in {*metric.sources, *ALSO.get(metric.name, set())}))
    assert set(metric.needs) <= sent, set(metric.needs) - sent


def test_of_what_is_public_a_median_alone_is_made_of_restricted_days():
    """A count or share by a restricted day would be of the restricted tier; a median is hidden where few are."""
    assert {m.name: m.kind for m in metrics().values() if m.tells_days} == {"median_days_referral_to_charge": "median"}


@pytest.mark.parametrize("metric", metrics().values(), ids=metrics().keys())
def test_names_resolve(metric):
    assert metric.question.endswith("?") and len(metric.reading) > 20 and metric.changed
    assert metric.from_ in {m.key for m in models()} and metric.from_ in trace.KEYS
    assert set(metric.splits) <= set(splits()) and set(metric.scopes or []) <= set(scopes())
    assert set(metric.of) | ({metric.base} if metric.base else set()) <= set(metrics())
    assert all(metrics()[name].kind == "count" and metrics()[name].method == "rows" for name in metric.of)


def test_every_metric_bears_on_a_claim_and_every_gap_says_what_is_missing():
    found = indicator.table()
    assert set(found.metric.dropna()) <= set(metrics())
    assert not set(metrics()) - set(found.metric.dropna()), "a metric that bears on no claim: why count it?"
    gaps = found[found.gap.notna()]
    assert len(gaps) >= 7 and gaps.gap_from.notna().all() and gaps.metric.isna().all()
