"""Doubt: power, tests before the start, sensitivity bounds, comparison groups, verdicts."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from tests.unit.evaluation.invented_panel import as_panel, invented
from tests.unit.evaluation.published_data import published
from transforms.evaluation import Design, library
from transforms.evaluation.doubt.dose import dose_of, dose_response
from transforms.evaluation.doubt.groups import balance, groups, regression_to_the_mean
from transforms.evaluation.doubt.outcomes import outcomes, stepdown
from transforms.evaluation.doubt.power import detectable, power
from transforms.evaluation.doubt.pretrend import BOUNDED, bounds, breakdown, event_study, misleading, pretrend
from transforms.evaluation.doubt.robustness import placebo_in_time, robustness, synthetic
from transforms.evaluation.doubt.sites import by_site
from transforms.evaluation.doubt.verdict import FALL, RISE, TOO_FEW, cautions, sentence, verdict
from transforms.evaluation.library import critical_value, honest_interval
from transforms.evaluation.proof import Proof, proof
from transforms.evaluation.score import Score, signs
from transforms.evaluation.simulate import World, draw, judge, page
from transforms.study import Study

CIRCUITS = {f"D{i:02}": str(1 + i % 5) for i in range(60)}


@pytest.fixture(scope="module")
def panel():
    return as_panel(invented(1.8))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "original", "straight"),
    [("BC", (0.15877, 0.23315), (0.13146, 0.21612)), ("LW", (-1.25395, 0.29763), (0.79615, 1.76387))],
)
def test_honest_intervals_of_published_event_studies(name, original, straight):
    study = json.loads(published(f"honestdid_event_studies/{name}data_EventStudy.json").read_text())
    beta, sigma = np.ravel(study["betahat"]).astype(float), np.array(study["sigma"], dtype=float)
    times, reference = [int(t) for t in np.ravel(study["timeVec"])], int(np.ravel(study["referencePeriod"])[0])
    first = np.zeros(sum(t > reference for t in times))
    first[0] = 1

    def at(kind, size):
        return honest_interval(beta, sigma, times, reference, kind, size, first)

    assert at("relative_magnitude", 0.0) == pytest.approx(original, abs=5.1e-6)
    assert at("smoothness", 0.0) == pytest.approx(straight, abs=5.1e-6)
    curved = (0.0, 0.01, 0.02) if name == "BC" else (0.0,)  # the longer study takes 15 s a size
    for kind, sizes in (("relative_magnitude", (0.0, 0.5, 1.0)), ("smoothness", curved)):
        widths = [high - low for low, high in (at(kind, size) for size in sizes)]
        assert widths == sorted(widths) and (len(sizes) == 1 or widths[0] < widths[-1])


@given(bias=st.floats(-40, 40), alpha=st.sampled_from([0.01, 0.05, 0.32]))
def test_the_critical_value_holds_the_truth_as_often_as_it_says(bias, alpha):
    limit = critical_value(bias, alpha)
    assert norm.cdf(limit - bias) - norm.cdf(-limit - bias) == pytest.approx(1 - alpha, abs=1e-9)


def test_the_library_takes_its_critical_values_from_us(panel, monkeypatch):
    asked = []
    monkeypatch.setattr(
        library._honest_did(), "_cv_alpha", lambda *given, **more: asked.append(1) or critical_value(*given)
    )
    times, beta, covariance = event_study(panel)
    weights = np.full(sum(t >= 0 for t in times), 1 / sum(t >= 0 for t in times))
    low, high = honest_interval(beta, covariance, times, -1, "smoothness", 0.05, weights)
    assert low < high and len(asked) > 200


@pytest.mark.parametrize("bias", [0.0, 0.4, 3.0])
def test_the_librarys_own_critical_values_have_that_name_and_are_ours(bias):
    """In a copy of its module that nobody has touched: a release that renames the function is noticed here."""
    spec = importlib.util.find_spec("diff_diff.honest_did")
    untouched = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    assert library._honest_did()._cv_alpha is critical_value is not untouched._cv_alpha
    assert untouched._cv_alpha(bias, 0.05, df=None) == pytest.approx(critical_value(bias, 0.05, df=None), abs=1e-6)


def test_power_grows_with_the_effect_and_false_alarms_stay_few(panel):
    rows = power(panel, 60, 5)
    shares = {r["ratio"]: r["power"] for r in rows}
    assert shares[1.0] <= 0.12
    assert shares[1.25] < shares[4.0] == 1.0
    assert 1.2 < detectable(rows) < 2.5


def test_too_few_comparison_districts_have_no_power_table():
    few = invented(n_units=16, treated=12)
    assert power(as_panel(few), 10, 1) == []
    assert detectable([]) is None


def test_a_drift_before_the_start_is_found_when_it_is_large():
    frame = invented(1.0, mean=30)
    flat = pretrend(as_panel(frame), Design(seed=1))
    assert flat["p_value"] > 0.05
    assert 0 < flat["power"] <= 1
    drift = np.exp(0.4 * (frame["year"] - 2012).clip(-12, 0).where(frame["start"].notna(), 0))
    steep = pretrend(as_panel(frame.assign(n=(frame["n"] * drift).round())), Design(seed=1))
    assert steep["p_value"] < 0.05
    assert abs(steep["statistic"]) > abs(flat["statistic"])


def test_power_before_the_start_is_against_the_drift_that_biases_the_printed_ratio_by_a_half(panel):
    """Counts without noise that drift so, fitted by statsmodels: the ratio over all years after the start is 1.5."""
    import statsmodels.formula.api as smf
    from statsmodels.genmod.families import Poisson

    slope = misleading(panel)
    assert slope == pretrend(panel, Design(seed=1))["slope"]
    frame = panel.frame()
    site = frame["cohort"] > 0
    on = site & (frame["time"] >= frame["cohort"])
    without = smf.glm("y ~ C(unit) + C(time)", frame[~on], family=Poisson()).fit().predict(frame)
    drifted = frame.assign(y=without * np.exp(slope * np.where(site, frame["time"] - frame["cohort"], 0)))
    fitted = smf.glm("y ~ C(unit) + C(time)", drifted[~on], family=Poisson()).fit().predict(drifted)
    assert drifted["y"][on].sum() / fitted[on].sum() == pytest.approx(1.5, rel=1e-4)


def test_placebo_in_time_sees_nothing_in_a_clean_panel(panel):
    rows = [r for r in placebo_in_time(panel, Design(seed=3)) if r["ratio"] is not None]
    assert len(rows) == 3
    assert all(r["lower"] < 1 < r["upper"] for r in rows)


def test_robustness_changes_one_choice_at_a_time(panel):
    rows = list(robustness(panel, CIRCUITS, Design(seed=3)))
    assert rows[0]["check"] == "primary"
    count = {c: sum(r["check"] == c for r in rows) for c in {r["check"] for r in rows}}
    assert (count["leave one site out"], count["leave one circuit out"], count["leave one year out"]) == (12, 5, 16)
    assert {"window", "control", "phase", "comparison", "placebo in time"} <= set(count)
    sites = [r for r in rows if r["check"] == "leave one site out"]
    assert all(r["n_treated"] == 11 for r in sites)
    assert len({round(r["ratio"], 6) for r in sites}) > 6
    assert all(r["lower"] <= r["ratio"] <= r["upper"] for r in rows if r["lower"] is not None)


def test_matching_brings_groups_closer_and_keeps_all_sites(panel):
    kept = groups(panel, CIRCUITS)
    assert all(mask[panel.ever].all() for mask in kept.values())
    assert kept["matched"].sum() < kept["all"].sum()
    table = {(r["group"], r["variable"]): r for r in balance(panel, kept)}
    level = [abs(table[group, "log level before"]["standardised_difference"]) for group in ("matched", "all")]
    assert level[0] <= level[1]
    assert table["all", "events a year before"]["n_sites"] == 12


def test_sites_chosen_after_a_spike_rank_high():
    frame = invented(mean=20)
    before = regression_to_the_mean(as_panel(frame))
    spiked = frame["year"].between(frame["start"] - 2, frame["start"] - 1)
    after = regression_to_the_mean(as_panel(frame.assign(n=frame["n"] * np.where(spiked, 4, 1))))
    assert after["mean_rank"] > 0.85 > before["mean_rank"]
    assert after["n_in_top_quarter"] > before["n_in_top_quarter"]


def test_the_last_change_before_the_start_is_before_each_sites_own_start():
    """By hand with pandas; the sites of FY2012 rose in the two years before it, long after the others' start."""
    frame = invented(mean=20)
    rise = (frame["start"] == 2012) & frame["year"].isin([2010, 2011])
    frame = frame.assign(n=frame["n"] * np.where(rise, 9, 1))
    counts, start = (
        frame.pivot(index="district", columns="year", values="n"),
        frame.groupby("district")["start"].first(),
    )
    ranks = {}
    for first in (2009, 2012):
        change = (counts.loc[:, first - 2 : first - 1].mean(axis=1) + 0.5) / (
            counts.loc[:, : first - 3].mean(axis=1) + 0.5
        )
        ranks |= ((change.rank() - 0.5) / len(change))[start == first].to_dict()
    found = regression_to_the_mean(as_panel(frame))
    assert found["mean_rank"] == pytest.approx(np.mean(list(ranks.values()))) and found["n_sites"] == len(ranks) == 12
    assert found["n_in_top_quarter"] == sum(r > 0.75 for r in ranks.values()) >= 6


