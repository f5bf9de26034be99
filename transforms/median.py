"""Medians by cell, with the limits that order statistics give: no assumption about how the values are spread.

In: temp tables `dated`, `times` and `quarters` of `transforms.counting`. Out: temp table `rolled` with the middle
value, the number of values and the limits of each cell.

Rows are tallied by value first: however many they are, a group has no more days than the calendar. A tally has many
rows of each area and period, so it holds numbers for them: `line` is an area under a scope and in a part, `time` a
period.
"""

import duckdb
import numpy as np
import numpy.typing as npt

from transforms.cube import AREAS, KEPT, NULL, flags, named_parts, scope_flag
from transforms.metric import Metric, scopes, splits_of

LINE = "source, scope, split, part, area_kind, area"
TIME = "period_kind, period"
# Which periods a row counts in. It is open at the end of every quarter from its own to the one before it ended; a stock
# has no windows.
WHEN = {
    "open": "quarter <= last and (ended = 0 or ended > last) and period_kind <> 'twelve_months'",
    "flow": "quarter between first and last",
}
TABLES = {
    "valued": "{valued}",
    "placed": "with member as ({members}) {placed}",
    "line": """
        select *, cast(row_number() over (order by {line}) as integer) as line
        from (select distinct {line} from placed) as lines""",
    "time": "select *, cast(row_number() over (order by source, {time}) as integer) as time from times",
    "lasting": """
        select source, quarter, ended, time, period_kind, seen_on
        from (select distinct source, quarter, ended from placed) as spans inner join time using (source)
        where {when}""",
    "tally": """
        with numbered as (
            select line.line, line.split, line.area_kind, line.source, quarter, ended, value, n
            from placed inner join line
                on placed.source = line.source and placed.scope = line.scope and placed.area_kind = line.area_kind
                and placed.area = line.area and coalesce(placed.split, '') = coalesce(line.split, '')
                and coalesce(placed.part, '') = coalesce(line.part, '')
        )
        select line, time, cast({value} as double) as value, cast(sum(n) as double) as n
        from numbered inner join lasting using (source, quarter, ended)
        where {kept} group by all""",
    "sized": "select line, time, cast(sum(n) as bigint) as size from tally group by all",
    "counted": "select line, time, value, sum(n) over (partition by line, time order by value) as upto from tally",
}
ROLLED = """
with ranked as (select * from sized inner join (select * from (values {places}) as t(size, r)) as ranks using (size)),
found as (
    select line, time, size as n, ({middle} + {next}) / 2 as middle, {lower} as lower, {upper} as upper
    from counted inner join ranked using (line, time) group by all
)
select {cell}, n, middle, lower, upper from found inner join line using (line) inner join time using (time)
"""


def rank(n: npt.NDArray[np.int64], level: float = 0.95) -> npt.NDArray[np.int64]:
    """The place from either end whose values hold the median with at least `level`; 0 where none does.

    The r-th smallest and r-th largest of n values cover it with 1 - 2 P(B < r), B binomial with n and a half.
    """
    from scipy.special import bdtr

    low, high = np.zeros_like(n), n // 2
    while (low < high).any():
        middle = (low + high + 1) // 2
        fits = (middle > 0) & (bdtr(np.maximum(middle - 1, 0), n, 0.5) <= (1 - level) / 2)
        low, high = np.where(fits, middle, low), np.where(fits, high, np.maximum(middle - 1, 0))
    return low


def roll_up(con: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    """Replace temp table `rolled` with the medians of one metric."""
    assert metric.value is not None
    is_open = metric.method == "open"
    placed = "\nunion all\n".join(
        f"select source, scope, split, part, '{kind}' as area_kind, {AREAS[kind]} as area, quarter, ended, value,"
        f" sum(n) as n from member where {AREAS[kind]} is not null{'' if kind != 'district' else ' and split is null'}"
        " group by all"
        for kind in metric.areas
    )
    given = {
        "valued": _valued(metric), "members": _members(metric), "placed": placed,
        "line": LINE, "time": TIME, "kept": KEPT,
        "when": WHEN["open" if is_open else "flow"],
        "value": "date_diff('day', value, seen_on)" if is_open else "value",
    }  # fmt: skip
    for table, select in TABLES.items():
        _replace(con, table, select.format(**given))
    sizes = np.array(con.execute("select distinct size from sized").fetchall(), dtype=np.int64).ravel()
    places = ", ".join(f"({n}, {r})" for n, r in zip(sizes, rank(sizes), strict=True)) or "(0, 0)"
    nth = {"middle": "(size + 1) // 2", "next": "size // 2 + 1", "lower": "nullif(r, 0)"}
    nth["upper"] = f"size + 1 - {nth['lower']}"
    cell = [*(f"line.{name}" for name in LINE.split(", ")), *(f"time.{name}" for name in TIME.split(", "))]
    values = {name: _nth(place) for name, place in nth.items()}
    _replace(con, "rolled", ROLLED.format(places=places, cell=", ".join(cell), **values))
    # These have a row for every day: the memory is for what comes next.
    for table in ("valued", "placed", "tally", "counted"):
        con.execute(f"drop table {table}")


def _replace(con: duckdb.DuckDBPyConnection, table: str, select: str) -> None:
    con.execute(f"create or replace temp table {table} as {select}")


def _nth(place: str) -> str:
    """The value at a place among all values of a cell, counted from the smallest."""
    return f"min(value) filter (where upto >= {place})"


def _valued(metric: Metric) -> str:
    """How many rows have each value, by place, quarters, scopes and parts; a stock's value is the day.

    What is estimated over a cohort is not taken from these values: they count who is in it.
    """
    given = metric.value.sql if metric.value else "0"
    value = {"rows": given, "open": "day"}.get(metric.method, "0")
    ended = "coalesce(ended, 0)" if metric.method == "open" else "cast(0 as bigint)"
    district = "district" if "district" in metric.areas else NULL
    by = ["source", "group_key", "quarter", f"{district} as district", f"{ended} as ended", f"{value} as value"]
    by += flags(splits_of([metric]))
    where = f"({metric.numerator.sql}) and ({value}) is not null"
    return f"select {', '.join(by)}, count(*) as n from dated where {where} group by all"


def _members(metric: Metric) -> str:
    """The rows of `valued` under every scope and in every part of a split."""
    selects = []
    for scope in scopes().values():
        columns = "district, group_key, quarter, ended, value, n from valued where " + scope_flag(scope.name)
        selects.append(f"select source, '{scope.name}' as scope, {NULL} as split, {NULL} as part, {columns}")
        for split in splits_of([metric]):
            if split.scopes is None or scope.name in split.scopes:
                selects += [
                    f"select source, '{scope.name}', '{split.name}', {part}, {columns} and {condition}"
                    for part, condition in named_parts(split)
                ]
    return "\nunion all\n".join(selects)
