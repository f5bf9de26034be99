"""The published comparison, redone: before and after in the sites, elsewhere, and the ratio of the two changes.

In: table `cells` (docs/decisions/0002-published-tables.md) and a study. Out: table `comparison`, one row per scope,
phase and outcome. Nothing here is an effect: that is what `transforms.evaluation` asks.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from transforms.clump import SIZE, clump, comes_in_schemes
from transforms.interval import Ratio, rate_ratio, ratio_of_ratios
from transforms.study import Phase, Study

COLUMNS = [
    "id", "source", "outcome", "scope", "phase", "phase_label", "before_from", "before_to", "after_from",
    "after_to", "n_districts", "n_districts_other", "before", "after", "before_other", "after_other", "ratio",
    "ratio_lower", "ratio_upper", "ratio_other", "ratio_other_lower", "ratio_other_upper", "ratio_of_ratios",
    "ratio_of_ratios_lower", "ratio_of_ratios_upper", "clump", "share_of_change", "share_refused", "status",
]  # fmt: skip
LEAST_CHANGE = 10  # a smaller national change: one indictment moves the share by ten points or more
Places = dict[str, list[str]]  # kinds of area that may each stand for one side, the finest first -> areas
NATION: Places = {"nation": ["ALL"]}
MOST_UNPLACED = 0.1  # a larger share of records without a district: nobody knows whose change it was


@dataclass(frozen=True)
class Counts:
    """Totals of one group in the two windows; None where the source cannot say."""

    before: float
    after: float

    @property
    def change(self) -> float:
        """After less before."""
        return self.after - self.before


class Missing(Exception):
    """A count that the comparison needs is not there; the text is the status that says why."""


WHY_MISSING = {
    "suppressed": "counts are not shown (disclosure control)",
    "not_applicable": "the source does not count this in every area and year of the windows",
}


def compare(cells: pd.DataFrame, study: Study, source: str) -> pd.DataFrame:
    """Table `comparison` for one source: every phase and outcome of the study, in its scope and those beside it."""
    wanted = dict.fromkeys([study.scope, *study.scopes_beside])
    ours = cells[cells["metric"].isin([*study.outcomes, SIZE]) & cells["scope"].isin(wanted)]
    ours = ours[(ours["source"] == source) & (ours["period_kind"] == "fy")]
    clumps = {scope: clump(ours[ours["scope"] == scope]) for scope in wanted}
    ours = ours.assign(year=ours["period"].astype(str).str[2:6].astype(int))
    found: dict[Any, pd.DataFrame] = dict(iter(ours.groupby(["metric", "scope"], sort=False)))
    rows = [
        _row(
            found.get((outcome, scope), ours.iloc[:0]),
            study,
            phase,
            source,
            outcome,
            scope,
            clumps[scope] if comes_in_schemes(outcome) else 1.0,
        )
        for scope in wanted
        for phase in study.phases
        for outcome in study.outcomes
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def others(study: Study, phase: Phase, named: list[str]) -> list[str]:
    """The districts a phase is compared with: no team by the end of the later window, and no spill-over."""
    teamed = {d for p in study.phases if p.first_fiscal_year <= phase.after[1] for d in p.districts}
    return [d for d in named if d not in teamed and d not in phase.districts and d not in study.spillover.districts]


def named(cells: pd.DataFrame) -> list[str]:
    """The districts that a source names."""
    return sorted(cells.loc[cells["area_kind"] == "district", "area"].astype(str).unique())


def sides(study: Study, phase: Phase, known: list[str]) -> tuple[Places, Places]:
    """Where the sites count, and where those that they are compared with do."""
    later = [p.key for p in study.phases if p.first_fiscal_year > phase.after[1]]
    here = {"district": [d for d in known if d in phase.districts], "group": [phase.key]}
    return here, {"district": others(study, phase, known), "group": [*later, "other"]}


def _row(
    cells: pd.DataFrame, study: Study, phase: Phase, source: str, outcome: str, scope: str, size: float | None
) -> dict[str, Any]:
    known = named(cells)
    here, there = sides(study, phase, known)
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "id": f"{source}/{outcome}/{scope}/{phase.key}/{_years(phase.before)}:{_years(phase.after)}",
        "source": source, "outcome": outcome, "scope": scope, "phase": phase.key, "phase_label": phase.label,
        "before_from": phase.before[0], "before_to": phase.before[1],
        "after_from": phase.after[0], "after_to": phase.after[1],
        "n_districts": len(here["district"]), "n_districts_other": len(there["district"]),
    }  # fmt: skip
    if reason := _not_applicable(cells, phase, here, there, study.follow_up_years.get(outcome, 0)):
        return row | {"status": "not_applicable", "share_refused": reason}
    try:
        treated, other = _counts(cells, phase, here), _counts(cells, phase, there)
    except Missing as missing:
        return row | {"status": str(missing), "share_refused": WHY_MISSING[str(missing)]}
    nation, placed = (_counts_or_none(cells, phase, place) for place in (NATION, {"district": known}))
    share, refused = share_of_change(treated, nation, placed)
    return (
        row
        | {"before": treated.before, "after": treated.after, "before_other": other.before, "after_other": other.after}
        | _ratios(treated, other, phase, size)
        | {"clump": size, "share_of_change": share, "share_refused": refused, "status": "shown"}
    )


def _not_applicable(cells: pd.DataFrame, phase: Phase, here: Places, there: Places, follow_up: int) -> str | None:
    wanted = set(_span(phase.before)) | set(_span(phase.after))
    if not wanted <= set(cells["year"]):
        return "the source does not cover both windows"
    final = set(cells["year"]) - set(cells.loc[cells["is_provisional"].astype(bool), "year"])
    if not wanted <= final:
        return "the source does not cover both windows: a year of them is incomplete"
    if max(wanted) > max(final) - follow_up:
        return f"fewer than {follow_up} final years follow the windows, so outcomes may be missing"
    if not here["district"] or not there["district"]:
        return "the source names no district of the phase, or none to compare it with"
    return None


def _counts(cells: pd.DataFrame, phase: Phase, places: Places) -> Counts:
    """Window totals of one side."""
    chosen = wholly_shown(cells, phase, places)
    before, after = (
        chosen.loc[chosen["period"].isin(_periods(w)), "numerator"].sum() for w in (phase.before, phase.after)
    )
    return Counts(float(before), float(after))


def wholly_shown(cells: pd.DataFrame, phase: Phase, places: Places) -> pd.DataFrame:
    """The cells of both windows of one kind of area: of those that are wholly shown the first that counts most.

    A group holds records whose state is known and whose district is not. `Missing` where no kind is wholly shown.
    """
    years = [*_periods(phase.before), *_periods(phase.after)]
    kinds = [
        cells[(cells["area_kind"] == kind) & cells["area"].isin(areas) & cells["period"].isin(years)]
        for kind, areas in places.items()
    ]
    whole = [
        chosen
        for chosen, areas in zip(kinds, places.values(), strict=True)
        if len(chosen) == len(areas) * len(years) and (chosen["status"] == "shown").all()
    ]
    if not whole:
        is_hidden = any((chosen["status"] == "suppressed").any() for chosen in kinds)
        raise Missing("suppressed" if is_hidden else "not_applicable")
    return max(whole, key=lambda chosen: float(chosen["numerator"].sum()))


def _counts_or_none(cells: pd.DataFrame, phase: Phase, places: Places) -> Counts | None:
    try:
        return _counts(cells, phase, places)
    except Missing:
        return None


def share_of_change(treated: Counts, nation: Counts | None, placed: Counts | None) -> tuple[float | None, str | None]:
    """The group's share of the national rise, or why there is no such share."""
    nation = nation or placed
    if nation is None:
        return None, "the national count is not shown (disclosure control)"
    if nation.change <= 0:
        return None, "there was no national rise to have a share of"
    if treated.change < 0:
        return None, "the group fell while the nation rose, so a share of the rise has no meaning"
    if treated.change > nation.change:
        return None, "the group rose by more than the nation, because other districts fell; a share would exceed 100 %"
    if nation.change < LEAST_CHANGE:
        return None, f"the national rise is under {LEAST_CHANGE}, so a single case would move the share by ten points"
    if placed and nation.before + nation.after - placed.before - placed.after > MOST_UNPLACED * (
        nation.before + nation.after
    ):
        return None, "more than a tenth of the records name no district, so nobody knows whose rise it was"
    return treated.change / nation.change, None


