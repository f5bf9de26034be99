"""The published comparison, redone: before and after in the sites, elsewhere, and the ratio of the two changes.

In: table `cells` (docs/decisions/0002-published-tables.md) and a study. Out: table `comparison`, one row per scope,
phase and outcome, and table `benchmarks`, published figures beside ours. Nothing here is an effect: that is what
`transforms.evaluation` asks.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sources.facts import table
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
SITE_COUNTS = ("cases_filed", "defendants_charged")
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


def _row(
    cells: pd.DataFrame, study: Study, phase: Phase, source: str, outcome: str, scope: str, size: float | None
) -> dict[str, Any]:
    named = sorted(cells.loc[cells["area_kind"] == "district", "area"].astype(str).unique())
    here, there = [d for d in named if d in phase.districts], others(study, phase, named)
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "id": f"{source}/{outcome}/{scope}/{phase.key}/{_years(phase.before)}:{_years(phase.after)}",
        "source": source, "outcome": outcome, "scope": scope, "phase": phase.key, "phase_label": phase.label,
        "before_from": phase.before[0], "before_to": phase.before[1],
        "after_from": phase.after[0], "after_to": phase.after[1],
        "n_districts": len(here), "n_districts_other": len(there),
    }  # fmt: skip
    if reason := _not_applicable(cells, phase, here, there, study.follow_up_years.get(outcome, 0)):
        return row | {"status": "not_applicable", "share_refused": reason}
    groups = [p.key for p in study.phases if p.first_fiscal_year > phase.after[1]] + ["other"]
    try:
        treated = _counts(cells, phase, {"group": [phase.key], "district": here})
        other = _counts(cells, phase, {"group": groups, "district": there})
    except Missing as missing:
        return row | {"status": str(missing), "share_refused": WHY_MISSING[str(missing)]}
    nation, placed = (_counts_or_none(cells, phase, place) for place in ({"nation": ["ALL"]}, {"district": named}))
    share, refused = share_of_change(treated, nation, placed)
    return (
        row
        | {"before": treated.before, "after": treated.after, "before_other": other.before, "after_other": other.after}
        | _ratios(treated, other, phase, size)
        | {"clump": size, "share_of_change": share, "share_refused": refused, "status": "shown"}
    )


def _not_applicable(cells: pd.DataFrame, phase: Phase, here: list[str], there: list[str], follow_up: int) -> str | None:
    wanted = set(_span(phase.before)) | set(_span(phase.after))
    if not wanted <= set(cells["year"]):
        return "the source does not cover both windows"
    final = set(cells["year"]) - set(cells.loc[cells["is_provisional"].astype(bool), "year"])
    if not wanted <= final:
        return "the source does not cover both windows: a year of them is incomplete"
    if max(wanted) > max(final) - follow_up:
        return f"fewer than {follow_up} final years follow the windows, so outcomes may be missing"
    if not here or not there:
        return "the source names no district of the phase, or none to compare it with"
    return None


def _counts(cells: pd.DataFrame, phase: Phase, places: dict[str, list[str]]) -> Counts:
    """Window totals from the first kind of area that is wholly shown.

    A group holds records whose state is known and whose district is not; where it is hidden its districts may do.
    """
    is_hidden = False
    for kind, areas in places.items():
        chosen = cells[(cells["area_kind"] == kind) & cells["area"].isin(areas)]
        windows = [(chosen[chosen["year"].isin(_span(w))], len(_span(w))) for w in (phase.before, phase.after)]
        if all(len(rows) == len(areas) * years and (rows["status"] == "shown").all() for rows, years in windows):
            before, after = (float(rows["numerator"].sum()) for rows, _ in windows)
            return Counts(before, after)
        is_hidden |= any((rows["status"] == "suppressed").any() for rows, _ in windows)
    raise Missing("suppressed" if is_hidden else "not_applicable")


def _counts_or_none(cells: pd.DataFrame, phase: Phase, places: dict[str, list[str]]) -> Counts | None:
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


def _span(window: tuple[int, int]) -> range:
    return range(window[0], window[1] + 1)


def _years(window: tuple[int, int]) -> str:
    return f"FY{window[0]}-{window[1]}"


BENCHMARK_COLUMNS = [
    "id", "metric", "area", "from_fy", "to_fy", "published", "unit", "ours", "source", "scope", "difference",
    "source_title", "source_url", "note",
]  # fmt: skip
NATIONAL = {  # published yearly series -> our metric and the scopes that come nearest to it
    "doj_defendants_charged": ("defendants_charged", ("chapter77",)),
    "doj_prosecutions_initiated": ("cases_filed", ("chapter77",)),
    "doj_convictions": ("defendants_convicted", ("chapter77",)),
    "doj_defendants_charged_approx": ("defendants_charged", ("acteam", "htpu_proxy")),
    "bjs_defendants_charged_chapter77_class": ("defendants_charged", ("chapter77",)),
    "prosecutions_htpu_scope": ("cases_filed", ("acteam", "htpu_proxy")),
}
SHARES = {  # published share of the national increase -> the outcome of the comparison
    "share_of_national_increase_cases_filed": "cases_filed",
    "share_of_national_increase_defendants_charged": "defendants_charged",
    "share_of_national_increase_defendants_convicted": "cohort_convicted",
}
SERIES_REASONS = {
    "doj_": "The published count adds minor sex trafficking prosecuted with the child exploitation section, also under"
    " statutes outside chapter 77, and was taken when the year ended.",
    "doj_defendants_charged_approx": "Published as nearly this number, in a speech, in the prosecution unit's scope.",
    "bjs_": "The published count takes the lead charge only; ours takes any chapter 77 charge.",
    "prosecutions_": "The published count is in the prosecution unit's own scope; its year label is doubtful for 2017.",
    "share_": "The published share is of the change between the same windows in the Department's own count.",
    "share_of_national_increase_defendants_convicted": "Published as defendants convicted in the windows; ours are"
    " defendants charged in the windows and convicted since.",
    "cases_filed": "How the Department chose its cases is not published, nor the exact start of the windows.",
    "defendants_charged": "How the Department chose its cases is not published; superseding indictments may differ.",
}
SCOPE_REASONS = {
    "acteam": "Program category 05E exists since 2011-01-31, so earlier years hold what offices recoded.",
    "chapter77": "Chapter 77 includes domestic minors and leaves out 18 USC 2251 and 2421 ff.",
    "htpu_proxy": "Scope guessed from victim counts.",
}
SOURCE_REASONS = {
    "eousa": "Records as they stand at the data date: later sealing, unsealing and recoding change past years.",
    "htd": "A research collection of cases found in public records: it is not complete, least of all in recent years.",
}


def benchmarks(cells: pd.DataFrame, comparison: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Table `benchmarks`: the published figures that have an honest counterpart, each with the known reasons to differ.

    The slide figures +164, +122 and +86 % name no group and no period: they are set beside nothing.
    """
    rows = [*_site_benchmarks(comparison, study), *_national_benchmarks(cells)]
    return pd.DataFrame(rows, columns=BENCHMARK_COLUMNS)


