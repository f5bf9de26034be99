"""Who was charged, how it ended and when, as life tables: a cohort is the defendants charged in one fiscal year.

In: `mart.defendant_facts`, and the day to which each source is followed. Out: the estimates of metrics of method
`incidence` and `survival`, written into their `metric.*` table, and the tables `cohorts` and `cohort_curves`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from transforms.cohort import Cohort, days_of, effective, incidence, limits, quantile
from transforms.metric import Metric, Scope, metrics, scopes, splits_of
from transforms.study import Study, fiscal_year

MART = "mart.defendant_facts"
CAUSES = {  # in the order of the arrays; whoever has none is open
    "convicted": "is_convicted", "acquitted": "outcome = 'ACQUITTED'", "dismissed": "outcome = 'DISMISSED'",
    "transferred": "outcome = 'TRANSFERRED'", "other": "outcome = 'OTHER'",
}  # fmt: skip
PLACE = ["source", "scope", "area_kind", "area"]
CELL = ["source", "scope", "split", "part", "area_kind", "area", "period"]
ENDED = [f"n_{cause}" for cause in CAUSES]
CURVE_YEARS, CURVE_MONTHS = 10, range(0, 61, 3)
Until = dict[str, dt.date]


def estimated() -> list[Metric]:
    """The metrics whose value is an estimate over a cohort."""
    return [m for m in metrics().values() if m.method in ("incidence", "survival")]


def life_tables(con: duckdb.DuckDBPyConnection, until: Until, *, with_parts: bool = True) -> pd.DataFrame:
    """A row for each cell and day after the charge: how many ended by each cause on it, and how many were last seen."""
    known = {source for metric in estimated() for source in metric.sources} & set(until)
    members = _members({source: until[source] for source in sorted(known)})
    causes = ", ".join(_causes())
    cuts = "\nunion all\n".join(_cuts(with_parts))
    placed = "\nunion all\n".join(
        f"select '{kind}' as area_kind, {area} as area, * from cut where {area} is not null"
        for kind, area in (("nation", "'ALL'"), ("group", "group_key"))
    )
    return con.execute(
        f"with member as ({members}), cut as ({cuts}), placed as ({placed})"
        f" select {', '.join(CELL)}, day, {causes}, count(*) filter (where not is_over) as n_open"
        " from placed group by all order by all"
    ).df()


def _members(until: Until) -> str:
    """Everybody who is followed, the day on which that ended, and whether it ended with the case."""
    days = ", ".join(f"('{source}', date '{day}')" for source, day in until.items()) or "('', date '1900-01-01')"
    any_cause = " or ".join(f"({sql})" for sql in CAUSES.values())
    return (
        f"select *, concat('FY', year(charged_on + interval 3 month)) as period,"
        f" coalesce(disposed_on <= until and ({any_cause}), false) as is_over,"
        " date_diff('day', charged_on, case when is_over then disposed_on else until end) as day"
        f" from {MART} inner join (values {days}) as followed(source, until) using (source)"
        " where charged_on <= until and coalesce(disposed_on >= charged_on, true)"
    )


def _causes() -> list[str]:
    return [f"count(*) filter (where is_over and {sql}) as n_{cause}" for cause, sql in CAUSES.items()]


def cohort_sql(source: str, scope: str, area: str, period: str, until: dt.date) -> str:
    """The SELECT that gives the counts of one row of table `cohorts`."""
    place = "true" if area == "ALL" else f"group_key = '{area}'"
    counts = ",\n    ".join(["count(*) as n_charged", *_causes(), "count(*) filter (where not is_over) as n_open"])
    return (
        f"with member as ({_members({source: until})})\nselect {counts}\nfrom member\n"
        f"where ({scopes()[scope].sql})\n    and {place}\n    and period = '{period}'"
    )


def _cuts(with_parts: bool) -> Iterator[str]:
    null = "cast(null as varchar)"
    for scope in scopes().values():
        yield f"select '{scope.name}' as scope, {null} as split, {null} as part, * from member where ({scope.sql})"
        for split in splits_of(estimated()):
            if with_parts and _is_cut(split.scopes, scope):
                for part, fact in split.parts.items():
                    yield (
                        f"select '{scope.name}', '{split.name}', '{part}', * from member"
                        f" where ({scope.sql}) and ({fact.sql})"
                    )


def _is_cut(allowed: list[str] | None, scope: Scope) -> bool:
    return allowed is None or scope.name in allowed


def cohorts(tables: pd.DataFrame, by: list[str]) -> Iterator[tuple[tuple[Any, ...], Cohort]]:
    """The life table of every cell, in the order of its key."""
    cell = tables.groupby(by, sort=False, dropna=False).ngroup().to_numpy()
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    keys = tables.iloc[starts][by].astype(object)
    ended = tables[ENDED].to_numpy(float).T
    days, censored = tables["day"].to_numpy(np.int64), tables["n_open"].to_numpy(float)
    ways = keys.where(keys.notna(), None).itertuples(index=False, name=None)
    for key, (start, stop) in zip(ways, pairwise([*starts, len(cell)]), strict=True):
        yield key, Cohort(days[start:stop], ended[:, start:stop], censored[start:stop])


def estimate(con: duckdb.DuckDBPyConnection, table: str, until: Until) -> None:
    """Put the estimates into the rows that were counted; nothing where nobody was followed that long."""
    found = [(*key, *row) for key, cohort in cohorts(life_tables(con, until), CELL) for row in _estimates(cohort)]
    given = pd.DataFrame(found, columns=[*CELL, "metric", "estimate", "size", "lower", "upper"])
    given = given.astype({"split": "string", "part": "string"})
    is_share = given["lower"].isna() & ~given["metric"].str.startswith("median")
    at = given.loc[is_share, ["estimate", "size"]].to_numpy(float)
    given.loc[is_share, "lower"], given.loc[is_share, "upper"] = limits(at[:, 0], at[:, 1])
    con.register("given", given)
    con.execute(
        f"update {table} as cell set estimate = given.estimate, lower = given.lower, upper = given.upper,"
        " denominator = case when starts_with(given.metric, 'median') then given.size else cell.denominator end"
        f" from given where {' and '.join(f'cell.{c} is not distinct from given.{c}' for c in [*CELL, 'metric'])}"
    )
    con.unregister("given")


def _estimates(cohort: Cohort) -> Iterator[tuple[str, float, float, float, float]]:
    """(metric, estimate, size, lower, upper) of one cohort: `size` of a median is who is followed."""
    none = float("nan")
    for metric in estimated():
        if metric.method == "survival":
            middle, low, high = quantile(cohort, 0.5)
            if not np.isnan(middle):
                yield metric.name, middle, cohort.n, low, float("inf") if np.isnan(high) else high
        elif cohort.reaches(day := days_of(int(metric.follow_up_months or 0))):
            found, error = incidence(cohort, day)
            size = effective(cohort, day, found, error)
            yield metric.name, float(found[0]), float(size[0]), none, none


def cohort_table(tables: pd.DataFrame, numbers: pd.DataFrame, until: Until) -> pd.DataFrame:
    """Table `cohorts`: how far each cohort has come, and the naive rates of its year, from the published numbers."""
    rows = []
    for key, cohort in cohorts(tables[tables["split"].isna()], [*PLACE, "period"]):
        at = dict(zip([*PLACE, "period"], key, strict=True))
        if at["area_kind"] in scopes()[at["scope"]].areas:
            ended, middle, late = cohort.ended.sum(axis=1), quantile(cohort, 0.5)[0], quantile(cohort, 0.9)[0]
            rows.append(
                {"id": "/".join([at["source"], "cohort", at["scope"], at["area"], at["period"]]), **at}
                | {"n_charged": int(cohort.n), **dict(zip(ENDED, ended.astype(int), strict=True))}
                | {"n_open": int(cohort.censored.sum()), "followed_to": until[at["source"]].isoformat()}
                | {"maturity": float(ended.sum()) / cohort.n, "median_days": middle, "p90_days": late}
            )
    found = pd.DataFrame(rows, columns=[c for c in COLUMNS if c not in ("of_ended", "so_far")])
    value = _values(numbers)
    of_ended, charged, since = (value(found, m) for m in ("conviction_rate", "defendants_charged", "cohort_convicted"))
    return found.assign(of_ended=of_ended, so_far=since / charged.where(charged > 0))[COLUMNS]


COLUMNS = [
    *("id", *PLACE, "period", "n_charged", *ENDED, "n_open", "followed_to", "maturity"),
    *("of_ended", "so_far", "median_days", "p90_days"),
]


def _values(numbers: pd.DataFrame) -> Callable[[pd.DataFrame, str], "pd.Series[float]"]:
    """The published value of a metric for each row of a frame; nan where there is none."""
    by = ["metric", "source", "scope", "area", "period"]
    years = numbers[numbers["metric"].isin(["conviction_rate", "defendants_charged", "cohort_convicted"])]
    known = years.set_index(by)["value"]

    def of(found: pd.DataFrame, metric: str) -> "pd.Series[float]":
        at = pd.MultiIndex.from_frame(found[by[1:]].assign(metric=metric)[by])
        return pd.Series(known.reindex(at).to_numpy(float), index=found.index)

    return of


def curve_table(tables: pd.DataFrame, study: Study, until: Until) -> pd.DataFrame:
    """Table `cohort_curves`: the shares of each outcome some months after the charge, the last ten cohorts pooled."""
    years = tables["period"].str[2:].astype(int)
    last = tables["source"].map({source: fiscal_year(day) for source, day in until.items()})
    recent = (years <= last) & (years > last - CURVE_YEARS)
    kept = tables[tables["split"].isna() & tables["scope"].isin([study.scope, *study.scopes_beside]) & recent]
    pooled = kept.groupby([*PLACE, "day"], sort=True)[[*ENDED, "n_open"]].sum().reset_index()
    rows = []
    for key, cohort in cohorts(pooled, PLACE):
        end = fiscal_year(until[key[0]])
        at = dict(zip(PLACE, key, strict=True)) | {"from_fy": end - CURVE_YEARS + 1, "to_fy": end}
        for months in (m for m in CURVE_MONTHS if cohort.reaches(days_of(m))):
            share, error = incidence(cohort, days_of(months))
            low, high = limits(share, effective(cohort, days_of(months), share, error))
            at_risk = int((cohort.ended.sum(axis=0) + cohort.censored)[cohort.days >= days_of(months)].sum())
            for i, outcome in enumerate(CAUSES):
                rows.append(at | {"months": months, "outcome": outcome, "value": float(share[i]),
                                  "lower": float(low[i]), "upper": float(high[i]), "n_at_risk": at_risk})  # fmt: skip
    return pd.DataFrame(rows, columns=CURVE_COLUMNS)


CURVE_COLUMNS = [*PLACE, "from_fy", "to_fy", "months", "outcome", "value", "lower", "upper", "n_at_risk"]
