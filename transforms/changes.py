"""What moved between two views of the same programme, and why, to the unit.

In: marts as they stood on two days, as Parquet. Out: for each count, area and period that moved: before, after, and how
much of the difference is new (its day came since), late (its day had passed, and we learned of it since), corrected (a
record counted elsewhere before, or no longer) or withdrawn (a record that is gone). The parts add up to the unit.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd

from transforms.metric import Metric, Scope, metrics, scopes
from transforms.trace import KEYS
from transforms.typing_sql import literal

Marts = Mapping[str, Path]  # mart -> its Parquet
View = tuple[dt.date, Marts]  # the marts as they stood on a day
PERIODS = {
    "fy": "concat('FY', year(day + interval 3 month))",
    "quarter": "concat('FY', year(day + interval 3 month), ' Q', quarter(day + interval 3 month))",
}
CAUSES = ("new", "late", "corrected", "withdrawn")
COLUMNS = ["id", "source", "metric", "scope", "area", "period_kind", "period", "since", "until", "before", "after"]
MEMBERS = """
select source, {key} as key, group_key, {dated_by} as day
from read_parquet({mart})
where {dated_by} is not null and ({scope}) and ({numerator})
"""
MOVES = """
with before as ({before}), after as ({after}),
joined as (
    select coalesce(after.source, before.source) as source, coalesce(after.key, before.key) as key,
        before.key is not null as was, after.key is not null as now,
        before.group_key as group_before, after.group_key as group_after,
        before.day as day_before, after.day as day_after
    from before full join after on before.source = after.source and before.key = after.key
),
moved as (
    select * from joined
    where not (was and now) or day_before <> day_after or group_before is distinct from group_after
),
told as (
    select source, group_after as group_key, day_after as day, 1 as n,
        case when was then 'corrected' when day_after > date '{since}' then 'new' else 'late' end as part
    from moved where now
    union all
    select source, group_before, day_before, -1,
        case when now or key in (select {key} from read_parquet({mart_after})) then 'corrected' else 'withdrawn' end
    from moved where was
    union all
    select source, group_key, day, 1, 'before' from before
    union all
    select source, group_key, day, 1, 'after' from after
),
monthly as (
    select source, group_key, date_trunc('month', day) as day, part, sum(n) as n from told group by all
),
cells as ({placed})
select * from (
    select source, area, period_kind, period, {parts} from cells where area is not null group by all
) as found where {is_moved}
"""


def members(metric: Metric, scope: Scope, marts: Marts) -> str:
    """The SELECT of what a count counts under a scope: its records in the marts of a view."""
    return MEMBERS.format(
        key=KEYS[metric.from_],
        dated_by=metric.dated_by,
        mart=literal(str(marts[metric.from_])),
        scope=scope.sql,
        numerator=metric.numerator.sql,
    )


def placed(records: str, more: str = "") -> str:
    """The SELECT of the records of a relation in each area and period that counts them, with more of its columns."""
    return "\nunion all\n".join(
        f"select source, {area} as area, '{kind}' as period_kind, {period} as period{more} from {records}"
        for area in ("'ALL'", "group_key")
        for kind, period in PERIODS.items()
    )


def counted() -> list[Metric]:
    """The measures whose changes are cut by cause: public counts of rows."""
    return [m for m in metrics().values() if m.counts_rows and m.tier == "public_docket"]


def changes(
    con: duckdb.DuckDBPyConnection, before: Marts, after: Marts, since: dt.date, until: dt.date
) -> pd.DataFrame:
    """Every public count of the nation and the groups that moved between two views, by fiscal year and quarter."""
    frames = [
        _of(con, metric, scope, before, after, since, until)
        for metric in counted()
        for scope in scopes().values()
        if metric.is_under(scope) and before[metric.from_] != after[metric.from_]
    ]
    if not frames:  # the very same marts
        return pd.DataFrame(columns=[*COLUMNS, *CAUSES]).astype(dict.fromkeys(("before", "after", *CAUSES), "int64"))
    found = pd.concat(frames, ignore_index=True)
    place = found["source"] + "/" + found["metric"] + "/" + found["scope"] + "/" + found["area"]
    found["id"] = place + "/" + found["period"].str.replace(" ", "")
    return found[[*COLUMNS, *CAUSES]].sort_values("id", kind="stable", ignore_index=True)


def _of(
    con: duckdb.DuckDBPyConnection,
    metric: Metric,
    scope: Scope,
    before: Marts,
    after: Marts,
    since: dt.date,
    until: dt.date,
) -> pd.DataFrame:
    sides = {"before": members(metric, scope, before), "after": members(metric, scope, after)}
    sums = (f"cast(coalesce(sum(n) filter (where part = '{p}'), 0) as bigint) as {p}" for p in (*CAUSES, *sides))
    found = con.execute(
        MOVES.format(
            **sides,
            key=KEYS[metric.from_],
            mart_after=literal(str(after[metric.from_])),
            since=since,
            placed=placed("monthly", ", n, part"),
            parts=", ".join(sums),
            is_moved=" or ".join(f"{cause} <> 0" for cause in CAUSES),
        )
    ).df()
    return found.assign(metric=metric.name, scope=scope.name, since=since.isoformat(), until=until.isoformat())
