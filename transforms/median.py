"""Medians by cell, with the limits that order statistics give: no assumption about how the values are spread.

In: temp tables `dated`, `times` and `quarters` of `transforms.counting`. Out: temp table `rolled` with the middle
value, the number of values and the limits of each cell.

Rows are tallied by value first: however many they are, a group has no more days than the calendar.
"""

import duckdb
import numpy as np
import numpy.typing as npt

from transforms.cube import AREAS, KEPT, named_parts
from transforms.metric import Metric, scopes, splits

CELL = "source, scope, split, part, area_kind, area, period_kind, period"
# A row is open at the end of every quarter from its own to the one before it ended: it is put into these alone.
OPEN = """
select source, scope, split, part, area_kind, area, value, last, cast(sum(n) as bigint) as n
from placed join (select distinct last from times) as ends on placed.quarter <= ends.last
where coalesce(ended > last, true)
group by all
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
    value = "date_diff('day', value, seen_on)" if is_open else "value"
    placed = "\nunion all\n".join(
        f"select source, scope, split, part, '{kind}' as area_kind, {AREAS[kind]} as area, quarter, ended, value, n"
        f" from member where {AREAS[kind]} is not null{'' if kind != 'district' else ' and split is null'}"
        for kind in metric.areas
    )
    times = "times using (source, last)" if is_open else "quarters using (source, quarter)"
    within = "period_kind <> 'twelve_months'" if is_open else "true"  # a stock has no windows
    con.execute(
        f"create or replace temp table tally as with member as ({_members(metric)}), placed as ({placed}),"
        f" lasting as ({OPEN if is_open else 'from placed'})"
        f" select {CELL}, cast({value} as double) as value, cast(sum(n) as bigint) as n"
        f" from lasting join {times} where {KEPT} and {within} group by all"
    )
    con.execute(
        f"create or replace temp table counted as select *, sum(n) over (partition by {CELL}) as size,"
        f" sum(n) over (partition by {CELL} order by value) as upto from tally"
    )
    sizes = np.array(con.execute("select distinct size from counted").fetchall(), dtype=np.int64).ravel()
    places = ", ".join(f"({n}, {r})" for n, r in zip(sizes, rank(sizes), strict=True)) or "(0, 0)"
    con.execute(
        f"create or replace temp table rolled as select {CELL}, size as n,"
        f" ({_nth('(size + 1) // 2')} + {_nth('size // 2 + 1')}) / 2 as middle,"
        f" {_nth('nullif(r, 0)')} as lower, {_nth('size + 1 - nullif(r, 0)')} as upper"
        f" from counted join (select * from (values {places}) as t(size, r)) as ranks using (size) group by all"
    )


def _nth(place: str) -> str:
    """The value at a place among all values of a cell, counted from the smallest."""
    return f"min(value) filter (where upto >= {place})"


def _members(metric: Metric) -> str:
    """How many rows have each value, under every scope and in every part of a split; a stock's value is the day.

    What is estimated over a cohort is not taken from these values: they count who is in it.
    """
    given = metric.value.sql if metric.value else "0"
    value = {"rows": given, "open": "day"}.get(metric.method, "0")
    when = "ended" if metric.method == "open" else "null::bigint as ended"
    null = "cast(null as varchar)"
    district = "district" if "district" in metric.areas else f"{null} as district"
    columns = f"group_key, quarter, {when}, {value} as value, count(*) as n from dated"
    selects = []
    for scope in scopes().values():
        where = f"({scope.sql}) and ({metric.numerator.sql}) and ({value}) is not null"
        named = f"'{scope.name}' as scope, {null} as split, {null} as part"
        selects.append(f"select source, {named}, {district}, {columns} where {where} group by all")
        for split in (splits()[name] for name in metric.splits):
            if split.scopes is None or scope.name in split.scopes:
                selects += [
                    f"select source, '{scope.name}', '{split.name}', {part}, {null}, {columns}"
                    f" where {where} and {condition} group by all"
                    for part, condition in named_parts(split)
                ]
    return "\nunion all\n".join(selects)