def test_one_site_that_jumps_stands_out_alone():
    frame = invented(1.0, mean=10)
    jump = (frame["district"] == "D03") & (frame["year"] >= 2009)
    rows = {r["district"]: r for r in by_site(as_panel(frame.assign(n=frame["n"] * np.where(jump, 5, 1))))}
    assert rows["D03"]["placebo_p_value"] == pytest.approx(1 / 49)
    assert rows["D03"]["ratio"] > 3
    assert sum(r["placebo_p_value"] < 0.05 for r in rows.values()) < 4


def test_adjusted_p_values_are_never_smaller_and_keep_their_order(panel):
    second = as_panel(invented(1.0, seed=8))
    rows = {r["outcome"]: r for r in outcomes({"a": panel, "b": second}, Design(seed=3))}
    assert rows["a"]["p_value"] <= rows["a"]["p_adjusted"] < 0.05
    assert rows["b"]["p_adjusted"] >= rows["b"]["p_value"] - 0.02
    assert stepdown({}, Design()) == {}
    one = Score(np.ones(9), np.zeros(9))
    assert stepdown({"x": one}, Design(seed=1))["x"] == pytest.approx(2 / 2**9, abs=0.004)


def test_bounds_widen_and_the_breakdown_is_where_one_is_reached(panel):
    rows = bounds(*event_study(panel))
    assert rows[0]["lower"] < rows[0]["ratio"] < rows[0]["upper"]
    wide = [r["upper"] / r["lower"] for r in rows if r["restriction"] == "relative_magnitude"]
    assert wide == sorted(wide)
    row = {"restriction": "relative_magnitude", "m": 0.5, "lower": 0.9, "upper": 2.0}
    assert breakdown([row | {"m": 0.0, "lower": 1.1}, row]) == 0.5
    assert breakdown([row | {"lower": 1.2}]) is None


