"""The panel of a study: district by fiscal year, from the published cells.

In: table `cells`, a study, an outcome, a source. Out: a `Panel` of counts with zeros explicit, and who is left out. A
hidden count is refused, never taken as zero; provisional years, and those too young for their outcome, are left out.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if
from transforms.study import Study

UNFINISHED = "periods not yet complete are left out: {periods}"
YOUNG = "{outcome} of years with less than {years} years of follow-up is left out: {periods}"
SPILLOVER = "spill-over districts are left out of the comparison: {districts}"


def study_rows(
    cells: pd.DataFrame, source: str, outcome: str, scope: str, follow_up: int = 0
) -> tuple[pd.DataFrame, list[str]]:
    """Counts of one outcome by district and year (`FY2012`), with notes on what is out."""
    ours = cells[
        (cells["source"] == source)
        & (cells["metric"] == outcome)
        & (cells["scope"] == scope)
        & (cells["area_kind"] == "district")
        & (cells["period_kind"] == "fy")
    ]
    refuse_if(ours.empty, "no_rows")
    refuse_if((ours["status"] != "shown").any(), "outcome_hidden", int((ours["status"] != "shown").sum()))
    name = ours["period"].astype(str)
    rows = pd.DataFrame({"district": ours["area"].astype(str), "period": name, "n": ours["numerator"].astype(float)})
    unfinished = set(name[ours["is_provisional"].astype(bool)])
    kept = rows[~rows["period"].isin(unfinished)]
    years = kept["period"].str[2:].astype(int)
    young = set(kept["period"][years > years.max() - follow_up])
    notes = [UNFINISHED.format(periods=", ".join(sorted(unfinished)))] if unfinished else []
    if young:
        label = outcome.replace("_", " ")
        notes.append(YOUNG.format(outcome=label, years=follow_up, periods=", ".join(sorted(young))))
    kept = kept[~kept["period"].isin(young)]
    return kept, notes


def study_panel(
    cells: pd.DataFrame,
    study: Study,
    outcome: str,
    source: str,
    scope: str | None = None,
    *,
    with_spillover: bool = False,
) -> Panel:
    """The panel of the study for one outcome; spill-over districts are left out unless asked for."""
    follow_up = study.follow_up_years.get(outcome, 0)
    rows, notes = study_rows(cells, source, outcome, scope or study.scope, follow_up)
    if not with_spillover and study.spillover.districts:
        rows = rows[~rows["district"].isin(study.spillover.districts)]
        notes.append(SPILLOVER.format(districts=", ".join(study.spillover.districts)))
    return panel_of(rows, starts(study), notes)


def starts(study: Study) -> dict[str, int]:
    """First fiscal year of each site."""
    return {d: phase.first_fiscal_year for phase in study.phases for d in phase.districts}


def panel_of(rows: pd.DataFrame, first: dict[str, int], notes: Collection[str] = ()) -> Panel:
    """A panel of counts by district and fiscal year, with the first year of each site."""
    frame = rows.assign(period=rows["period"].str[2:].astype(int), start=rows["district"].map(first))
    panel = Panel.from_frame(
        frame, unit="district", time="period", cohort="start", outcome="n", family="poisson"
    ).without_always_treated()
    return panel.with_notes(tuple(notes))
