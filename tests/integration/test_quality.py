"""What an edition says of its figures: checks of the whole, coverage, other coding, held deliveries, freshness."""

import csv

import dagster as dg
import openpyxl
import pandas as pd
import pytest

from expectations.whole import whole_specs
from pipelines import quality
from pipelines.definitions import build
from pipelines.refresh import refresh
from sources.contract import agencies
from sources.errors import EditionError
from tests.world import collection, quick_workspace


@pytest.fixture(scope="module")
def tables(demo):
    folder = demo[0].editions / demo[1].edition / "tables"
    return {path.stem: pd.read_parquet(path) for path in folder.iterdir()}


def test_every_rule_of_the_whole_is_judged_and_holds(tables):
    whole = tables["whole"]
    assert list(whole["rule"]) == [s.rule for level in ("cross-agency", "edition") for s in whole_specs(level)]
    assert whole["passed"].all()
    assert (whole.loc[whole["level"] == "cross-agency", "n_checked"] > 0).all()


def test_figures_that_contradict_each_other_are_not_published(tables):
    cells = tables["cells"].copy()
    cells.loc[cells["area"] == "ALL", "numerator"] += 1
    with pytest.raises(EditionError, match="ED-001"):
        quality.with_checks(tables | {"cells": cells})


def test_unknown_codes_are_those_that_were_planted(demo, tables):
    with (demo[0].root / "truth" / "planted.csv").open(encoding="utf-8", newline="") as text:
        planted = [r for r in csv.DictReader(text) if "unknown" in r["kind"] and r["fate"] == "quarantined"]
    assert planted
    unknowns = tables["unknowns"]
    assert unknowns[unknowns["kind"] == "code"]["n"].sum() == len(planted)
    assert set(unknowns["theirs"]) >= {"CLASS", "DISPOSITION"}


def test_coverage_tells_no_count_and_every_agency_that_names_districts(tables):
    coverage = tables["coverage"]
    assert set(coverage["level"]) <= {"none", "few", "low", "usual", "high"}
    assert {"eousa", "fbi", "hsi", "fjc", "ussc"} <= set(coverage["agency"])
    assert (coverage.groupby("agency")["district"].nunique() == 94).all()


def test_counts_of_matters_by_code_are_shown_for_the_nation_alone(tables):
    recode = tables["recode"]
    referred = recode[recode["family"].isin(["program_category", "lead_charge"])]
    hidden = referred[referred["area_kind"] == "group"]
    assert len(hidden) > 0
    assert (hidden["status"] == "suppressed").all()
    assert hidden[["n_before", "n_after", "share_before", "growth_per_year"]].isna().all().all()
    assert not hidden["sentence"].str.contains(r"\d{2}").any()
    small = referred[["n_before", "n_after"]].stack()
    assert not small.between(1, 10).any()
    filed = recode[recode["family"] == "charged"]
    assert (filed["status"] == "shown").all()


def test_growth_and_shift_add_up_in_the_published_table(tables):
    shown = tables["recode"].query("status == 'shown'")
    change = shown["per_year_after"] - shown["per_year_before"]
    assert (shown["growth_per_year"] + shown["shift_per_year"] - change).abs().max() < 1e-9


def test_every_delivery_with_a_refused_record_or_held_has_a_return_sheet(demo):
    workspace, outcome = demo
    for key, receipts in outcome.receipts.items():
        for r in receipts:
            sheets = list((workspace.returns / key).glob(f"{key}_{r.name}_return.*"))
            wanted = r.status == "held" or r.total("quarantined") > 0
            assert len(sheets) == (2 if wanted else 0), (key, r.name)
            if r.status == "good" and wanted:
                book = openpyxl.load_workbook(next(s for s in sheets if s.suffix == ".xlsx"), read_only=True)
                assert sum(1 for _ in book["Refused"].rows) == 1 + r.total("quarantined")


@pytest.mark.slow
def test_a_held_delivery_says_what_it_would_have_changed_and_changes_nothing(tmp_path):
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / "2018-08-31")
    collection(made.landing / "htd" / "2018-09-30", n_cases=40)
    outcome = refresh(made)
    assert [r.name for r in outcome.held] == ["2018-09-30"]
    folder = made.current() / "tables"
    held = pd.read_parquet(folder / "held.parquet").set_index("contract")
    assert held.loc["cases", ["n_in_use", "n_held", "n_new", "n_changed", "n_gone"]].tolist() == [60, 40, 0, 0, 20]
    moved = pd.read_parquet(folder / "held_changes.parquet")
    cells = pd.read_parquet(folder / "cells.parquet")
    filed = moved.query("metric == 'cases_filed' and scope == 'listed' and area == 'ALL' and period_kind == 'fy'")
    assert -filed["withdrawn"].sum() == 20
    assert (filed["after"] - filed["before"]).sum() == -20
    shown = cells.set_index("id").loc[filed["id"], "value"]
    assert shown.tolist() == filed["before"].tolist(), "the held delivery was counted"


def test_freshness_is_a_check_of_each_agency(demo):
    job = build(str(demo[0].root)).resolve_job_def("freshness")
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral())
    checks = {e.asset_key.path[-1]: e for e in result.get_asset_check_evaluations()}
    assert set(checks) == set(agencies())
    assert all(e.severity == dg.AssetCheckSeverity.WARN for e in checks.values())
    assert checks["hsi"].metadata["last_good"].value == "2026-08-31"
    assert checks["hsi"].metadata["due_on"].value == "2026-10-16"
