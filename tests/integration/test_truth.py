"""The whole way on the invented world: every planted row is accounted for, every cell equals the generator's count."""

import csv
from collections import Counter

import pandas as pd
import pytest

from pipelines.refresh import refresh
from sources.contract import agencies


@pytest.fixture(scope="module")
def planted(demo):
    with (demo[0].root / "truth" / "planted.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def delivered(workspace, agency, name):
    """The receipt of a delivery by the date in its name."""
    from pipelines import receipt

    return next(r for r in receipt.listed(workspace.deliveries / agency) if name in r.name)


def test_every_planted_row_meets_its_fate(demo, planted):
    workspace, _ = demo
    for (agency, day), rows in grouped(planted).items():
        found = delivered(workspace, agency, day)
        if not found.tallies:
            continue  # the damaged workbook: held before a row is read
        fates = pd.concat(
            pd.read_parquet(p) for p in sorted((workspace.deliveries / agency / found.key / "fates").iterdir())
        )
        got = Counter(zip(fates.file, fates.line, fates.fate, strict=True))
        wanted = Counter((r["file"], int(r["line"]), r["fate"]) for r in rows if r["fate"] != "staged")
        assert wanted - got == Counter()
        civil = fates[fates.why == "civil matter"]
        assert len(fates) - len(civil) == wanted.total(), "a row was refused that nobody planted"


def grouped(rows):
    found = {}
    for row in rows:
        found.setdefault((row["agency"], row["delivery"]), []).append(row)
    return found


def test_planted_rows_that_should_stay_are_staged(demo, planted):
    workspace, _ = demo
    kept = [r for r in planted if r["agency"] == "eousa" and r["fate"] == "staged" and r["delivery"] == "2026-09-30"]
    assert kept
    found = delivered(workspace, "eousa", "2026-09-30")
    staged = pd.read_parquet(workspace.deliveries / "eousa" / found.key / "staged" / "gs_case.parquet")
    assert {(r["file"], int(r["line"])) for r in kept} <= set(zip(staged.file, staged.line, strict=True))


def test_read_is_staged_and_quarantined_and_skipped_for_every_file(demo):
    _, outcome = demo
    tallies = [t for receipts in outcome.receipts.values() for r in receipts for t in r.tallies]
    assert len(tallies) > 100
    for t in tallies:
        assert t["n_read"] == t["n_staged"] + t["n_quarantined"] + t["n_skipped"], (t["contract"], t["file"])


def test_every_cell_equals_the_generators_count(demo):
    workspace, outcome = demo
    cells = pd.read_parquet(workspace.editions / outcome.edition / "tables" / "cells.parquet")
    truth = pd.read_csv(workspace.root / "truth" / "metrics.csv").rename(columns={"district": "area"})
    truth = truth[~((truth.period_kind == "quarter") & truth.area.str.isupper() & (truth.area != "ALL"))]  # pooled
    key = ["metric", "scope", "area", "period"]
    ours = cells[(cells.source == "eousa") & cells.metric.isin(truth.metric) & cells.scope.isin(truth.scope)]
    ours = ours[ours.period_kind != "twelve_months"]
    both = ours.merge(truth, on=key, how="outer", suffixes=("", "_true"), indicator=True)
    assert not (both._merge == "right_only").any(), "a counted cell is missing"
    shown = both[both.status == "shown"]
    assert len(shown) > 20_000
    off = shown[(shown.value - shown.value_true.fillna(0)).abs() > 1e-9]
    assert off.empty, off[key].head().to_string()
    hidden = both[both.status == "suppressed"]
    assert hidden.value.isna().all()
    nothing = both[both.status == "not_applicable"]
    assert nothing.value_true.isna().all()


def test_planted_effect_shows_in_matters_received(demo):
    """The generator multiplies referrals of Phase I districts by 1.6 from FY2012; the counts of truth show it."""
    truth = pd.read_csv(demo[0].root / "truth" / "metrics.csv")
    yearly = truth[(truth.metric == "matters_received") & (truth.scope == "acteam") & (truth.period_kind == "fy")]
    year = yearly.period.str[2:].astype(int)
    share = {
        after: yearly[(yearly.district == "phase_1") & ((year >= 2012) == after)].value.sum()
        / yearly[(yearly.district == "other") & ((year >= 2012) == after)].value.sum()
        for after in (False, True)
    }
    assert 1.1 < share[True] / share[False] < 2.3


def test_held_delivery_leaves_the_last_good_one_in_use(demo):
    workspace, outcome = demo
    assert outcome.exit_code == 2
    assert [r.agency for r in outcome.held] == ["hsi"]
    assert 'column "Date Referred" is missing' in outcome.held[0].reason
    deliveries = pd.read_parquet(workspace.editions / outcome.edition / "tables" / "deliveries.parquet")
    hsi = deliveries[deliveries.agency == "hsi"]
    assert (hsi.status == "in use").any() and (hsi.status == "held").any()


def test_nothing_new_makes_nothing_new(demo):
    workspace, outcome = demo
    again = refresh(workspace)
    assert (again.edition, again.is_new, again.exit_code) == (outcome.edition, False, 2)


def test_every_agency_of_the_design_sends_something(demo):
    _, outcome = demo
    assert {key for key, receipts in outcome.receipts.items() if receipts} >= {"eousa", "fbi", "hsi"} & set(agencies())
