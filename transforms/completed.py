"""Which published counts are still growing, by how much, and how well that was foreseen before.

In: marts as they stood on the days of the deliveries (Parquet), and the published cells. Out: tables `completion`, a
row a provisional count with what to expect of it, and `completion_check`, what an earlier view foresaw and what the
last one says. Only counts of the public docket that grow while records arrive.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms import period
from transforms.changes import View
from transforms.completion import AGES, Growth, foreseen, growth
from transforms.metric import Metric, metrics, scopes

CELL = ["source", "metric", "scope", "area_kind", "area", "period_kind", "period"]
COLUMNS = ["id", *CELL, "counted", "factor", "expected", "lower", "upper"]
CHECKED = ["source", "metric", "scope", "made_on", "checked_on", "counted", "foreseen", "lower", "upper", "said"]
CHECK_COLUMNS = [*CHECKED, "error", "error_as_counted"]
WHOLE = "listed"  # clerks enter every case alike, so the growths are those of all that a source holds
YEAR = 12


def counted() -> list[Metric]:
    """The metrics that have a completion."""
    return [
        m for m in metrics().values()
        if (m.kind, m.method, m.family, m.tier) == ("count", "rows", "volume", "public_docket") and not m.matures
    ]  # fmt: skip


def month(day: dt.date) -> int:
    """The number of the last month that was over on a day."""
    is_over = (day + dt.timedelta(days=1)).day == 1
    return day.year * 12 + day.month - 1 - (not is_over)


def monthly(con: duckdb.DuckDBPyConnection, view: View) -> pd.DataFrame:
    """Counts by source, metric, scope, group and month in one view, as far back as something is still expected.

    Of months that were over on its day: one that still runs grows by what is yet to happen, too.
    """
    day, marts = view
    last = month(day)
    selects = []
    for metric in counted():
        at = f"year({metric.dated_by}) * 12 + month({metric.dated_by}) - 1"
        selects += [
            f"select source, '{metric.name}' as metric, '{scope.name}' as scope, group_key as area, {at} as month,"
            f" count(*) as n from read_parquet('{marts[metric.from_]}')"
            f" where {at} between {last - 2 * AGES} and {last} and ({scope.sql}) and ({metric.numerator.sql})"
            " group by all"
            for scope in scopes().values()
            if metric.is_under(scope)
        ]
    return con.execute("\nunion all\n".join(selects)).df().assign(age=lambda f: last - f["month"])


def growths(views: list[pd.DataFrame], months: list[int]) -> dict[tuple[str, str], Growth]:
    """The growth of each source and metric, from all pairs of views that are a month apart."""
    frames = [
        _pair(before, after, one)
        for (before, one), (after, two) in pairwise(zip(views, months, strict=True))
        if two == one + 1
    ]
    if not frames:
        return {}
    both = pd.concat(frames, ignore_index=True)
    found = {}
    for key, rows in both.groupby(["source", "metric"], sort=True):
        cells, _ = pd.factorize(pd.MultiIndex.from_frame(rows[["pair", "area"]]))
        sides = np.zeros((2, cells.max() + 1, AGES))
        for side, column in enumerate(("before", "after")):
            np.add.at(sides[side], (cells, rows["age"].to_numpy(int)), rows[column].to_numpy(float))
        found[str(key[0]), str(key[1])] = growth(sides[0], sides[1])
    return found


def _pair(before: pd.DataFrame, after: pd.DataFrame, last: int) -> pd.DataFrame:
    """What each month counts in both views, of those that were over in the earlier one, which ends with `last`."""
    by = ["source", "metric", "area", "month"]
    one, two = (f[f["scope"] == WHOLE].groupby(by)["n"].sum() for f in (before, after))
    both = pd.concat([one.rename("before"), two.rename("after")], axis=1).fillna(0).reset_index()
    both = both.assign(age=last - both["month"], pair=last)
    return both[both["age"].between(0, AGES - 1)]


def completion(views: list[pd.DataFrame], months: list[int], cells: pd.DataFrame) -> pd.DataFrame:
    """Table `completion` for the cells that are `growing`, of periods that were over.

    Of a year that still runs only the months so far could be foreseen: not what the year will count.
    """
    found = growths(views, months)
    last = _months(views[-1]) if views else {}
    until = months[-1] if views else 0
    rows = []
    for cell in cells.to_dict("records"):
        rate = found.get((str(cell["source"]), str(cell["metric"])))
        areas = last.get((cell["source"], cell["metric"], cell["scope"]))
        is_over = month(period.parse(str(cell["period"])).ends_on) <= until
        if rate is not None and areas is not None and is_over:
            by_age = _by_age(areas.get(cell["area"], {}), str(cell["period"]))
            expected, low, high = foreseen(by_age, rate)
            factor = expected / by_age.sum() if by_age.sum() else float("nan")
            rows.append(
                {c: cell[c] for c in ("id", *CELL)}
                | {"counted": cell["numerator"], "factor": factor, "expected": expected, "lower": low, "upper": high}
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def growing(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells that have a completion, if one can be told: provisional ones, of the nation and the groups."""
    return cells[
        cells["is_provisional"].astype(bool) & (cells["status"] == "shown") & (cells["area_kind"] != "district")
        & cells["metric"].isin([m.name for m in counted()]) & cells["period_kind"].isin(["fy", "quarter"])
    ]  # fmt: skip