def test_what_is_bounded_is_the_years_from_the_start_against_the_year_before(panel):
    """Of one cohort the regression is the arithmetic of totals: growth of sites over growth of the others."""
    one = panel.only((panel.start == 8) | ~panel.ever)
    sites, others = (one.y[mask].sum(axis=0) for mask in (one.ever, ~one.ever))
    growth = [sites[t] / sites[7] / (others[t] / others[7]) for t in range(8, 14)]
    rows = bounds(*event_study(one))
    assert [r["ratio"] for r in rows] == pytest.approx([np.exp(np.mean(np.log(growth)))] * len(rows))
    assert "0 to 5" in BOUNDED


@pytest.mark.parametrize(
    ("ratio", "p", "randomised", "seen", "years", "said"),
    [
        (1.6, 0.01, 0.03, 1.5, 8, RISE),
        (0.6, 0.01, 0.03, 1.5, 8, FALL),
        (
            1.6,
            0.01,
            0.08,
            1.5,
            8,
            "no clear difference; an effect of x1.5 or more would have been seen four times in five",
        ),
        (
            1.1,
            0.50,
            0.50,
            1.5,
            8,
            "no clear difference; an effect of x1.5 or more would have been seen four times in five",
        ),
        (1.1, 0.50, 0.50, 3.5, 8, TOO_FEW),
        (1.1, 0.50, 0.50, None, 8, TOO_FEW),
        (1.6, 0.01, 0.01, 1.5, 1, TOO_FEW),
        (None, None, None, 1.5, 8, TOO_FEW),
    ],
)
def test_the_verdict_is_one_of_four_by_rule(ratio, p, randomised, seen, years, said):
    assert verdict(ratio, p, randomised, seen, years) == said


def test_sentences_carry_the_interval_and_never_claim_a_cause():
    row = {"ratio": 1.42, "lower": 1.1, "upper": float("inf"), "n_sites": 12, "n_comparison": 80, "p_pretrend": 0.001,
           "pretrend_power": 0.13, "p_placebo_in_time": 0.01, "mean_rank": 0.8, "breakdown": 0.5}  # fmt: skip
    text = " ".join([sentence("Defendants charged", row), *cautions(row)])
    assert "1.42 times" in text and "no upper limit" in text and "p under 0.01" in text and "13 times in 100" in text
    assert not any(word in text.lower() for word in ("caused", "proved", "doubled", "because of the team"))


