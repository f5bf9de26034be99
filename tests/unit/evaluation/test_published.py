"""Every estimator against figures that others published (or that the data's README computed independently)."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from pipelines.commands.evaluate import evaluate as command
from tests.unit.evaluation.published_data import published
from transforms.evaluation import Design, Panel, evaluate

pytestmark = pytest.mark.real_data


def wage(frame, **more):
    return Panel.from_frame(frame, unit="countyreal", time="year", cohort="first.treat", **({"outcome": "lemp"} | more))


def values(estimates, term, by=None, scale="difference"):
    chosen = [e for e in estimates if e.term == term and e.scale == scale]
    return {getattr(e, by): e.estimate for e in chosen} if by else chosen[0].estimate


def errors(estimates, term, by=None, scale="difference"):
    chosen = [e for e in estimates if e.term == term and e.scale == scale]
    return {getattr(e, by): e.standard_error for e in chosen} if by else chosen[0].standard_error


def near(*numbers, digits=4):
    return pytest.approx(list(numbers), abs=0.51 * 10**-digits)


@pytest.fixture(scope="module")
def callaway(minimum_wage):
    return evaluate(wage(minimum_wage), Design(control="never"), ["callaway_santanna"])


def test_callaway_santanna_by_cohort_and_period(callaway):
    got = {(e.cohort, e.time): e.estimate for e in callaway if e.term == "group_time"}
    published = {
        (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
        (2006, 2004): 0.0065, (2006, 2005): -0.0028, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
        (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261,
    }  # fmt: skip
    assert got == pytest.approx(published, abs=0.51e-4)


def test_callaway_santanna_averages(callaway):
    assert [values(callaway, "simple"), errors(callaway, "simple")] == near(-0.039951, 0.012034, digits=6)
    assert list(values(callaway, "event", "event_time").values()) == near(
        0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008
    )
    assert [values(callaway, "dynamic"), values(callaway, "group_mean")] == near(-0.0772, -0.0310)
    assert list(values(callaway, "group", "cohort").values()) == near(-0.0797, -0.0229, -0.0261)
    assert list(values(callaway, "calendar", "time").values()) == near(
        -0.010503, -0.070423, -0.048816, -0.037059, digits=6
    )
    assert values(callaway, "calendar_mean") == pytest.approx(-0.041700, abs=5e-7)
    # bootstrapped in the published pages: 0.0203 and 0.0126 move in the third digit
    assert [errors(callaway, "dynamic"), errors(callaway, "group_mean")] == pytest.approx([0.0203, 0.0126], abs=6e-4)


def test_callaway_santanna_balanced_in_event_time(minimum_wage):
    got = evaluate(wage(minimum_wage), Design(control="never", balance_event=1), ["callaway_santanna"])
    event = values(got, "event", "event_time")
    assert [event[0], event[1], values(got, "dynamic")] == near(-0.0066, -0.0510, -0.0288)
    assert errors(got, "dynamic") == pytest.approx(0.0135, abs=6e-4)


def test_callaway_santanna_pretest(callaway):
    assert next(e for e in callaway if e.term == "pretest").p_value == pytest.approx(0.16812, abs=1e-4)


def test_callaway_santanna_not_yet_treated(minimum_wage):
    got = evaluate(wage(minimum_wage), Design(control="not-yet"), ["callaway_santanna"])
    assert [values(got, "simple"), errors(got, "simple")] == near(-0.039764, 0.012052, digits=6)


def test_etwfe_with_a_covariate_and_its_errors(minimum_wage):
    got = evaluate(wage(minimum_wage, covariates=["lpop"]), Design(), ["etwfe"])
    assert [values(got, "simple"), errors(got, "simple")] == near(-0.0506270, 0.0124973, digits=7)
    assert list(values(got, "event", "event_time").values()) == near(
        -0.0332122, -0.0573456, -0.1378704, -0.1095395, digits=7
    )
    assert list(errors(got, "event", "event_time").values()) == near(
        0.0133660, 0.0171496, 0.0307884, 0.0323153, digits=7
    )
    assert list(values(got, "group", "cohort").values()) == near(-0.0876270, -0.0212783, -0.0459545, digits=7)
    assert list(values(got, "calendar", "time").values()) == near(
        -0.0212480, -0.0818500, -0.0442656, -0.0524323, digits=7
    )


def test_etwfe_with_never_treated_controls(minimum_wage):
    got = evaluate(wage(minimum_wage, covariates=["lpop"]), Design(control="never"), ["etwfe"])
    event, error = values(got, "event", "event_time"), errors(got, "event", "event_time")
    at = (-2, 0, 1, 2, 3)
    assert [event[e] for e in at] == near(0.0234650, -0.0211467, -0.0533559, -0.1410801, -0.1075443, digits=7)
    assert [error[e] for e in at] == near(0.0145315, 0.0113936, 0.0157744, 0.0322892, 0.0329232, digits=7)


def test_poisson_etwfe_with_a_covariate(minimum_wage):
    panel = wage(minimum_wage, outcome="employed", covariates=["lpop"], family="poisson")
    got = evaluate(panel, Design(family="poisson"), ["poisson_etwfe"])
    assert list(values(got, "event", "event_time").values()) == near(
        -25.34975, 1.09175, -75.12463, -101.82398, digits=5
    )
    assert list(errors(got, "event", "event_time").values()) == near(15.88628, 40.29522, 23.15414, 27.08774, digits=3)
    assert list(values(got, "event", "event_time", "log_ratio").values()) == near(
        -0.0325654, -0.0675071, -0.1329713, -0.1170228, digits=7
    )


def test_poisson_totals_agree_with_the_regression(minimum_wage):
    panel = wage(minimum_wage, outcome="employed", family="poisson")
    got = evaluate(panel, Design(family="poisson", draws=199), ["poisson_etwfe"])
    treated = panel.treated & panel.ever[:, None]
    observed = panel.y[treated].mean()
    expected = observed / values(got, "simple", scale="ratio")
    assert observed - expected == pytest.approx(values(got, "simple"), rel=1e-6)


def test_imputation_and_two_stage_agree_with_etwfe_without_covariates(minimum_wage):
    got = evaluate(wage(minimum_wage), Design(), ["etwfe", "imputation", "two_stage"])
    simple = [e.estimate for e in got if e.term == "simple"]
    assert simple == pytest.approx([simple[0]] * 3, rel=1e-6)


def test_sun_abraham_is_callaway_santanna_after_treatment(minimum_wage, callaway):
    got = values(evaluate(wage(minimum_wage), Design(), ["sun_abraham"]), "event", "event_time")
    assert [got[e] for e in (0, 1, 2, 3)] == pytest.approx(
        [values(callaway, "event", "event_time")[e] for e in (0, 1, 2, 3)]
    )


def test_proposition_99(smoking):
    got = evaluate(smoking, Design(), ["synthetic_control", "synthetic_did", "twfe"])
    simple = {e.estimator: e.estimate for e in got if e.term == "simple"}
    assert simple["synthetic_did"] == pytest.approx(-15.60, abs=0.005)
    assert simple["synthetic_control"] == pytest.approx(-19.514, abs=0.0005)
    assert simple["twfe"] == pytest.approx(-27.349, abs=0.0005)
    donors = {e.label: e.estimate for e in got if e.term == "unit_weight" and e.estimator == "synthetic_control"}
    published = {"Utah": 0.394, "Montana": 0.232, "Nevada": 0.205, "Connecticut": 0.109, "New Hampshire": 0.045}
    assert {k: donors[f"{k} for California"] for k in published} == pytest.approx(published, abs=5.1e-4)
    times = {e.time: e.estimate for e in got if e.term == "time_weight"}
    assert times == pytest.approx({1986: 0.366, 1987: 0.206, 1988: 0.427}, abs=5.1e-4)


def test_bacon_decomposition(mathematics):
    got = evaluate(mathematics, Design(), ["twfe"])
    assert values(got, "simple") == pytest.approx(0.00245997, abs=5e-9)
    weight = values(got, "bacon_weight", "label", "weight")
    mean = values(got, "bacon", "label")
    published = {
        "Earlier vs Later Treated": (0.06353, 0.02868),
        "Later vs Earlier Treated": (0.05265, 0.03375),
        "Treated vs Untreated": (0.88382, -0.00129),
    }
    assert weight == pytest.approx({k: w for k, (w, _) in published.items()}, abs=5.1e-6)
    assert mean == pytest.approx({k: m for k, (_, m) in published.items()}, abs=5.1e-6)
    pairs = values(got, "bacon_2x2", "label")
    assert [pairs["1987 vs 1985"], pairs["1986 vs 1985"]] == near(0.04575585, 0.11390411, digits=8)
    pair_weight = values(got, "bacon_2x2_weight", "label", "weight")
    assert [pair_weight["1987 vs 1985"], pair_weight["1986 vs 1985"]] == near(0.031655309, 0.001978457, digits=9)
    assert sum(weight.values()) == pytest.approx(1)
    assert sum(pairs[k] * pair_weight[k] for k in pairs) == pytest.approx(values(got, "simple"))


def test_organ_donations_and_the_warning_about_one_treated_cluster(organs):
    got = evaluate(organs, Design(), ["twfe"])
    assert values(got, "simple") == pytest.approx(-0.022459, abs=5e-7)
    assert errors(got, "simple") == pytest.approx(0.00613, abs=5e-6)
    assert any("not to be trusted" in note for note in got[0].notes)
    assert organs.periods == ("Q42010", "Q12011", "Q22011", "Q32011", "Q42011", "Q12012")


def shell(name, *options, unit, time, cohort, outcome):
    roles = ["--unit", unit, "--time", time, "--cohort", cohort, "--outcome", outcome]
    got = CliRunner().invoke(command, [str(published(name)), *roles, *options, "--json"])
    assert got.exit_code == 0, got.output
    return json.loads(got.stdout)


def said(found, estimator, term="simple", **where):
    (one,) = [
        e
        for e in found
        if (e["estimator"], e["term"]) == (estimator, term) and all(e[k] == v for k, v in where.items())
    ]
    return one["estimate"], one["standard_error"]


def test_the_shell_gives_the_published_numbers():
    county = {"unit": "countyreal", "time": "year", "cohort": "first.treat", "outcome": "lemp"}
    usual = shell("did_mpdta/mpdta.csv", **county)
    assert said(usual, "callaway_santanna") == near(-0.039951, 0.012034, digits=6)
    assert said(usual, "callaway_santanna", "dynamic")[0] == pytest.approx(-0.0772, abs=5e-5)
    covariate = shell("did_mpdta/mpdta.csv", "--covariates", "lpop", "--estimator", "etwfe", **county)
    assert said(covariate, "etwfe") == near(-0.0506270, 0.0124973, digits=7)
    state = {"unit": "State", "time": "Year", "cohort": "treated", "outcome": "PacksPerCapita"}  # an indicator by year
    three = [a for key in ("synthetic_control", "synthetic_did", "twfe") for a in ("--estimator", key)]
    smoke = shell("prop99_smoking/california_prop99.csv", *three, **state)
    assert said(smoke, "synthetic_did")[0] == pytest.approx(-15.60, abs=5e-3)  # R gives -15.604
    assert said(smoke, "synthetic_control")[0] == pytest.approx(-19.514, abs=5e-4)
    assert said(smoke, "twfe")[0] == pytest.approx(-27.349, abs=5e-4)
    school = {"unit": "state", "time": "class", "cohort": "reformyr_math", "outcome": "incearn_ln"}
    maths = shell("bacon_math_reform/math_reform.csv", "--estimator", "twfe", **school)
    assert said(maths, "twfe")[0] == pytest.approx(0.00245997, abs=5e-9)
    assert said(maths, "twfe", "bacon_weight", label="Treated vs Untreated")[0] == pytest.approx(0.88382, abs=5e-6)


def test_columns_may_be_text_or_floats(minimum_wage, callaway):
    frame = minimum_wage.assign(
        year=minimum_wage["year"].astype(str),
        **{"first.treat": minimum_wage["first.treat"].astype(float).replace(0.0, np.inf)},
        countyreal="county " + minimum_wage["countyreal"].astype(str),
    ).sample(frac=1, random_state=3)
    got = evaluate(wage(pd.DataFrame(frame)), Design(control="never"), ["callaway_santanna"])
    assert values(got, "simple") == pytest.approx(values(callaway, "simple"))