def _months(view: pd.DataFrame) -> dict[Any, dict[str, dict[int, tuple[int, float]]]]:
    """(source, metric, scope) -> area -> month -> its age, at most the oldest, and its count; ALL is every area."""
    found: dict[Any, dict[str, dict[int, tuple[int, float]]]] = {}
    columns = ["source", "metric", "scope", "area", "month", "age", "n"]
    for *key, area, month_, age, n in view[columns].itertuples(index=False):
        areas = found.setdefault(tuple(key), {})
        for place in (area, "ALL"):
            known = areas.setdefault(place, {})
            known[month_] = (min(age, AGES - 1), known.get(month_, (0, 0.0))[1] + n)
    return found


def _by_age(months: dict[int, tuple[int, float]], named: str) -> npt.NDArray[np.float64]:
    """Counts by age of the months of a period; months past the last age are complete and stand at the oldest."""
    span = period.parse(named)
    first, last = (d.year * 12 + d.month - 1 for d in (span.starts_on, span.ends_on))
    counts = np.zeros(AGES)
    for age, n in (months[m] for m in range(first, last + 1) if m in months):
        counts[age] += n
    return counts


def _year(view: pd.DataFrame, last: int) -> pd.DataFrame:
    """The twelve months that end with `last`."""
    return view[view["month"].between(last - YEAR + 1, last)]


def _same(view: pd.DataFrame, at: dict[Any, Any]) -> "pd.Series[bool]":
    same: pd.Series[bool] = (view[["source", "metric", "scope"]] == [at["source"], at["metric"], at["scope"]]).all(
        axis=1
    )
    return same


def _counts(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    return np.bincount(rows["age"].clip(upper=AGES - 1), weights=rows["n"], minlength=AGES).astype(float)


def completion_check(views: list[pd.DataFrame], days: list[dt.date]) -> pd.DataFrame:
    """Table `completion_check`: the twelve months before each earlier view, as foreseen then and as said last."""
    return pd.DataFrame(list(_checks(views, days)), columns=CHECK_COLUMNS)


def _checks(views: list[pd.DataFrame], days: list[dt.date]) -> Iterator[dict[str, Any]]:
    months = [month(day) for day in days]
    for k in range(1, len(views) - 1):
        known, steps = growths(views[: k + 1], months[: k + 1]), months[-1] - months[k]
        for key, rows in _year(views[k], months[k]).groupby(["source", "metric", "scope"], sort=True):
            at = dict(zip(["source", "metric", "scope"], key, strict=True))
            if (rate := known.get((str(key[0]), str(key[1])))) is None or not steps:
                continue
            expected, low, high = foreseen(_counts(rows), rate, steps)
            said = float(_year(views[-1][_same(views[-1], at)], months[k])["n"].sum())
            n = float(rows["n"].sum())
            yield at | {
                "made_on": days[k].isoformat(), "checked_on": days[-1].isoformat(), "counted": n, "foreseen": expected,
                "lower": low, "upper": high, "said": said, "error": expected / said - 1 if said else float("nan"),
                "error_as_counted": n / said - 1 if said else float("nan"),
            }  # fmt: skip
