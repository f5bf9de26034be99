"""What each delivery knew of each period: the revision triangle of public counts, by day of report.

In: marts as they stood on the days of report (pipelines/past.py), earliest first. Out: a row a count, area, period and
day, of the periods of the last three fiscal years and of older ones that a report revised. All are counted by today's
code, so that only records move along a row; a period that had not begun on a day has no row for it.
"""

import datetime as dt
from collections.abc import Sequence

import duckdb
import pandas as pd

from transforms import period
from transforms.changes import Marts, View, counted, members, placed
from transforms.metric import Metric, scopes

PLACE = ["source", "metric", "scope", "area", "period_kind", "period"]
COLUMNS = [*PLACE, "reported_on", "n"]
RECENT = 3  # fiscal years


def revisions(con: duckdb.DuckDBPyConnection, views: Sequence[View], scope: str) -> pd.DataFrame:
    """Rows of COLUMNS under one scope; none where there is one day of report only."""
    if len(views) < 2:
        return pd.DataFrame(columns=COLUMNS)
    told = [metric for metric in counted() if metric.is_under(scopes()[scope])]
    places = {(metric.name, marts[metric.from_]): (metric, marts) for metric in told for _, marts in views}
    known = {place: _known(con, metric, scope, marts) for place, (metric, marts) in places.items()}
    frames = [
        known[metric.name, marts[metric.from_]].assign(reported_on=day.isoformat())
        for metric in told
        for day, marts in views
    ]
    wide = pd.concat(frames).pivot(index=PLACE, columns="reported_on", values="n").fillna(0).astype("int64")
    first = period.quarter_of(views[-1][0]) // 4 - RECENT + 1
    is_recent = wide.index.get_level_values("period").str[2:6].astype(int) >= first
    kept = wide[is_recent | wide.ne(wide.iloc[:, 0], axis=0).any(axis=1)]
    found = kept.melt(value_name="n", ignore_index=False).reset_index()
    starts = found["period"].map({name: period.parse(name).starts_on for name in found["period"].unique()})
    has_begun = starts <= found["reported_on"].map(dt.date.fromisoformat)
    return found.loc[has_begun, COLUMNS].sort_values(COLUMNS[:-1], ignore_index=True)


def _known(con: duckdb.DuckDBPyConnection, metric: Metric, scope: str, marts: Marts) -> pd.DataFrame:
    return con.execute(
        f"with members as ({members(metric, scopes()[scope], marts)}), cells as ({placed('members')})"
        f" select source, '{metric.name}' as metric, '{scope}' as scope, area, period_kind, period, count(*) as n"
        " from cells where area is not null group by all"
    ).df()
