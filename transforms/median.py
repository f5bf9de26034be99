"""Medians by cell, with the limits that order statistics give: no assumption about how the values are spread.

In: temp tables `dated`, `times` and `quarters` of `transforms.counting`. Out: temp table `rolled` with the middle
value, the number of values and the limits of each cell.
"""

import duckdb
import numpy as np
import numpy.typing as npt

from transforms.cube import AREAS, KEPT, named_parts
from transforms.metric import Metric, scopes, splits

CELL = "source, scope, split, part, area_kind, area, period_kind, period"
OPEN = "placed.day <= times.ends_on and (placed.ended_on is null or placed.ended_on > times.ends_on)"


def rank(n: npt.NDArray[np.int64], level: float = 0.95) -> npt.NDArray[np.int64]:
    """The place from either end whose values hold the median with at least `level`; 0 where none does.

    The r-th smallest and r-th largest of n values cover it with 1 - 2 P(B < r), B binomial with n and a half.
    """
    from scipy.special import bdtr

    places = np.zeros_like(n)
    tail = (1 - level) / 2
    for place in range(1, int(n.max(initial=0)) // 2 + 1):
        fits = (n >= 2 * place) & (bdtr(place - 1, n, 0.5) <= tail)
        if not fits.any():
            break
        places[fits] = place
    return places


def roll_up(con: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    """Replace temp table `rolled` with the medians of one metric."""
    assert metric.value is not None
    is_open = metric.method == "open"
    value = "date_diff('day', placed.day, times.seen_on)" if is_open else "placed.value"
    placed = "\nunion all\n".join(
        f"select source, scope, split, part, '{kind}' as area_kind, {AREAS[kind]} as area, day, ended_on, quarter,"
        f" value from member where {AREAS[kind]} is not null{'' if kind != 'district' else ' and split is null'}"
        for kind in metric.areas
    )
    times, within = ("times", OPEN) if is_open else ("quarters as times", "placed.quarter = times.quarter")
    con.execute(
        f"create or replace temp table listed as with member as ({_members(metric)}), placed as ({placed})"
        f" select {CELL}, list_sort(list(cast({value} as double))) as found"
        f" from placed join {times} using (source) where {within}"
        f" and {KEPT} group by all"
    )
    sizes = np.array(con.execute("select distinct array_length(found) from listed").fetchall(), dtype=np.int64).ravel()
    places = ", ".join(f"({n}, {r})" for n, r in zip(sizes, rank(sizes), strict=True)) or "(0, 0)"
    con.execute(
        f"create or replace temp table rolled as select {CELL}, array_length(found) as n,"
        " (list_extract(found, (array_length(found) + 1) // 2) + list_extract(found, array_length(found) // 2 + 1)) / 2"
        " as middle, case when r > 0 then list_extract(found, r) end as lower,"
        " case when r > 0 then list_extract(found, array_length(found) + 1 - r) end as upper"
        f" from listed join (select * from (values {places}) as t(n, r)) as ranks on array_length(found) = ranks.n"
    )


def _members(metric: Metric) -> str:
    """The rows that have a value, under every scope and in every part of a split."""
    value = metric.value.sql if metric.value and metric.method == "rows" else "0"
    columns = f"source, district, group_key, day, ended_on, quarter, {value} as value"
    selects = []
    for scope in scopes().values():
        where = f"({scope.sql}) and ({metric.numerator.sql}) and ({value}) is not null"
        null = "cast(null as varchar)"
        selects.append(
            f"select '{scope.name}' as scope, {null} as split, {null} as part, {columns} from dated where {where}"
        )
        for split in (splits()[name] for name in metric.splits):
            if split.scopes is None or scope.name in split.scopes:
                selects += [
                    f"select '{scope.name}', '{split.name}', {part}, {columns} from dated where {where} and {condition}"
                    for part, condition in named_parts(split)
                ]
    return "\nunion all\n".join(selects)
