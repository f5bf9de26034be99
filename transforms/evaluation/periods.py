"""Periods in order: years, halves, quarters, months, days or numbers, however they are written.

In: the time column and the column of start periods. Out: positions on one axis, with the labels as given. `20041` is
the first quarter of 2004 and `200401` its first month where every period can be read so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.evaluation.refusal import PanelError, refuse_if

Floats = NDArray[np.float64]
HALF = re.compile(r"^(?:FY|CY)?[-_ ]?(?P<y>\d{4})[-_ ]?[Hh](?P<h>[12])$")
QUARTER = re.compile(
    r"^(?:FY|CY)?[-_ ]?(?:(?P<y1>\d{4})[-_: ]?[Qq](?P<q1>[1-4])|[Qq](?P<q2>[1-4])[-_ ]?(?P<y2>\d{4}))$"
)
DAY = re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?)?$")
YEAR = re.compile(r"^(?:FY|CY|Y)?[-_ ]?(\d{4})(?:\.0+)?$", re.IGNORECASE)
NEVER = {"", "nan", "none", "na", "n/a", "nat", "null", "never", "inf", "infinity", "+inf", "<na>", "."}
SENTINELS = (9999.0, 10000.0, 99999.0, 999999.0, 99999999.0)  # "never" in files whose cohorts must be whole numbers
YEARS = (1700, 2300)
UNEVEN = "periods are not evenly spaced: event times count periods"


@dataclass(frozen=True)
class TimeAxis:
    """The periods of a panel: labels as given, values in order, evenly spaced times, the position of every row."""

    labels: tuple[Any, ...]
    values: Floats
    times: Floats
    positions: NDArray[np.int64]
    kind: str
    notes: tuple[str, ...]


def order_periods(column: pd.Series[Any]) -> TimeAxis:
    """Put the periods in order, or refuse."""
    kind, values = _read(column)
    if kind is None:
        raise PanelError("time_not_ordered", column.name)
    refuse_if(not np.isfinite(values).all(), "time_not_ordered", column.name)
    found, first, positions = np.unique(values, return_index=True, return_inverse=True)
    labels = tuple(_label(column.iloc[i]) for i in first)
    step = np.diff(found)
    is_even = len(found) < 2 or bool(np.allclose(step, step[0], rtol=1e-6, atol=0))
    is_whole = kind == "number" and bool((found % 1 == 0).all())
    times = found if is_even and (is_whole or len(found) < 2) else np.arange(len(found), dtype=float)
    notes = () if is_even or kind == "day" else (UNEVEN,)
    return TimeAxis(labels, found, times.astype(float), positions.astype(np.int64).ravel(), kind, notes)


def cohort_positions(
    rows: pd.DataFrame, cohort: str, scale: TimeAxis, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Position of each unit's start (number of periods where never), with notes on starts off the axis."""
    indicator = _indicator(rows[cohort], shape)
    if indicator is not None and (indicator != indicator[:, :1]).any():
        return _switched_on(indicator, cohort)
    starts = _starts(rows[cohort], cohort, scale).reshape(shape)
    varies = int((starts != starts[:, :1]).any(axis=1).sum())
    refuse_if(varies, "cohort_varies", varies)
    first = starts[:, 0]
    finite = np.isfinite(first)
    refuse_if(scale.values[0] >= 0 and (first[finite] < 0).any(), "cohort_negative", cohort)
    refuse_if(indicator is not None and 1.0 not in scale.values, "cohort_is_indicator", cohort)
    positions = np.searchsorted(scale.values, first, side="left")
    late = int((finite & (positions == len(scale.values))).sum())
    between = int((finite & ~np.isin(first, scale.values) & (positions > 0) & (positions < len(scale.values))).sum())
    notes = []
    if late:
        notes.append(f"{late} units start after the last period and count as never treated here")
    if between:
        notes.append(f"{between} units start between two periods and count from the next one")
    if 0.0 in scale.values and _zero(rows[cohort]).any():
        notes.append("0 as a start means never, though 0 is a period too")
    return positions.astype(np.int64), tuple(notes)


