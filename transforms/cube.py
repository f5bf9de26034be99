"""Sums by quarter and district, and from them by every period and area.

In: a mart, the column that dates its rows, and metrics that are sums over rows. Out: temp view `dated`, the rows with
their quarters, and temp table `rolled`, the sums of every cell that has rows.

Each metric has columns by its number: n0 the numerator, d0 the denominator, q0 the sum of squares of a ratio. A mart is
read once: rows of one district and quarter under the same scopes and in the same parts are added up first (temp table
`added`), so that what is asked many times no longer grows with the rows.
"""

from collections.abc import Iterable

import duckdb

from transforms.metric import Metric, Split, scopes, splits_of
from transforms.period import QUARTER_SQL

NULL = "cast(null as varchar)"
AREAS = {"nation": "'ALL'", "group": "group_key", "district": "district"}
BY = "source, scope, split, part, district, group_key, quarter"
KEPT = "(split is null or period_kind = 'fy') and (area_kind <> 'district' or period_kind <> 'twelve_months')"
Sums = dict[int, Metric]


def columns_of(i: int, metric: Metric) -> list[str]:
    """The columns of a metric."""
    return [f"n{i}", *([f"d{i}"] if metric.denominator else []), *([f"q{i}"] if metric.kind == "ratio" else [])]


def date_rows(con: duckdb.DuckDBPyConnection, mart: str, dated_by: str, ends_by: str | None) -> None:
    """Temp view `dated`: every row with a date, its quarter and the quarter in which it ended."""
    ended = f"case when {ends_by} is not null then greatest({ends_by}, {dated_by}) end" if ends_by else "null::date"
    con.execute(
        f"create or replace temp view dated as select *, {dated_by} as day, {ended} as ended_on,"
        f" {QUARTER_SQL.format(day=dated_by)} as quarter, {QUARTER_SQL.format(day=ended)} as ended"
        f" from {mart} where {dated_by} is not null"
    )


def add_up(con: duckdb.DuckDBPyConnection, sums: Sums) -> None:
    """Temp table `added`: what the rows add to every sum, by place, quarters, scopes and parts."""
    by = ["source", "district", "group_key", "quarter", "ended", *flags(splits_of(sums.values()))]
    adds = [column for i, metric in sums.items() for column in _adds(i, metric)]
    con.execute(f"create or replace temp table added as select {', '.join(by + adds)} from dated group by all")


def flags(cuts: Iterable[Split]) -> list[str]:
    """The columns that say under which scopes and in which parts a row is: by a column of its own, or by yes and no."""
    said = {scope_flag(scope.name): scope.sql for scope in scopes().values()}
    said |= {part_flag(split, part): fact.sql for split in cuts for part, fact in split.parts.items()}
    return [
        *(split.column for split in cuts if split.column),
        *(f"coalesce({sql}, false) as {flag}" for flag, sql in said.items()),
    ]


def scope_flag(scope: str) -> str:
    """The column that says whether rows are under a scope."""
    return f"in_{scope}"


def part_flag(split: Split, part: str) -> str:
    """The column that says whether rows are in a part of a split."""
    return f"is_{split.name}_{part}"


def _adds(i: int, metric: Metric) -> list[str]:
    """What rows add, as doubles: sums of whole numbers would be too wide."""
    of = metric.denominator.sql if metric.denominator else "true"
    one = f"coalesce(cast({metric.numerator.sum} as double), 0)" if metric.numerator.sum else "1e0"
    top = f"case when ({metric.numerator.sql}) and ({of}) then {one} else 0e0 end"
    added = {"n": top, "d": f"case when {of} then 1e0 else 0e0 end", "q": f"power({top}, 2)"}
    return [f"sum({added[c[0]]}) as {c}" for c in columns_of(i, metric)]


def roll_up(con: duckdb.DuckDBPyConnection, sums: Sums, *, is_stock: bool) -> None:
    """Temp table `rolled`. A flow is added up over the quarters of a period; a stock over all until its last one."""
    columns = [c for i, metric in sums.items() for c in columns_of(i, metric)]
    selects = _selects(sums, "quarter", "") + (_selects(sums, "ended", "-") if is_stock else [])
    con.execute("create or replace temp table cube as " + "\nunion all\n".join(selects))
    added = ", ".join(f"sum({c}) as {c}" for c in columns)
    placed = "\nunion all\n".join(
        f"select source, scope, split, part, '{kind}' as area_kind, {area} as area, quarter, {added}"
        f" from cube where {area} is not null group by all"
        for kind, area in AREAS.items()
    )
    within = "placed.quarter <= times.last" if is_stock else "placed.quarter = times.quarter"
    con.execute(
        f"create or replace temp table rolled as with placed as ({placed})"
        f" select source, scope, split, part, area_kind, area, period_kind, period, {added}"
        f" from placed join {'times' if is_stock else 'quarters as times'} using (source) where {within}"
        f" and {KEPT} group by all"
    )


def _selects(sums: Sums, quarter: str, sign: str) -> list[str]:
    """The sums of the whole by district, and of every part by group."""
    columns = [c for i, metric in sums.items() for c in columns_of(i, metric)]
    whole = ", ".join(f"{sign}sum({c}) as {c}" for c in columns)
    selects = [
        f"select source, '{scope.name}' as scope, {NULL} as split, {NULL} as part,"
        f" district, group_key, {quarter} as quarter, {whole}"
        f" from added where {scope_flag(scope.name)} and {quarter} is not null group by all"
        for scope in scopes().values()
    ]
    for split in splits_of(sums.values()):
        ours = {c for i, metric in sums.items() if split.name in metric.splits for c in columns_of(i, metric)}
        for part, condition in named_parts(split):
            cut = [_cut(split, condition, c) if c in ours else "0e0" for c in columns]
            total = ", ".join(f"{sign}sum({v}) as {c}" for c, v in zip(columns, cut, strict=True))
            where = condition if split.cuts == "rows" else "true"
            selects += [
                f"select source, '{scope.name}', '{split.name}', {part}, {NULL}, group_key, {quarter},"
                f" {total} from added where {scope_flag(scope.name)} and {where} and {quarter} is not null group by all"
                for scope in scopes().values()
                if split.scopes is None or scope.name in split.scopes
            ]
    return selects


def named_parts(split: Split) -> list[tuple[str, str]]:
    """The name of each part, as SQL, and what says whether rows that were added up are in it."""
    return [(f"'{part}'", part_flag(split, part)) for part in split.parts] or [(str(split.column), "true")]


def _cut(split: Split, condition: str, column: str) -> str:
    """A column of one part: where only numerators are cut, those of rows outside the part are zero."""
    is_cut = split.cuts == "numerator" and not column.startswith("d")
    return f"case when {condition} then {column} else 0e0 end" if is_cut else column
