"""Known effects are found, no effect is not, and the same seed gives the same numbers."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln

from tests.unit.evaluation.invented_panel import as_panel, invented
from transforms.evaluation import Design, evaluate
from transforms.evaluation.estimators import ratio_of_ratios
from transforms.evaluation.randomise import placebos
from transforms.evaluation.score import contributions, influence_of_periods, interval, p_value, signs
from transforms.evaluation.totals import expected
from transforms.evaluation.twoway import null_scores

DESIGN = Design(family="poisson", draws=499)


def one(estimates, term="simple", scale="ratio"):
    return next(e for e in estimates if e.term == term and e.scale == scale)


def test_a_known_ratio_is_found_and_no_effect_is_not():
    found = one(evaluate(as_panel(invented(1.8)), DESIGN, ["poisson_etwfe"]))
    assert found.lower < 1.8 < found.upper
    assert found.lower > 1
    placebo = one(evaluate(as_panel(invented(1.0)), DESIGN, ["poisson_etwfe"]))
    assert placebo.lower < 1 < placebo.upper
    assert placebo.p_value > 0.05


def test_randomisation_agrees_on_both():
    panel = as_panel(invented(1.8))
    assert one(evaluate(panel, DESIGN, ["poisson_etwfe"]), "randomisation").p_value < 0.05
    assert one(evaluate(as_panel(invented(1.0)), DESIGN, ["poisson_etwfe"]), "randomisation").p_value > 0.05


def test_the_same_seed_gives_the_same_estimates_and_another_does_not():
    panel = as_panel(invented(1.3))
    first, second = (evaluate(panel, DESIGN, ["poisson_etwfe", "ratio_of_ratios"]) for _ in range(2))
    assert first == second
    other = evaluate(panel, Design(family="poisson", draws=499, seed=2), ["poisson_etwfe"])
    assert one(other).upper != one(first).upper


def test_the_totals_fit_maximises_the_poisson_likelihood():
    panel = as_panel(invented(1.5))
    used = ~panel.treated
    fitted = expected(panel.y, used)

    def likelihood(mean):
        return (panel.y * np.log(mean) - mean - gammaln(panel.y + 1))[used].sum()

    rng = np.random.default_rng(5)
    for _ in range(50):
        unit, period = np.exp(rng.normal(0, 0.02, (60, 1))), np.exp(rng.normal(0, 0.02, 16))
        assert likelihood(fitted * unit * period) < likelihood(fitted)
    assert (fitted * used).sum(axis=0) == pytest.approx((panel.y * used).sum(axis=0))


def test_contributions_are_the_derivative_of_the_estimate():
    panel = as_panel(invented(1.5))
    used, cells = ~panel.treated, panel.treated
    mean = expected(panel.y, used)
    shift = influence_of_periods(mean, used, cells)
    weight = mean * used
    own = ((mean * cells).sum(axis=1) - weight @ shift) / weight.sum(axis=1)
    for unit, period in ((0, 2), (8, 9), (40, 5), (59, 15)):
        moved = panel.y.copy()
        moved[unit, period] += 1e-4
        numeric = ((expected(moved, used) - mean) * cells).sum() / 1e-4
        assert numeric == pytest.approx(own[unit] + shift[period], rel=1e-3, abs=1e-4)


def test_the_interval_holds_exactly_the_ratios_that_are_not_rejected():
    panel = as_panel(invented(1.5))
    used = ~panel.treated
    score = contributions(panel.y, expected(panel.y, used), used, panel.treated, panel.cluster, 60)
    sign = signs(60, 1999, 1)
    low, high = interval(score, sign)
    assert low < score.ratio < high
    assert p_value(score, sign, low * 1.001) > 0.05 > p_value(score, sign, low * 0.97)
    assert p_value(score, sign, high * 0.999) > 0.05 > p_value(score, sign, high * 1.03)


def test_exposure_matters_only_when_it_moves():
    frame = invented(1.5)
    plain = one(evaluate(as_panel(frame), DESIGN, ["poisson_etwfe"])).estimate
    fixed = frame.assign(e=frame["district"].str[1:].astype(int) + 1.0)
    assert one(evaluate(as_panel(fixed, exposure="e"), DESIGN, ["poisson_etwfe"])).estimate == pytest.approx(plain)
    twice = frame.assign(e=np.where(frame["year"] >= frame["start"].fillna(9999), 2.0, 1.0))
    halved = one(evaluate(as_panel(twice, exposure="e"), DESIGN, ["poisson_etwfe"])).estimate
    assert halved == pytest.approx(plain / 2)


def test_placebos_keep_the_sites_and_dates_and_show_the_true_ratio_first():
    panel = as_panel(invented(1.5))
    found = placebos(panel.y, panel.start, None, 299, 4)
    assert found.ratio == pytest.approx(one(evaluate(panel, DESIGN, ["poisson_etwfe"])).estimate)
    assert len(found.ratios) == 299
    assert np.median(found.ratios) == pytest.approx(1, abs=0.08)


def few(*sites):
    """Eight districts with one case or none before and after FY2010; the first ones are sites from then on."""
    others = [(0, 0), (0, 0), (1, 3), (2, 2), (1, 1), (0, 2)]
    rows = [
        {"district": f"D{i}", "year": year, "start": 2010.0 if i < len(sites) else None, "n": n}
        for i, both in enumerate([*sites, *others])
        for year, n in zip((2009, 2010), both, strict=True)
    ]
    return as_panel(pd.DataFrame(rows))


def test_none_before_and_none_after_is_no_ratio_rather_than_an_infinite_one():
    found = {e.term: e for e in ratio_of_ratios.estimate(few((0, 0), (0, 0)), DESIGN)}
    for term in ("simple", "group", "change"):
        assert (found[term].estimate, found[term].lower, found[term].upper, found[term].p_value) == (None,) * 4
    assert ratio_of_ratios.NONE in found["simple"].notes


def test_a_permutation_p_value_is_taken_over_the_draws_that_have_a_ratio():
    panel, draws = few((1, 4), (1, 4)), 999
    simple = ratio_of_ratios.estimate(panel, Design(family="poisson", draws=draws, seed=4))[0]
    before, after = panel.y.T
    far, without = [], 0
    for pair in combinations(range(8), 2):  # every choice of two sites, each as likely as the next
        a, b = after[list(pair)].sum(), before[list(pair)].sum()
        top, bottom = a * (before.sum() - b), b * (after.sum() - a)
        without += top == bottom == 0
        far += [] if top == bottom == 0 else [abs(np.log(top / bottom)) if top and bottom else np.inf]
    own = abs(np.log(simple.estimate))
    assert simple.estimate == pytest.approx(8 / 2 / (8 / 4)) and without == 1
    assert simple.p_value == pytest.approx(np.mean([f >= own - 1e-9 for f in far]), abs=0.05)
    (note,) = (n for n in simple.notes if "left out of the p-value" in n)
    assert int(note.split()[0]) / draws == pytest.approx(without / 28, abs=0.02)


def test_the_ratio_of_ratios_is_the_printed_arithmetic():
    panel = as_panel(invented(1.5))
    group = next(e for e in evaluate(panel, DESIGN, ["ratio_of_ratios"]) if e.term == "group" and e.cohort == 2009)
    here, there = panel.y[panel.start == 8], panel.y[~panel.ever]
    assert group.estimate == pytest.approx(
        (here[:, 8:].sum() / here[:, :8].sum()) / (there[:, 8:].sum() / there[:, :8].sum())
    )
    assert group.lower < group.estimate < group.upper


@pytest.mark.parametrize("key", ["callaway_santanna", "etwfe", "imputation", "two_stage", "sun_abraham", "stacked",
                                 "synthetic_did", "synthetic_control", "twfe"])  # fmt: skip
def test_additive_estimators_find_an_additive_effect(key):
    frame = invented(1.0, mean=2.0)
    rng = np.random.default_rng(3)
    treated = frame["year"] >= frame["start"].fillna(9999)
    level = 5 + (7 * frame["district"].str[1:].astype(int) + 20) % 60 + 0.3 * (frame["year"] - 2001)
    frame["n"] = level + 5.0 * treated + rng.normal(0, 0.3, len(frame))
    found = one(evaluate(as_panel(frame), Design(), [key]), scale="difference").estimate
    assert found == pytest.approx(5.0, abs=0.6 if key == "synthetic_control" else 0.3)
    frame["n"] -= 5.0 * treated
    placebo = one(evaluate(as_panel(frame.assign(n=frame["n"] + 100)), Design(), [key]), scale="difference").estimate
    assert placebo == pytest.approx(0.0, abs=0.6 if key == "synthetic_control" else 0.3)


def test_an_interrupted_series_finds_a_jump_and_calls_itself_weak():
    frame = invented()
    frame["n"] = 10 + (frame["year"] - 2001) + 6.0 * (frame["year"] >= frame["start"].fillna(9999))
    got = evaluate(as_panel(frame), Design(), ["interrupted_time_series"])
    assert one(got, scale="difference").estimate == pytest.approx(6.0)
    assert any("weakest" in note for note in got[0].notes)


def test_a_cohort_period_without_events_has_a_difference_but_no_log_ratio():
    frame = invented(1.0)
    frame.loc[frame["start"].eq(2009) & frame["year"].eq(2014), "n"] = 0
    got = [e for e in evaluate(as_panel(frame), DESIGN, ["poisson_etwfe"]) if (e.cohort, e.time) == (2009, 2014)]
    assert [e.scale for e in got] == ["difference"]
    assert any(e.scale == "log_ratio" for e in evaluate(as_panel(frame), DESIGN, ["poisson_etwfe"]))


@pytest.mark.parametrize("without", ["cohort before its start", "others from 2014 on"])
def test_where_nothing_is_expected_there_is_no_log_ratio(without):
    frame = invented(1.0)
    early = (frame["start"] == 2009) & (frame["year"] < 2009)
    frame.loc[early if without.startswith("cohort") else frame["start"].isna() & (frame["year"] >= 2014), "n"] = 0
    got = [e for e in evaluate(as_panel(frame), DESIGN, ["poisson_etwfe"]) if e.scale == "log_ratio"]
    assert got and all(abs(e.estimate) < 5 for e in got)


def test_the_wild_bootstrap_finds_an_effect_and_keeps_its_level_without_one():
    rng, rejected = np.random.default_rng(6), 0
    frame = invented(1.0)
    treated = (frame["year"] >= frame["start"].fillna(9999)).to_numpy()
    for _ in range(60):
        level = np.repeat(rng.normal(5, 1, 60), 16) + np.repeat(rng.normal(0, 0.5, 60), 16) * rng.normal(size=960)
        score = null_scores(as_panel(frame.assign(n=level + 20)))
        rejected += (np.abs(signs(60, 199, 1) @ score) >= abs(score.sum())).mean() <= 0.05
    assert rejected <= 8
    lifted = as_panel(frame.assign(n=level + 20 + 1.0 * treated))
    assert one(evaluate(lifted, Design(draws=199), ["twfe"]), "wild_bootstrap", "difference").p_value < 0.05


def test_the_bacon_parts_add_up_with_always_treated_units_apart():
    frame = invented(1.3)
    frame["start"] = frame["start"].where(frame["district"] != "D59", 1990)
    got = evaluate(as_panel(frame), Design(), ["twfe"])
    kinds = {e.label: e.estimate for e in got if e.term == "bacon_weight"}
    assert set(kinds) == {
        "Treated vs Untreated", "Earlier vs Later Treated", "Later vs Earlier Treated", "Later vs Always Treated",
    }  # fmt: skip
    two = {e.label: e.estimate for e in got if e.term == "bacon_2x2"}
    weight = {e.label: e.estimate for e in got if e.term == "bacon_2x2_weight"}
    assert sum(weight.values()) == pytest.approx(1)
    assert sum(two[k] * weight[k] for k in two) == pytest.approx(got[0].estimate)