def _starts(column: pd.Series[Any], cohort: str, scale: TimeAxis) -> Floats:
    """The start of every row on the axis of the time column; infinity for never."""
    never = column.isna() | column.astype(str).str.strip().str.lower().isin(NEVER) | _zero(column)
    kind, values = _read(column[~never])
    if kind != scale.kind:
        never |= pd.to_numeric(column, errors="coerce").isin(SENTINELS)
        kind, values = _read(column[~never])
    starts = np.full(len(column), np.inf)
    if (~never).any():
        refuse_if(kind != scale.kind, "cohort_not_a_period", cohort)
        starts[(~never).to_numpy()] = values
    return starts


def _indicator(column: pd.Series[Any], shape: tuple[int, int]) -> NDArray[np.bool_] | None:
    """The column as units x periods where it holds nothing but 0 and 1 (or false and true), and both."""
    text = column.astype(str).str.strip().str.lower().replace({"true": "1", "false": "0"})
    values = pd.to_numeric(text, errors="coerce")
    return np.asarray(values == 1).reshape(shape) if set(values.unique()) == {0.0, 1.0} else None


def _switched_on(on: NDArray[np.bool_], cohort: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Starts from an indicator of treatment by period: the first period with 1, and 1 ever after."""
    start = np.where(on.any(axis=1), on.argmax(axis=1), on.shape[1])
    off = int((on != (np.arange(on.shape[1]) >= start[:, None])).any(axis=1).sum())
    refuse_if(off, "treatment_ends", off)
    return start.astype(np.int64), (f"{cohort} is read as an indicator: a unit starts in its first period with 1",)


def _zero(column: pd.Series[Any]) -> pd.Series[bool]:
    return pd.to_numeric(column, errors="coerce").eq(0)


def _read(column: pd.Series[Any]) -> tuple[str | None, Floats]:
    """Numbers as they are; halves, quarters, months and days as a count, so that neighbours differ by one."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().all():
        return _of_numbers(numbers.to_numpy(dtype=float))
    text = column.astype(str).str.strip()
    for kind, read in (("number", _year), ("half", _half), ("quarter", _quarter), ("day", _day)):
        values = [read(t) for t in text]
        if all(v is not None for v in values):
            return kind, np.array(values, dtype=float)
    return None, np.zeros(0)


def _of_numbers(numbers: Floats) -> tuple[str, Floats]:
    """`20041` and `200401` are read as quarter and month, `20040115` as a day, if all values can be."""
    if len(numbers) == 0 or not np.isfinite(numbers).all() or (numbers % 1 != 0).any():
        return "number", numbers
    for kind, size, most, per_year in (("quarter", 10, 4, 4.0), ("day", 100, 12, 12.0)):
        year, part = np.divmod(numbers, size)
        if _is_year(year) and ((part >= 1) & (part <= most)).all():
            return kind, per_year * year + part
    year, rest = np.divmod(numbers, 10_000)
    month, day = np.divmod(rest, 100)
    if _is_year(year) and ((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all():
        return "day", 12.0 * year + month + (day - 1) / 31
    return "number", numbers


def _is_year(values: Floats) -> bool:
    return bool(((values >= YEARS[0]) & (values <= YEARS[1])).all())


def _year(text: str) -> float | None:
    found = YEAR.match(text)
    return float(found[1]) if found else None


def _half(text: str) -> float | None:
    found = HALF.match(text)
    return 2.0 * int(found["y"]) + int(found["h"]) if found else None


def _quarter(text: str) -> float | None:
    found = QUARTER.match(text)
    return 4.0 * int(found["y1"] or found["y2"]) + int(found["q1"] or found["q2"]) if found else None


def _day(text: str) -> float | None:
    found = DAY.match(text)
    if not found:
        return None
    months = 12.0 * int(found[1]) + int(found[2])
    return months if found[3] in (None, "1", "01") else months + (int(found[3]) - 1) / 31


def _label(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | float | str) else str(value)
