"""The open research set goes the whole way, and its counts are those of the reference table."""

import shutil

import pandas as pd
import pytest

from pipelines import workspace
from pipelines.refresh import refresh
from tests.conftest import public_data

# reference/open_cases_htd.md, "ACTeam comparison in this set": cases, defendants, convicted of Phase I
PHASE_1 = {
    ("listed", "FY2010", "FY2011"): (26, 50, 29),
    ("listed", "FY2012", "FY2013"): (34, 85, 64),
    ("htpu_proxy", "FY2010", "FY2011"): (8, 14, 10),
    ("htpu_proxy", "FY2012", "FY2013"): (9, 26, 19),
}


pytestmark = [pytest.mark.real_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    made = workspace.init(tmp_path_factory.mktemp("htd"))
    shutil.copytree(public_data("htd_federal_trafficking"), made.landing / "htd" / "2018-08-31")
    outcome = refresh(made)
    assert outcome.exit_code == 0
    assert sum(r.total("read") for r in outcome.receipts["htd"]) == 1762 + 674
    return made.current()


@pytest.mark.parametrize("window", PHASE_1)
def test_phase_1_counts_agree_with_the_reference(edition, window):
    cells = pd.read_parquet(edition / "tables" / "cells.parquet")
    scope, *years = window
    chosen = cells[(cells.scope == scope) & (cells.area == "phase_1") & cells.period.isin(years)]
    got = tuple(
        int(chosen[chosen.metric == metric].value.sum())
        for metric in ("cases_filed", "defendants_charged", "cohort_convicted")
    )
    assert got == PHASE_1[window]


def test_totals_agree_with_the_data_sets_own(edition):
    sent = pd.read_csv(public_data("htd_federal_trafficking") / "defendants.csv")
    undated = sent.groupby("case_id").filter(lambda case: case.charge_date.isna().all())
    assert (len(undated), undated.case_id.nunique()) == (2, 2)  # no defendant of the case has a date: it is in no year
    cells = pd.read_parquet(edition / "tables" / "cells.parquet")
    nation = cells[(cells.area == "ALL") & (cells.scope == "listed") & (cells.period_kind == "fy")]
    assert nation[nation.metric == "cases_filed"].value.sum() == 674 - 2
    assert nation[nation.metric == "defendants_charged"].value.sum() == 1762 - 2
    assert nation[nation.metric == "cohort_convicted"].value.sum() == 1044


def test_years_after_the_end_of_the_collection_are_never_final(edition):
    cells = pd.read_parquet(edition / "tables" / "cells.parquet")
    years = cells[(cells.area == "ALL") & (cells.metric == "cases_filed") & (cells.period_kind == "fy")]
    assert set(years.period[~years.is_provisional]) == {f"FY{year}" for year in range(2000, 2014)}
    assert set(years.period[years.is_provisional]) == {f"FY{year}" for year in range(2014, 2018)}
    assert "FY2013, all districts:" in (edition / "site" / "index.html").read_text("utf-8")


def test_the_end_of_the_collection_is_no_change(edition):
    compared = pd.read_parquet(edition / "tables" / "comparison.parquet").set_index("phase")
    assert set(compared.loc["phase_2", "status"]) == {"not_applicable"}
    assert "shown" in set(compared.loc["phase_1", "status"])
    signals = pd.read_parquet(edition / "tables" / "signals.parquet")
    assert (signals.to_fy <= 2014).all() and not set(signals.signal) & {"fewer cases", "longer without a case"}
