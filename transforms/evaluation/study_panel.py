"""The panel of a study: district by fiscal year, half or quarter, from the published cells.

In: table `cells`, a study, an outcome, a source. Out: a `Panel` of counts with zeros explicit, and who is left out. A
hidden count is refused, never taken as zero; provisional periods, and those too young for their outcome, are left out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import pandas as pd

from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if
from transforms.study import Study

PeriodKind = Literal["year", "half", "quarter"]
UNFINISHED = "periods not yet complete are left out: {periods}"
YOUNG = "{outcome} of years with less than {years} years of follow-up is left out: {periods}"
SPILLOVER = "spill-over districts are left out of the comparison: {districts}"
FIRST = {"year": "", "half": " H1", "quarter": " Q1"}  # the period of a fiscal year in which it begins


def study_rows(
    cells: pd.DataFrame, source: str, outcome: str, scope: str, period: PeriodKind = "year", follow_up: int = 0
) -> tuple[pd.DataFrame, list[str]]:
    """Counts of one outcome by district and period (`FY2012`, `FY2012 H1`, `FY2012 Q1`), with notes on what is out."""
    ours = cells[
        (cells["source"] == source)
        & (cells["metric"] == outcome)
        & (cells["scope"] == scope)
        & (cells["area_kind"] == "district")
        & (cells["period_kind"] == ("fy" if period == "year" else "quarter"))
    ]
    refuse_if(ours.empty, "no_rows")
    refuse_if((ours["status"] != "shown").any(), "outcome_hidden", int((ours["status"] != "shown").sum()))
    name = ours["period"].astype(str)
    if period == "half":
        name = name.str[:6] + " H" + ((name.str[-1].astype(int) + 1) // 2).astype(str)
    rows = pd.DataFrame({"district": ours["area"].astype(str), "period": name, "n": ours["numerator"].astype(float)})
    unfinished = set(name[ours["is_provisional"].astype(bool)])
    kept = rows[~rows["period"].isin(unfinished)]
    years = kept["period"].str[2:6].astype(int)
    young = set(kept["period"][years > years.max() - follow_up])
    notes = [UNFINISHED.format(periods=", ".join(sorted(unfinished)))] if unfinished else []
    if young:
        label = outcome.replace("_", " ")
        notes.append(YOUNG.format(outcome=label, years=follow_up, periods=", ".join(sorted(young))))
    kept = kept[~kept["period"].isin(young)]
    return pd.DataFrame(kept.groupby(["district", "period"], as_index=False).agg({"n": "sum"})), notes


def study_panel(
    cells: pd.DataFrame,
    study: Study,
    outcome: str,
    source: str,
    scope: str | None = None,
    *,
    with_spillover: bool = False,
    period: PeriodKind = "year",
) -> Panel:
    """The panel of the study for one outcome; spill-over districts are left out unless asked for."""
    follow_up = study.follow_up_years.get(outcome, 0)
    rows, notes = study_rows(cells, source, outcome, scope or study.scope, period, follow_up)
    if not with_spillover and study.spillover.districts:
        rows = rows[~rows["district"].isin(study.spillover.districts)]
        notes.append(SPILLOVER.format(districts=", ".join(study.spillover.districts)))
    return panel_of(rows, starts(study, period), notes)


def starts(study: Study, period: PeriodKind = "year") -> dict[str, str]:
    """First period of each site."""
    return {d: f"FY{phase.first_fiscal_year}{FIRST[period]}" for phase in study.phases for d in phase.districts}


def panel_of(rows: pd.DataFrame, first: dict[str, str], notes: Collection[str] = ()) -> Panel:
    """A panel of counts by district and period, with the first period of each site; years are plain numbers in it."""
    frame = rows.assign(start=rows["district"].map(first))
    if (frame["period"].str.len() == 6).all():
        frame = frame.assign(period=frame["period"].str[2:].astype(int), start=pd.to_numeric(frame["start"].str[2:]))
    panel = Panel.from_frame(
        frame, unit="district", time="period", cohort="start", outcome="n", family="poisson"
    ).without_always_treated()
    return panel.with_notes(tuple(notes))
