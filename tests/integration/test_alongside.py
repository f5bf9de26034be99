"""Cohorts, completion, bridge and intervals of a whole edition, against the generator's own future and the cells."""

import math
from importlib.resources import files

import pandas as pd
import pytest
import yaml

from transforms.bridge import ToScope, bridges
from transforms.cohort import days_of
from transforms.metric import metrics


@pytest.fixture(scope="module")
def tables(demo):
    workspace, outcome = demo
    folder = workspace.editions / outcome.edition / "tables"
    names = ("cells", "splits", "cohorts", "cohort_curves", "completion", "completion_check", "bridge", "funnels")
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


def planted_share(months):
    """The chance of a conviction in time, from world.yml: the chance of one, times how often its lag is short enough.

    A superseding indictment restarts the lag 30 to 300 days later for who was charged before it.
    """
    facts = yaml.safe_load(files("sources.synthetic").joinpath("world.yml").read_text(encoding="utf-8"))
    middle, sigma = facts["lags"]["charge_to_outcome"]
    again = facts["superseding_share"]["trafficking"]

    def within(days):
        return 0.5 * (1 + math.erf(math.log(max(days, 1e-9) / middle) / sigma / math.sqrt(2)))

    whole = days_of(months)
    later = sum(within(whole - shift) for shift in range(30, 301)) / 271
    return (facts["outcomes"]["plea"] + facts["outcomes"]["trial"]) * ((1 - again) * within(whole) + again * later)


def test_the_share_within_36_months_holds_the_planted_truth_and_the_yearly_rate_does_not(demo, tables):
    curves = tables["cohort_curves"].query("scope == 'chapter77' and area == 'ALL' and outcome == 'convicted'")
    at = curves[curves["months"] == 36].iloc[0]
    truth = pd.read_csv(demo[0].root / "truth" / "cohorts.csv").query("scope == 'chapter77' and months == 36")
    truth = truth[truth["period"].between(f"FY{at.from_fy}", f"FY{at.to_fy}")]
    future = truth["convicted"].sum() / truth["charged"].sum()
    years = tables["cells"].query("metric == 'conviction_rate' and scope == 'chapter77' and area == 'ALL'")
    years = years[(years["period_kind"] == "fy") & years["period"].between(f"FY{at.from_fy}", f"FY{at.to_fy}")]
    naive = years["numerator"].sum() / years["denominator"].sum()
    assert at.lower < future < at.upper
    assert at.lower < planted_share(36) < at.upper
    assert not at.lower < naive < at.upper
    assert naive > at.upper, "what ends fast weighs more in a yearly rate"


def test_most_intervals_of_single_cohorts_hold_their_own_future(demo, tables):
    truth = pd.read_csv(demo[0].root / "truth" / "cohorts.csv")
    truth["metric"] = "convicted_within_" + truth["months"].astype(str) + "_months"
    cells = tables["cells"].query("source == 'eousa' and area == 'ALL' and period_kind == 'fy' and status == 'shown'")
    both = cells.merge(truth, on=["metric", "scope", "period"])
    share = both["convicted"] / both["charged"]
    inside = (both["lower"] <= share + 1e-9) & (share <= both["upper"] + 1e-9)
    assert len(both) > 150 and inside.mean() > 0.97


def test_a_cohort_is_who_was_charged(tables):
    cells = tables["cells"].query("metric == 'defendants_charged' and area_kind != 'district'")
    both = tables["cohorts"].merge(cells, on=["source", "scope", "area", "period"])
    whole = both[both["ends_on"].astype(str) <= both["followed_to"]]
    assert len(whole) > 200
    assert (whole["n_charged"] <= whole["numerator"]).all()  # less who ended before the charge
    assert (whole["n_charged"] >= 0.95 * whole["numerator"] - 1).all()


def test_every_stop_of_a_bridge_is_the_published_count(tables):
    cells = tables["cells"][tables["cells"]["period_kind"] == "fy"]
    walk = tables["bridge"]
    for bridge in bridges().values():
        rows, stop, seen = walk[walk["bridge"] == bridge.name], 0, [("cases_filed", bridge.start.scope, 0)]
        for step in bridge.steps:
            stop += 1 + len(step.adds) if isinstance(step, ToScope) else 3 if step.kind == "unit" else 2
            metric = "cases_filed" if isinstance(step, ToScope) else "defendants_charged"
            scope = step.scope if isinstance(step, ToScope) else seen[-1][1]
            if step.kind != "year":
                seen.append((metric, scope, stop))
        for metric, scope, at in seen:
            ours = cells[(cells["metric"] == metric) & (cells["scope"] == scope)]
            both = rows[rows["step"] == at].merge(ours, on=["source", "area", "period"])
            assert len(both) == (rows["step"] == at).sum() > 50
            assert (both["total"] == both["numerator"]).all(), (metric, scope)


def test_what_one_calendar_year_gains_the_next_one_loses(tables):
    walk = tables["bridge"].query("area == 'ALL'")
    years = walk[walk["step"] == walk["step"].max()].set_index("period")["total"]
    fiscal = walk[walk["step"] == walk["step"].max() - 2].set_index("period")["total"]
    moved = walk[walk["kind"] == "year"].pivot(index="period", columns="step", values="n")
    first, last = sorted(moved.columns)
    shifted = {f"FY{int(p[2:]) + 1}": n for p, n in moved[last].items()}
    for period, left_out in moved[first].items():
        assert years[period] == fiscal[period] + left_out + moved[last][period]
        if period in shifted:
            assert -left_out == shifted[period]


def test_every_number_has_an_interval_or_rests_on_too_few(tables):
    for name in ("cells", "splits"):
        shown = tables[name][tables[name]["status"] == "shown"]
        kind = shown["metric"].map(lambda m: metrics()[m].kind)
        bare = shown[shown["lower"].isna() | shown["upper"].isna()]
        kinds = kind.loc[bare.index]
        assert not kinds.isin(["count", "rate"]).any(), bare["metric"].unique()
        assert (bare.loc[kinds == "ratio", "denominator"] < 2).all(), "a mean of one"
        assert (bare.loc[kinds == "median", "denominator"] < 6).all(), "order statistics begin at six"


def test_completion_stands_on_published_counts_and_was_checked(tables):
    cells = tables["cells"].set_index("id")
    found = tables["completion"]
    assert len(found) > 100 and (found["counted"] == cells.loc[found["id"], "numerator"].to_numpy()).all()
    assert cells.loc[found["id"], "is_provisional"].all()
    assert (found["expected"] >= found["counted"] - 1e-6).mean() > 0.95
    check = tables["completion_check"]
    assert set(check["scope"]) >= {"acteam", "listed"} and (check["made_on"] < check["checked_on"]).all()
    assert (check["lower"] <= check["foreseen"]).all() and (check["foreseen"] <= check["upper"]).all()
    said = check[check["said"] > 0]
    assert (said["error"] - (said["foreseen"] / said["said"] - 1)).abs().max() < 1e-9
    assert (said["foreseen"] >= said["counted"] - 1e-9).mean() > 0.9, "what is foreseen is what is there and more"
