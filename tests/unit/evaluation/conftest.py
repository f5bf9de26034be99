"""Published data sets as panels; tests that need them are skipped where they are not beside the checkout."""

import numpy as np
import pandas as pd
import pytest
import yaml

from sources.facts import districts
from tests.unit.evaluation.published_data import published
from transforms.evaluation import Panel
from transforms.evaluation.tables import evaluate_study
from transforms.study import Inference, Study, demo_text


@pytest.fixture(scope="session")
def minimum_wage():
    """Counties and teen employment (Callaway and Sant'Anna 2021), with the outcome also in counts."""
    frame = pd.read_csv(published("did_mpdta/mpdta.csv"))
    return frame.assign(employed=np.exp(frame["lemp"]))


@pytest.fixture(scope="session")
def smoking():
    """Packs of cigarettes by state (Abadie, Diamond and Hainmueller 2010)."""
    frame = pd.read_csv(published("prop99_smoking/california_prop99.csv"), sep=";")
    frame["start"] = np.where(frame["State"] == "California", 1989, 0)
    return Panel.from_frame(frame, unit="State", time="Year", cohort="start", outcome="PacksPerCapita")


@pytest.fixture(scope="session")
def mathematics():
    """Maths courses and earnings (Goodman 2019)."""
    frame = pd.read_csv(published("bacon_math_reform/math_reform.csv"))
    return Panel.from_frame(frame, unit="state", time="class", cohort="reformyr_math", outcome="incearn_ln")


@pytest.fixture(scope="session")
def organs():
    """Organ-donor registration (Kessler and Roth 2014); quarters are written Q42010."""
    frame = pd.read_csv(published("organ_donations/organ_donation.csv"))
    frame["start"] = np.where(frame["State"] == "California", "Q32011", "")
    return Panel.from_frame(frame, unit="State", time="Quarter", cohort="start", outcome="Rate")


@pytest.fixture(scope="session")
def study():
    """The study of the demo, with fewer draws still."""
    made = Study(**yaml.safe_load(demo_text()))
    return made.model_copy(update={"inference": Inference(draws=199, power_draws=40)})


@pytest.fixture(scope="session")
def cells(study):
    """Counts of 94 districts with a true ratio of 1.8 in the sites, and an unfinished last year."""
    rng = np.random.default_rng(2)
    names, years = list(districts()), range(2005, 2022)
    first = {d: p.first_fiscal_year for p in study.phases for d in p.districts}
    size = np.exp(rng.normal(0, 0.6, len(names)))
    rows = []
    for metric, scope, base in (
        ("defendants_charged", "acteam", 4), ("defendants_charged", "chapter77", 6), ("cases_filed", "acteam", 2),
        ("cases_filed", "chapter77", 3), ("cases_filed", "listed", 30),
    ):  # fmt: skip
        for i, district in enumerate(names):
            for t, year in enumerate(years):
                lift = 1.8 if year >= first.get(district, 9999) and scope != "listed" else 1.0
                n = rng.poisson(base * size[i] * (0.6 + 0.06 * t) * lift)
                rows.append((metric, scope, district, f"FY{year}", float(n), year == 2021))
    frame = pd.DataFrame(rows, columns=["metric", "scope", "area", "period", "numerator", "is_provisional"])
    inside = frame[(frame["metric"] == "cases_filed") & (frame["scope"] == "chapter77")]["numerator"].to_numpy()
    frame.loc[frame["scope"] == "listed", "numerator"] += inside
    return frame.assign(source="eousa", area_kind="district", period_kind="fy", status="shown")


@pytest.fixture(scope="session")
def run(cells, study):
    """Every table, and the steps that were told."""
    told = []
    tables = evaluate_study(cells, study, "eousa", lambda *step: told.append(step))
    return tables, told
