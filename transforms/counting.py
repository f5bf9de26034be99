"""Counting: the metrics of one mart in a few grouped passes, every cell of them, zeros made explicit.

In: a mart and the definitions. Out: table `metric.<mart>`, a row for each number: source, metric, scope, split and part
(null for the whole), area, period, numerator and denominator; of a ratio the sum of squares, of a median its limits.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import duckdb
import pandas as pd

from sources.contract import agencies
from sources.facts import districts
from transforms import cube, followed, median, period
from transforms.metric import AreaKind, Metric, PeriodKind, Scope, Split, metrics, scopes, splits
from transforms.study import Study

COLUMNS = {
    "source": "varchar", "metric": "varchar", "scope": "varchar", "split": "varchar", "part": "varchar",
    "area_kind": "varchar", "area": "varchar", "period_kind": "varchar", "period": "varchar",
    "starts_on": "date", "ends_on": "date", "numerator": "double", "denominator": "double", "squares": "double",
    "lower": "double", "upper": "double", "estimate": "double",
}  # fmt: skip
COUNTED = ("rows", "open", "incidence", "survival")
TIMES = "source period_kind period starts_on ends_on seen_on first last"


def marts() -> list[str]:
    """The marts that metrics count, in the order of the registry."""
    return list(dict.fromkeys(m.from_ for m in metrics().values() if m.method in COUNTED))


def of_mart(mart: str) -> list[Metric]:
    """The metrics that are counted from the rows of a mart."""
    return [m for m in metrics().values() if m.from_ == mart and m.method in COUNTED]


def count_numbers(
    con: duckdb.DuckDBPyConnection,
    mart: str,
    study: Study,
    as_of: dict[str, dt.date],
    first_fiscal_year: int,
    settles: dict[str, dt.date] | None = None,
) -> None:
    """Temp table `numbers`. `as_of` is the data date of each source in use.

    `settles` gives the day after which a source is provisional, to which cohorts are followed; others to their date.
    A source that is still sent counts to its data date, with zeros where nothing happened; others to their last event.
    Not for a transaction: it would hold every table that is dropped on the way until it ends.
    """
    con.execute(f"create or replace temp table numbers ({', '.join(f'{n} {kind}' for n, kind in COLUMNS.items())})")
    sent = {source for source in settles or {} if agencies()[source].cadence_days}
    by_date = sorted(of_mart(mart), key=lambda m: (m.dated_by, m.ends_by or ""))
    for (dated_by, ends_by), group in groupby(by_date, key=lambda m: (m.dated_by, m.ends_by)):
        found = list(group)
        _frame(con, mart, dated_by, found, study, as_of, first_fiscal_year, sent)
        sums = {i: m for i, m in enumerate(found) if m.kind != "median"}
        cube.date_rows(con, mart, dated_by, ends_by)
        if sums:
            cube.add_up(con, sums)
            cube.roll_up(con, sums, is_stock=ends_by is not None)
        for i, metric in sums.items():
            con.execute(_cells_sql(metric, f"n{i}", f"d{i}", f"q{i}"))
        for metric in (m for m in found if m.kind == "median"):
            median.roll_up(con, metric)
            con.execute(_cells_sql(metric, "middle", "n", "", "lower", "upper"))
    if mart == followed.MART:
        followed.estimate(con, "numbers", as_of | (settles or {}))


def keep(con: duckdb.DuckDBPyConnection, mart: str) -> None:
    """Replace table `metric.<mart>` by the numbers that were counted."""
    con.execute("create schema if not exists metric")
    con.execute(f"create or replace table metric.{mart.split('.')[1]} as select * from numbers")
    con.execute("drop table numbers")


def _frame(
    con: duckdb.DuckDBPyConnection,
    mart: str,
    dated_by: str,
    found: list[Metric],
    study: Study,
    as_of: dict[str, dt.date],
    first_fiscal_year: int,
    sent: set[str],
) -> None:
    """Temp tables `frame`, every area and period that a source can speak for, `times`, its periods, and `quarters`."""
    spans = con.execute(
        f"select source, min({dated_by}), max({dated_by}), bool_and(district is not null),"
        f" list(distinct district), list(distinct group_key)"
        f" from {mart} where {dated_by} is not null group by source order by source"
    ).fetchall()
    wanted = {source for metric in found for source in metric.sources} & set(as_of)
    places, times = [], []
    for source, first, last, is_complete, seen_districts, seen_groups in spans:
        if source in wanted:
            named = list(districts()) if is_complete else sorted(d for d in seen_districts if d)
            groups = [*study.groups, *(["unresolved"] if "unresolved" in seen_groups else [])]
            places += [(source, *place) for place in areas(groups, named)]
            span = _span(first, as_of[source] if source in sent else last, as_of[source])
            times += [(source, *_time(p, as_of[source])) for p in span if p.first // 4 >= first_fiscal_year]
    _fill(con, "places", "source area_kind area", places)
    _fill(con, "times", TIMES, times)
    quarters = [(*row, quarter) for row in times for quarter in range(row[-2], row[-1] + 1)]
    _fill(con, "quarters", f"{TIMES} quarter", quarters)
    con.execute("create or replace temp table frame as select * from places join times using (source)")


def _span(first: dt.date, last: dt.date, as_of: dt.date) -> Iterator[period.Period]:
    """The periods of the fiscal years from the first day to the last, whole but for what comes after the data date."""
    starts, ends = (period.fiscal_year(period.quarter_of(day) // 4) for day in (first, last))
    return period.periods(starts.starts_on, min(ends.ends_on, as_of))


def _time(p: period.Period, as_of: dt.date) -> tuple[object, ...]:
    return p.kind, p.name, p.starts_on, p.ends_on, min(p.ends_on, as_of), p.first, p.last


def areas(groups: Iterable[str], named: Iterable[str]) -> list[tuple[str, str]]:
    """(kind, area) of every area that a source can speak for; a zero for a district it never names would be false."""
    return [("nation", "ALL"), *(("group", g) for g in groups), *(("district", d) for d in named)]


def _fill(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    given = pd.DataFrame(rows, columns=columns.split()).convert_dtypes()
    for day in (c for c in given if str(c).endswith("_on")):
        given[day] = pd.to_datetime(given[day])
    con.register("given", given)
    typed = ", ".join(f"cast({c} as date) as {c}" if str(c).endswith("_on") else str(c) for c in given)
    con.execute(f"create or replace temp table {table} as select {typed} from given")
    con.unregister("given")


def _cells_sql(metric: Metric, top: str, of: str, squares: str, *limits: str) -> str:
    """Insert the numbers of one metric: each cell with what was found for it, or zero; parts by column where found."""
    zero = "null" if metric.kind == "median" else "0"
    given = [
        f"coalesce({top}, {zero})",
        "null" if metric.kind == "count" else f"coalesce({of}, 0)",
        squares if metric.kind == "ratio" else "null",
        *(limits or ("null", "null")),
        "null",
    ]
    cells = ", ".join(f"frame.{c}" for c in ("area_kind", "area", "period_kind", "period", "starts_on", "ends_on"))
    selects = [
        f"select frame.source, '{metric.name}', wanted.scope, wanted.split, wanted.part, {cells}, {', '.join(given)}"
        f" from frame inner join ({_wanted(metric)}) as wanted using (source, area_kind, period_kind)"
        " left join rolled on rolled.source = frame.source and rolled.scope = wanted.scope"
        " and coalesce(rolled.part, '') = coalesce(wanted.part, '')"
        " and coalesce(rolled.split, '') = coalesce(wanted.split, '')"
        " and rolled.area_kind = frame.area_kind and rolled.area = frame.area"
        " and rolled.period_kind = frame.period_kind and rolled.period = frame.period"
        " where wanted.until is null or frame.ends_on <= wanted.until"
    ]
    if by_column := _by_column(metric):
        selects.append(
            f"select frame.source, '{metric.name}', rolled.scope, rolled.split, rolled.part, {cells},"
            f" {', '.join(given)} from rolled inner join frame using (source, area_kind, area, period_kind, period)"
            f" inner join ({by_column}) as wanted on rolled.source = wanted.source and rolled.scope = wanted.scope"
            f" and rolled.split = wanted.split and rolled.area_kind = wanted.area_kind where {top} > 0"
        )
    return "insert into numbers " + "\nunion all\n".join(selects)


def _wanted(metric: Metric) -> str:
    """(source, scope, split, part, area_kind, period_kind, until) of everything that is published of a metric."""
    rows: list[tuple[object, ...]] = []
    for scope in scopes().values():
        kinds = [(a, p) for a in metric.areas for p in metric.periods if is_published(metric, scope, a, p)]
        for source in metric.sources_under(scope):
            rows += [(source, scope.name, None, None, *kind, None) for kind in kinds]
            rows += [
                (source, scope.name, split.name, part, area, "fy", fact.until)
                for split in _splits(metric, scope)
                for part, fact in split.parts.items()
                for area in split_areas(metric)
            ]
    names = "source, scope, split, part, area_kind, period_kind"
    return f"select {names}, cast(until as date) as until from ({_values(rows, f'{names}, until')})"


def _by_column(metric: Metric) -> str:
    """(source, scope, split, area_kind) of the splits whose parts are the values of a column."""
    rows = [
        (source, scope.name, split.name, area)
        for scope in scopes().values()
        for split in _splits(metric, scope)
        for source in metric.sources_under(scope)
        for area in split_areas(metric)
        if split.column
    ]
    return _values(rows, "source, scope, split, area_kind") if rows else ""


def _values(rows: Sequence[tuple[object, ...]], columns: str) -> str:
    values = ", ".join(f"({', '.join('null' if v is None else repr(str(v)) for v in row)})" for row in rows)
    return f"select * from (values {values}) as t({columns})"


def is_published(metric: Metric, scope: Scope, area_kind: AreaKind, period_kind: PeriodKind) -> bool:
    """Districts by fiscal year only; no windows of a restricted metric (they overlap) or of a stock (it has none).

    Districts by quarter of a restricted metric are counted all the same: disclosure control must know what it guards.
    """
    if area_kind not in scope.areas or period_kind not in scope.periods:
        return False
    if area_kind == "district":
        return period_kind == "fy" or (period_kind == "quarter" and metric.tier == "restricted")
    return period_kind != "twelve_months" or (metric.tier == "public_docket" and metric.method == "rows")


def _splits(metric: Metric, scope: Scope) -> list[Split]:
    """Restricted parts are published under the first scope alone: parts under nested scopes would narrow each other."""
    if metric.tier == "restricted" and scope.name != next(iter(scopes())):
        return []
    found = [splits()[name] for name in metric.splits]
    return [split for split in found if split.scopes is None or scope.name in split.scopes]


def split_areas(metric: Metric) -> list[str]:
    """Parts are for the nation and the groups; of a restricted metric for the nation alone."""
    return ["nation"] if metric.tier == "restricted" else [a for a in metric.areas if a != "district"]
