"""Published tables: what an edition holds and a report may print (docs/decisions/0002-published-tables.md).

In: `metric.*` tables. Out: the frames `cells` and `splits` with values and intervals, and Parquet files that repeat to
the byte.
"""

import datetime as dt
import hashlib
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms import followed, period
from transforms.cube import AREAS
from transforms.interval import Limits, garwood, mean, share
from transforms.metric import metrics, scopes

COLUMNS = [
    *("id", "source", "metric", "scope", "area_kind", "area", "period_kind", "period", "starts_on", "ends_on"),
    *("numerator", "denominator", "value", "lower", "upper", "status", "is_provisional"),
]
SPLIT_COLUMNS = [*COLUMNS[:4], "split", "part", *COLUMNS[4:]]
Floats = npt.NDArray[np.float64]


def numbers(con: duckdb.DuckDBPyConnection, marts: list[str], settles: dict[str, dt.date]) -> pd.DataFrame:
    """Every number counted from the marts, before disclosure control; `split` is null for the whole.

    `settles` gives the day after which the figures of a source are provisional.
    """
    days = ", ".join(f"('{source}', date '{day}')" for source, day in settles.items()) or "('', date '1900-01-01')"
    given = "\nunion all by name\n".join(f"select * from metric.{mart.split('.')[1]}" for mart in marts)
    ranks = {"metric": [*metrics()], "scope": [*scopes()], "area_kind": [*AREAS], "period_kind": [*period.KINDS]}
    order = ", ".join(f"list_position({names}, {column})" for column, names in ranks.items())
    found = con.execute(
        f"select {ADDRESS} as id, given.* exclude (squares, estimate), squares, estimate,"
        f" coalesce(ends_on > settled.day, false) as is_provisional"
        f" from ({given}) as given left join (values {days}) as settled(source, day) using (source)"
        f" order by source, {order}, area, period, split nulls first, part"
    ).df()
    return _with_values(found)


ADDRESS = (
    "concat(source, '/', metric, '/', scope,"
    " case when split is not null then concat(':', split, '=', part) else '' end,"
    " '/', area, '/', replace(period, ' ', ''))"
)


def cells(found: pd.DataFrame) -> pd.DataFrame:
    """Table `cells`: the whole numbers."""
    return found.loc[found["split"].isna(), COLUMNS].reset_index(drop=True)


def split_cells(found: pd.DataFrame) -> pd.DataFrame:
    """Table `splits`: the numbers of parts."""
    return found.loc[found["split"].notna(), SPLIT_COLUMNS].reset_index(drop=True)


def _with_values(found: pd.DataFrame) -> pd.DataFrame:
    """Add value, limits and status. Equal counts have equal limits, so each is computed once."""
    facts = metrics()
    kind = found["metric"].map({name: m.kind for name, m in facts.items()}).to_numpy()
    is_estimate = found["metric"].isin([m.name for m in followed.estimated()]).to_numpy()
    is_flow = found["metric"].map({name: m.method in ("rows", "open", "sums") for name, m in facts.items()}).to_numpy()
    top, bottom = found["numerator"].to_numpy(float), found["denominator"].to_numpy(float)
    lower, upper = found["lower"].to_numpy(float).copy(), found["upper"].to_numpy(float).copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(np.isin(kind, ("count", "median")), top, np.where(bottom > 0, top / bottom, np.nan))
    value = np.where(is_estimate, found["estimate"].to_numpy(float), value)
    for chosen, limits in (("count", _of_counts), ("rate", _of_shares), ("ratio", _of_means)):
        rows = (kind == chosen) & is_flow
        lower[rows], upper[rows] = limits(top[rows], bottom[rows], found["squares"].to_numpy(float)[rows])
    top = np.where(kind == "median", np.nan, top)
    status = np.where(np.isnan(value), "not_applicable", "shown")
    return found.assign(numerator=top, denominator=bottom, value=value, lower=lower, upper=upper, status=status)


def _of_counts(top: Floats, _bottom: Floats, _squares: Floats) -> Limits:
    seen, place = np.unique(top, return_inverse=True)
    lower, upper = garwood(seen)
    return lower[place], upper[place]


def _of_shares(top: Floats, bottom: Floats, _squares: Floats) -> Limits:
    seen, place = np.unique(np.stack([top, bottom]), axis=1, return_inverse=True)
    lower, upper = share(*seen)
    return lower[place], upper[place]


def _of_means(top: Floats, bottom: Floats, squares: Floats) -> Limits:
    return mean(top, bottom, squares)


def write(frame: pd.DataFrame, path: Path) -> dict[str, object]:
    """Write one table; the same frame gives the same bytes. Returns its rows and the SHA-256 of the file."""
    frame.to_parquet(path, index=False, compression="zstd")
    return {"rows": len(frame), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
