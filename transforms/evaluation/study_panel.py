"""The panel of a study: district by fiscal year, from the published cells.

In: table `cells`, a study, an outcome, a source. Out: a `Panel` of counts with zeros explicit, and who is left out. A
hidden count is refused, never taken as zero; unfinished years are left out.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if
from transforms.study import Study

UNFINISHED = "years not yet complete are left out: {years}"
SPILLOVER = "spill-over districts are left out of the comparison: {districts}"


def study_rows(cells: pd.DataFrame, source: str, outcome: str, scope: str) -> pd.DataFrame:
    """District-year counts of one outcome, complete years only."""
    ours = cells[
        (cells["source"] == source)
        & (cells["metric"] == outcome)
        & (cells["scope"] == scope)
        & (cells["area_kind"] == "district")
        & (cells["period_kind"] == "fy")
    ]
    refuse_if(ours.empty, "no_rows")
    refuse_if((ours["status"] != "shown").any(), "outcome_hidden", int((ours["status"] != "shown").sum()))
    years = ours["period"].astype(str).str[2:6].astype(int)
    rows = pd.DataFrame({"district": ours["area"].astype(str), "year": years, "n": ours["numerator"].astype(float)})
    unfinished = set(years[ours["is_provisional"].astype(bool)])
    rows = rows[~rows["year"].isin(unfinished)].reset_index(drop=True)
    rows.attrs["unfinished"] = sorted(unfinished)
    return rows


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
    rows = study_rows(cells, source, outcome, scope or study.scope)
    notes = []
    if unfinished := rows.attrs["unfinished"]:
        notes.append(UNFINISHED.format(years=", ".join(f"FY{y}" for y in unfinished)))
    if not with_spillover:
        rows = rows[~rows["district"].isin(study.spillover.districts)]
        notes.append(SPILLOVER.format(districts=", ".join(study.spillover.districts)))
    return panel_of(rows, starts(study), notes)


def starts(study: Study) -> dict[str, int]:
    """First fiscal year of each site."""
    return {d: phase.first_fiscal_year for phase in study.phases for d in phase.districts}


def panel_of(rows: pd.DataFrame, first: dict[str, int], notes: Collection[str] = ()) -> Panel:
    """A panel of district-year counts, with the first year of each site."""
    frame = rows.assign(start=rows["district"].map(first).astype(float))
    panel = Panel.from_frame(
        frame, unit="district", time="year", cohort="start", outcome="n", family="poisson"
    ).without_always_treated()
    return panel.with_notes(tuple(notes))
