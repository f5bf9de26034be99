"""Published tables: what an edition holds and a report may print (docs/decisions/0002-published-tables.md).

In: `metric.*` tables. Out: the `cells` frame with values and intervals, and Parquet files that repeat to the byte.
"""

import datetime as dt
import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from transforms.counting import AREAS, PERIODS
from transforms.interval import garwood, share
from transforms.metric import Metric, metrics, scopes

COLUMNS = [
    *("id", "source", "metric", "scope", "area_kind", "area", "period_kind", "period", "starts_on", "ends_on"),
    *("numerator", "denominator", "value", "lower", "upper", "status", "is_provisional"),
]


def cells(con: duckdb.DuckDBPyConnection, settles: dict[str, dt.date]) -> pd.DataFrame:
    """Every cell of every metric, before disclosure control.

    `settles` gives, for each source that is still sent, the day after which its figures are provisional.
    """
    frames = [_of_metric(con, metric) for metric in metrics().values()]
    found = pd.concat(frames, ignore_index=True)
    settled = found["source"].map(settles)
    found["is_provisional"] = (pd.to_datetime(found["ends_on"]) > pd.to_datetime(settled)).fillna(False).astype(bool)
    found["id"] = address(found)
    return in_order(found[COLUMNS])


def address(frame: pd.DataFrame) -> pd.Series:
    """The stable ID of each number: source/metric/scope/area/period; `@edition` is added where it is quoted."""
    period = frame["period"].str.replace(" ", "")
    return frame["source"] + "/" + frame["metric"] + "/" + frame["scope"] + "/" + frame["area"] + "/" + period


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells in the order of registries and time, the same in every edition."""
    ranks = {
        "metric": {name: i for i, name in enumerate(metrics())},
        "scope": {name: i for i, name in enumerate(scopes())},
        "area_kind": {name: i for i, name in enumerate(AREAS)},
        "period_kind": {name: i for i, name in enumerate(PERIODS)},
    }
    by = ["source", "metric", "scope", "area_kind", "area", "period_kind", "period"]
    keys = frame[by].assign(**{name: frame[name].map(rank) for name, rank in ranks.items()})
    return frame.loc[keys.sort_values(by, kind="stable").index].reset_index(drop=True)


def _of_metric(con: duckdb.DuckDBPyConnection, metric: Metric) -> pd.DataFrame:
    frame = con.execute(f"select * from metric.{metric.name}").df()
    frame.insert(0, "metric", metric.name)
    top, bottom = frame["numerator"].astype(float), frame["denominator"].astype(float)
    lower = upper = np.full(len(frame), np.nan)
    if metric.kind == "count":
        value = top
        lower, upper = garwood(top.to_numpy())
    elif metric.kind == "median":
        value, top = top, pd.Series(np.nan, index=frame.index)
    else:
        value = top / bottom.where(bottom > 0)
        if metric.kind == "rate":
            lower, upper = share(top.to_numpy(), bottom.to_numpy())
    status = np.where(value.isna(), "not_applicable", "shown")
    return frame.assign(numerator=top, denominator=bottom, value=value, lower=lower, upper=upper, status=status)


def write(frame: pd.DataFrame, path: Path) -> dict[str, object]:
    """Write one table; the same frame gives the same bytes. Returns its rows and the SHA-256 of the file."""
    frame.to_parquet(path, index=False, compression="zstd")
    return {"rows": len(frame), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