def _site_benchmarks(comparison: pd.DataFrame, study: Study) -> list[dict[str, Any]]:
    sites = {row["district_abbreviation"] for row in table("sites") if row["phase"] == "1"}
    phases = {p.key for p in study.phases if set(p.districts) == sites}
    shown = comparison[comparison["phase"].isin(phases) & (comparison["status"] == "shown")]
    rows = []
    for fact in (f for f in table("published_results") if f["group"] == "acteam"):
        outcome = SHARES.get(fact["metric"], fact["metric"] if fact["metric"] in SITE_COUNTS else None)
        for row in shown[shown["outcome"] == outcome].to_dict("records"):
            if (ours := _ours(row, fact)) is not None:
                rows.append(_benchmark(fact, "ACTeam Phase I districts", ours, row["source"], row["scope"]))
    return rows


def _ours(row: Mapping[Hashable, Any], fact: dict[str, str]) -> float | None:
    window = int(fact["period_from_fy"]), int(fact["period_to_fy"])
    before, after = (row["before_from"], row["before_to"]), (row["after_from"], row["after_to"])
    if fact["metric"] in SHARES:
        share = row["share_of_change"]
        return 100 * float(share) if (before, after) == ((2010, 2011), window) and pd.notna(share) else None
    return float(row["before"]) if window == before else float(row["after"]) if window == after else None


def _national_benchmarks(cells: pd.DataFrame) -> list[dict[str, Any]]:
    nation = cells[(cells["area_kind"] == "nation") & (cells["period_kind"] == "fy") & (cells["status"] == "shown")]
    facts = [_as_result(f) for f in table("federal_trafficking_series") if f["year_basis"] == "FY"]
    facts += [f for f in table("published_results") if f["group"] == "nationwide"]
    rows = []
    for fact in (f for f in facts if f["metric"] in NATIONAL):
        metric, scopes = NATIONAL[fact["metric"]]
        same = (nation["metric"] == metric) & (nation["period"] == f"FY{fact['period_from_fy']}")
        for row in nation[same & nation["scope"].isin(scopes)].to_dict("records"):
            rows.append(_benchmark(fact, "United States", float(row["numerator"]), row["source"], row["scope"]))
    return rows


def _as_result(fact: dict[str, str]) -> dict[str, str]:
    year = fact["fiscal_year"]
    return fact | {"period_from_fy": year, "period_to_fy": year, "unit": "count", "group": "nationwide"}


def _benchmark(fact: dict[str, str], area: str, ours: float, source: str, scope: str) -> dict[str, Any]:
    metric, span = fact["metric"], f"FY{fact['period_from_fy']}-{fact['period_to_fy']}"
    general = next((text for key, text in SERIES_REASONS.items() if key.endswith("_") and metric.startswith(key)), "")
    series = SERIES_REASONS.get(metric) or general
    reasons = [series, SCOPE_REASONS.get(scope, ""), SOURCE_REASONS.get(source, "")]
    return {
        "id": f"{source}/benchmark/{metric}/{scope}/{span}",
        "metric": metric, "area": area, "from_fy": int(fact["period_from_fy"]), "to_fy": int(fact["period_to_fy"]),
        "published": float(fact["value"]), "unit": fact["unit"], "ours": ours, "source": source, "scope": scope,
        "difference": " ".join(r for r in reasons if r),
        "source_title": fact["source_title"], "source_url": fact["source_url"], "note": fact["note"],
    }  # fmt: skip
