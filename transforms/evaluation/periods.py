"""Periods in order: years, quarters, months or numbers, however they are written.

In: the time column and the column of start periods. Out: positions on one axis, with the labels as given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.evaluation.refusal import PanelError, refuse_if

QUARTER = re.compile(r"^(?:(?P<y1>\d{4})[-_ ]?[Qq](?P<q1>[1-4])|[Qq](?P<q2>[1-4])[-_ ]?(?P<y2>\d{4}))$")
DAY = re.compile(r"^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$")
YEAR = re.compile(r"^(?:FY|CY|Y)?[-_ ]?(\d{4})$", re.IGNORECASE)
NEVER = {"", "nan", "none", "na", "nat", "null", "never", "inf", "infinity", "+inf", "<na>", "."}


@dataclass(frozen=True)
class TimeAxis:
    """The periods of a panel: labels as given, times as numbers, and the position of every row."""

    labels: tuple[Any, ...]
    times: NDArray[np.float64]
    positions: NDArray[np.int64]
    kind: str


def order_periods(column: pd.Series[Any]) -> TimeAxis:
    """Put the periods in order, or refuse."""
    kind, values = _read(column)
    if kind is None:
        raise PanelError("time_not_ordered", column.name)
    found, first, positions = np.unique(values, return_index=True, return_inverse=True)
    labels = tuple(_label(column.iloc[i]) for i in first)
    even = len(found) < 2 or np.allclose(np.diff(found) % 1, 0)
    times = found if even else np.arange(len(found), dtype=float)
    return TimeAxis(labels, times.astype(float), positions.astype(np.int64).ravel(), kind)


def cohort_positions(
    rows: pd.DataFrame, cohort: str, scale: TimeAxis, shape: tuple[int, int]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Position of each unit's start (number of periods where never), with notes on starts off the axis."""
    column = rows[cohort]
    never = column.isna() | column.astype(str).str.strip().str.lower().isin(NEVER) | _zero(column)
    starts = np.full(len(rows), np.inf)
    if (~never).any():
        kind, values = _read(column[~never])
        refuse_if(kind != scale.kind, "cohort_not_a_period", cohort)
        starts[(~never).to_numpy()] = values
    starts = starts.reshape(shape)
    varies = int((starts != starts[:, :1]).any(axis=1).sum())
    refuse_if(varies, "cohort_varies", varies)
    axis = _axis(rows, scale)
    positions = np.searchsorted(axis, starts[:, 0], side="left")
    finite = np.isfinite(starts[:, 0])
    late = int((finite & (positions == len(axis))).sum())
    between = int((finite & ~np.isin(starts[:, 0], axis) & (positions > 0) & (positions < len(axis))).sum())
    notes = []
    if late:
        notes.append(f"{late} units start after the last period and count as never treated here")
    if between:
        notes.append(f"{between} units start between two periods and count from the next one")
    return positions.astype(np.int64), tuple(notes)


def _axis(rows: pd.DataFrame, scale: TimeAxis) -> NDArray[np.float64]:
    _, values = _read(pd.Series(list(scale.labels)))
    return values


def _zero(column: pd.Series[Any]) -> pd.Series[bool]:
    return pd.to_numeric(column, errors="coerce").eq(0)


def _read(column: pd.Series[Any]) -> tuple[str | None, NDArray[np.float64]]:
    """Numbers as they are; quarters, months and days as a count, so that neighbours differ by one."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.notna().all():
        return "number", numbers.to_numpy(dtype=float)
    text = column.astype(str).str.strip()
    for kind, read in (("number", _year), ("quarter", _quarter), ("day", _day)):
        values = [read(t) for t in text]
        if all(v is not None for v in values):
            return kind, np.array(values, dtype=float)
    return None, np.zeros(0)


def _year(text: str) -> float | None:
    found = YEAR.match(text)
    return float(found[1]) if found else None


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
