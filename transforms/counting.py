"""Counting: a metric and a scope -> one SELECT over its mart, and from that every cell, zeros made explicit.

In: mart tables. Out: table `metric.<name>` with source, scope, area, period, numerator and denominator. A fiscal year
runs from October to September and is named by its end, so a day belongs to the year of the day three months later.
"""

import datetime as dt
from dataclasses import dataclass

import duckdb

from sources.facts import districts
from transforms.metric import Metric, Scope, scopes
from transforms.study import Study

AREAS = {"nation": "'ALL'", "group": "group_key", "district": "district"}
PERIODS = {
    "fy": "concat('FY', year(day + interval 3 month))",
    "quarter": "concat('FY', year(day + interval 3 month), ' Q', quarter(day + interval 3 month))",
}
PARTS = {
    "count": "count(*) filter (where {numerator}) as numerator, cast(null as double) as denominator",
    "rate": "count(*) filter (where ({numerator}) and ({denominator})) as numerator, "
    "count(*) filter (where {denominator}) as denominator",
    "ratio": "sum({sum}) filter (where {numerator}) as numerator, count(*) filter (where {denominator}) as denominator",
    "median": "median({value}) filter (where {numerator}) as numerator, "
    "count({value}) filter (where {numerator}) as denominator",
}


@dataclass(frozen=True)
class Coverage:
    """What a source can speak for: first and last day, and whether it names the district of every record."""

    source: str
    first_on: dt.date
    last_on: dt.date
    has_all_districts: bool


def parts_sql(metric: Metric) -> str:
    """Numerator and denominator of a metric. A median's are the median and the number of values."""
    return PARTS[metric.kind].format(
        numerator=metric.numerator.sql,
        sum=metric.numerator.sum,
        denominator=metric.denominator.sql if metric.denominator else None,
        value=metric.value.sql if metric.value else None,
    )


def count_sql(metric: Metric, scope: Scope) -> str:
    """The SELECT that counts one metric under one scope, over every area and period that has a record."""
    cells = [
        f"select source, '{area_kind}' as area_kind, {area} as area,"
        f" '{period_kind}' as period_kind, {period} as period, {parts_sql(metric)}"
        f"\nfrom counted where {area} is not null group by all"
        for area_kind, area in AREAS.items()
        for period_kind, period in PERIODS.items()
    ]
    chosen = ", ".join(f"'{source}'" for source in metric.sources if source in (scope.sources or metric.sources))
    return (
        f"with counted as (\n    select *, {metric.dated_by} as day from {metric.from_}\n"
        f"    where {metric.dated_by} is not null and source in ({chosen or 'null'}) and ({scope.sql})\n)\n\n"
        + "\n\nunion all\n\n".join(cells)
    )


def coverage(con: duckdb.DuckDBPyConnection, metric: Metric, as_of: dict[str, dt.date]) -> list[Coverage]:
    """The span of each source for a metric: from its first record to its last, never past its data date."""
    rows = con.execute(
        f"select source, min({metric.dated_by}), max({metric.dated_by}), bool_and(district is not null)"
        f" from {metric.from_} where {metric.dated_by} is not null group by source order by source"
    ).fetchall()
    return [
        Coverage(source, first, min(last, as_of[source]), complete)
        for source, first, last, complete in rows
        if source in metric.sources and source in as_of
    ]


def periods(first: dt.date, last: dt.date) -> list[tuple[str, str, dt.date, dt.date]]:
    """(kind, name, first day, last day) of every fiscal year and quarter that a span touches."""
    found = []
    for year in range(_fiscal_year(first), _fiscal_year(last) + 1):
        found.append(("fy", f"FY{year}", dt.date(year - 1, 10, 1), dt.date(year, 9, 30)))
        for quarter, (y, m) in enumerate([(year - 1, 10), (year, 1), (year, 4), (year, 7)], start=1):
            end = dt.date(y + (m == 10), (m + 3 - 1) % 12 + 1, 1) - dt.timedelta(days=1)
            if dt.date(y, m, 1) <= last and end >= first:
                found.append(("quarter", f"FY{year} Q{quarter}", dt.date(y, m, 1), end))
    return found


def _fiscal_year(day: dt.date) -> int:
    return day.year + (day.month >= 10)


def areas(
    study: Study, seen_groups: set[str], *, has_all_districts: bool, seen_districts: set[str]
) -> list[tuple[str, str]]:
    """(kind, area) of every area that a source can speak for; a zero for a district it never names would be false."""
    named = list(districts()) if has_all_districts else sorted(seen_districts)
    groups = [*study.groups, *(["unresolved"] if "unresolved" in seen_groups else [])]
    return [("nation", "ALL"), *(("group", g) for g in groups), *(("district", d) for d in named)]


def count_metric(
    con: duckdb.DuckDBPyConnection, metric: Metric, study: Study, as_of: dict[str, dt.date], first_fiscal_year: int
) -> int:
    """Replace table `metric.<name>`: every cell of every source, scope, area and period; returns the cells."""
    con.execute("create or replace temp table frame (source text, scope text, area_kind text, area text,"
                " period_kind text, period text, starts_on date, ends_on date)")  # fmt: skip
    for span in coverage(con, metric, as_of):
        seen = con.execute(
            f"select distinct district, group_key from {metric.from_} where source = ?", [span.source]
        ).fetchall()
        places = areas(
            study,
            {group for _, group in seen},
            has_all_districts=span.has_all_districts,
            seen_districts={district for district, _ in seen if district},
        )
        times = [p for p in periods(span.first_on, span.last_on) if int(p[1][2:6]) >= first_fiscal_year]
        kept = [(s.name,) for s in scopes().values() if s.sources is None or span.source in s.sources]
        _cross(con, span.source, kept, places, times)
    counts = "\n\nunion all\n\n".join(
        f"select '{scope.name}' as scope, * from ({count_sql(metric, scope)})" for scope in scopes().values()
    )
    con.execute("create schema if not exists metric")
    zero = "0" if metric.kind != "median" else "null"
    con.execute(
        f"create or replace table metric.{metric.name} as\n"
        f"select frame.*, coalesce(counts.numerator, {zero}) as numerator,"
        f" {'cast(null as double)' if metric.kind == 'count' else 'coalesce(counts.denominator, 0)'} as denominator\n"
        f"from frame left join ({counts}) as counts"
        " using (source, scope, area_kind, area, period_kind, period) order by all"
    )
    row = con.execute(f"select count(*) from metric.{metric.name}").fetchone()
    return int(row[0]) if row else 0


def _cross(
    con: duckdb.DuckDBPyConnection,
    source: str,
    kept: list[tuple[str]],
    places: list[tuple[str, str]],
    times: list[tuple[str, str, dt.date, dt.date]],
) -> None:
    con.execute("create or replace temp table kept (scope text)")
    con.execute("create or replace temp table places (area_kind text, area text)")
    con.execute("create or replace temp table times (period_kind text, period text, starts_on date, ends_on date)")
    con.executemany("insert into kept values (?)", kept)
    con.executemany("insert into places values (?, ?)", places)
    if times:
        con.executemany("insert into times values (?, ?, ?, ?)", times)
        con.execute("insert into frame select ?, scope, area_kind, area, period_kind, period, starts_on, ends_on"
                    " from kept, places, times", [source])  # fmt: skip