def test_the_simulation_knows_its_truth():
    world = World(12, 3.0, 0.0, "at random", 2.0)
    rng, sign = np.random.default_rng(1), signs(92, 199, 1)
    found = [judge(world, draw(world, rng), sign, 0, 1) for _ in range(60)]
    assert np.mean([o.error for o in found]) == pytest.approx(0, abs=0.06)
    assert np.mean([o.covered for o in found]) > 0.85
    assert np.mean([o.rejected for o in found]) > 0.9
    assert "| 12 | 2 |" in page([(world, found, 0)], 60, 0, 1)


def test_limits_of_a_single_site_hold_where_counts_come_in_schemes():
    """Exact Poisson limits cover half of the time here (docs/decisions/0004)."""
    rng, held = np.random.default_rng(3), []
    for _ in range(25):
        rows = [r for r in by_site(draw(World(12, 3.0, 0.5, "at random", 1.5), rng)) if r["lower"] is not None]
        held += [r["lower"] <= 1.5 <= r["upper"] for r in rows]
    assert 0.9 < np.mean(held) <= 1


def test_the_dose_is_read_from_the_study_or_else_from_the_docket(study):
    panel = as_panel(invented(1.0).replace({"district": {"D00": "GAN", "D01": "TXW"}}))
    docket = pd.DataFrame({"district": ["GAN", "TXW", "AK"], "trained_from": [2010, None, 2001], "joint_from": 2012.0})
    dose, note = dose_of(panel, study, docket)
    at = {u: i for i, u in enumerate(panel.units)}
    assert dose[at["GAN"]].tolist() == [0] * 9 + [1] * 2 + [2] * 5 and dose[at["TXW"]].tolist() == [0] * 11 + [1] * 5
    assert np.isnan(dose[at["D02"]]).all() and "docket" in note
    given = {"district": "GAN", "fiscal_year": 2012, "expertise": 1, "leadership": 0.5, "coordination": 0}
    fixed = Study(**study.model_dump() | {"dose": [given]})
    dose, note = dose_of(panel, fixed, docket)
    assert np.nansum(dose) == 1.5 and dose[at["GAN"], 11] == 1.5 and "study" in note


def test_a_dose_that_lifts_counts_is_found_and_one_that_does_not_is_not():
    frame = invented(1.0, mean=12, seed=4)
    dose = np.tile([0.0, 1.0, 2.0], 20)[:, None] * np.ones(16)
    level = frame["district"].str[1:].astype(int).map(lambda i: dose[i, 0])
    treated = frame["year"] >= frame["start"].fillna(9999)
    lifted = as_panel(frame.assign(n=(frame["n"] * np.where(treated, 1.5**level, 1.0)).round()))
    found = list(dose_response(lifted, dose, "as planted", Design(seed=1)))
    assert [r["detail"] for r in found] == [
        "no element in place", "1 element in place", "2 elements in place", "per element more",
    ]  # fmt: skip
    assert found[-1]["lower"] < 1.5 < found[-1]["upper"] and found[-1]["p_value"] < 0.05
    assert found[0]["ratio"] < found[1]["ratio"] < found[2]["ratio"]
    none = list(dose_response(as_panel(frame), dose, "as planted", Design(seed=1)))[-1]
    assert none["lower"] < 1 < none["upper"] and none["p_value"] > 0.05


def test_a_dose_that_is_not_recorded_or_never_varies_is_a_labelled_gap(panel):
    (row,) = dose_response(panel, np.full(panel.y.shape, np.nan), "", Design())
    assert row["ratio"] is None and "neither study file nor docket" in row["note"]
    assert list(dose_response(panel, np.ones(panel.y.shape), "", Design()))[-1]["ratio"] is None


def test_a_synthetic_mix_of_districts_finds_the_ratio(panel):
    found = synthetic(panel, Design(seed=1))
    assert found["ratio"] == pytest.approx(1.8, abs=0.35) and found["p_value"] < 0.05
    assert synthetic(as_panel(invented(1.0)), Design(seed=1))["p_value"] > 0.05


def test_the_interval_is_called_a_95_percent_one_only_where_it_is():
    good = Proof(500, 1, {6: 96.9, 12: 95.0}, {6: 3.0, 12: 6.0})
    assert good.is_held and good.name == "95 % interval"
    for bad in ({"covers": {6: 92.9}}, {"covers": {6: 97.1}}, {"rejects": {6: 6.1}}):
        assert replace(good, **bad).name == "interval (in simulation not a 95 % one)"


def test_the_committed_page_of_the_simulation_says_what_the_report_quotes():
    text = (Path(__file__).parents[3] / "docs" / "evaluation" / "simulation.md").read_text(encoding="utf-8")
    found = proof()
    assert f"--draws {found.draws} " in text and f"--seed {found.seed}" in text
    for figure in (*found.covers.values(), *found.rejects.values()):
        assert f"{figure} % with" in text
    assert f'calls it "{found.name}"' in text