def _ratios(treated: Counts, other: Counts, phase: Phase, size: float | None) -> dict[str, float | None]:
    """Three ratios with their limits, where `size` of a count are one; without limits where nobody knows how many."""
    years, per = (len(_span(phase.after)), len(_span(phase.before))), size or 1.0
    found = {
        "ratio": rate_ratio(treated.after, treated.before, *years, clump=per),
        "ratio_other": rate_ratio(other.after, other.before, *years, clump=per),
        "ratio_of_ratios": ratio_of_ratios(treated.after, treated.before, other.after, other.before, clump=per),
    }
    return {k: v for name, ratio in found.items() for k, v in _spread(name, ratio, is_sure=size is not None).items()}


def _spread(name: str, ratio: Ratio, *, is_sure: bool) -> dict[str, float | None]:
    limits = {f"{name}_lower": ratio.lower, f"{name}_upper": ratio.upper}
    return {name: ratio.estimate} | (limits if is_sure else dict.fromkeys(limits))


def _periods(window: tuple[int, int]) -> list[str]:
    return [f"FY{year}" for year in _span(window)]


def _span(window: tuple[int, int]) -> range:
    return range(window[0], window[1] + 1)


def _years(window: tuple[int, int]) -> str:
    return f"FY{window[0]}-{window[1]}"
