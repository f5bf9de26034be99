"""Published data sets as panels; tests that need them are skipped where they are not beside the checkout."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.evaluation.published_data import published
from transforms.evaluation import Panel


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
