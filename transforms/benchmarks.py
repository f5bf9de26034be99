"""Published figures beside ours, each with the known reasons to differ.

In: table `cells`, table `comparison` and a study. Out: table `benchmarks` (docs/decisions/0002-published-tables.md).
"""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from sources.facts import table
from transforms.study import Study

SITE_COUNTS = ("cases_filed", "defendants_charged")
COLUMNS = [
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
    return pd.DataFrame(rows, columns=COLUMNS)


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
