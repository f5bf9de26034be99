"""A panel: units seen in every period, each starting treatment once or never. Checked once, then frozen.

In: a data frame, or a CSV read into one, and the names of its columns. Out: `Panel`, or a `PanelError` that says why
not. Never treated is an empty, zero or infinite start. A start after the last period counts as never inside the panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.evaluation.periods import cohort_positions, order_periods
from transforms.evaluation.refusal import PanelError, refuse_if

Floats = NDArray[np.float64]
ENOUGH_TREATED = 6
ONE_TREATED = "one treated cluster: the clustered error is not to be trusted"
FEW_TREATED = "{n} treated clusters: a clustered error is too small"
LAST_COHORT = "no unit is never treated: the last cohort is the comparison, and periods from its start are left out"


@dataclass(frozen=True, eq=False)
class Panel:
    """Rows sorted by unit and period, complete, as arrays of units x periods."""

    units: tuple[str, ...]
    periods: tuple[Any, ...]
    times: Floats
    start: NDArray[np.int64]
    y: Floats
    exposure: Floats | None
    weights: Floats | None
    cluster: NDArray[np.int64]
    covariates: dict[str, Floats]
    notes: tuple[str, ...] = ()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        unit: str,
        time: str,
        cohort: str,
        outcome: str,
        exposure: str | None = None,
        weights: str | None = None,
        cluster: str | None = None,
        covariates: Sequence[str] = (),
        family: Literal["poisson", "gaussian"] = "gaussian",
    ) -> Panel:
        """Check a data frame and freeze it. Every refusal has a name (`transforms.evaluation.refusal`)."""
        refuse_if(family not in ("poisson", "gaussian"), "family_unknown", family)
        _columns(frame, (unit, time, cohort, outcome), (exposure, weights, *covariates), cluster)
        refuse_if(exposure and family != "poisson", "exposure_needs_poisson")
        refuse_if(frame[unit].isna().any(), "unit_missing", int(frame[unit].isna().sum()))
        refuse_if(frame[time].isna().any(), "time_missing", int(frame[time].isna().sum()))
        scale = order_periods(frame[time])
        rows = frame.assign(_unit=_text(frame[unit]), _period=scale.positions).sort_values(["_unit", "_period"])
        units = tuple(rows["_unit"].drop_duplicates())
        shape = len(units), len(scale.labels)
        _complete(rows, shape)
        start, notes = cohort_positions(rows, cohort, scale, shape)
        panel = cls(
            units=units,
            periods=scale.labels,
            times=scale.times,
            start=start,
            y=_outcome(rows[outcome], outcome, shape, family),
            exposure=_positive(rows, exposure, shape, "exposure_not_positive"),
            weights=_positive(rows, weights, shape, "weights_not_positive"),
            cluster=_clusters(rows, cluster, shape),
            covariates={name: _covariate(rows[name], name, shape) for name in covariates},
            notes=(*scale.notes, *notes),
        )
        return _comparable(panel)

    @property
    def n_periods(self) -> int:
        """The number of periods; a start at this position means never."""
        return len(self.periods)

    @property
    def ever(self) -> NDArray[np.bool_]:
        """Which units are treated inside the panel."""
        return np.asarray(self.start < self.n_periods)

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Which unit-periods are treated."""
        return np.asarray(np.arange(self.n_periods)[None, :] >= self.start[:, None])

    @property
    def cohorts(self) -> list[int]:
        """The start positions that occur, in order."""
        return sorted(int(s) for s in set(self.start[self.ever]))

    @property
    def counts(self) -> dict[str, Any]:
        """Number of units and of treated units, as keywords of an `Estimate`."""
        return {"n_units": len(self.units), "n_treated": int(self.ever.sum())}

    @property
    def step(self) -> float:
        """The distance of two neighbouring periods in the units of the time column."""
        return float(self.times[1] - self.times[0]) if self.n_periods > 1 else 1.0

    def at(self, number: float) -> float:
        """The time of the period with this number in `frame`, which counts from one."""
        return float(self.times[round(number) - 1])

    def event_time(self, start: int, period: int) -> float:
        """Periods since the start, in the units of the time column."""
        return float(self.times[period] - self.times[start])

    def only(self, keep: NDArray[np.bool_], note: str | None = None) -> Panel:
        """The same panel with some of its units."""
        return Panel(
            units=tuple(u for u, k in zip(self.units, keep, strict=True) if k),
            periods=self.periods,
            times=self.times,
            start=self.start[keep],
            y=self.y[keep],
            exposure=None if self.exposure is None else self.exposure[keep],
            weights=None if self.weights is None else self.weights[keep],
            cluster=self.cluster[keep],
            covariates={k: v[keep] for k, v in self.covariates.items()},
            notes=(*self.notes, *([note] if note else [])),
        )

    def with_outcome(self, y: Floats, start: NDArray[np.int64]) -> Panel:
        """The same units with other outcomes and starts: what a placebo is made of."""
        return replace(self, y=y, start=start, cluster=np.arange(len(start)))

    def with_notes(self, notes: tuple[str, ...]) -> Panel:
        """The same panel with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def without_always_treated(self) -> Panel:
        """Units treated from the first period teach nothing about a change: they are left out, with a note."""
        always = self.start == 0
        if not always.any():
            return self
        return self.only(~always, f"{int(always.sum())} units treated from the first period are left out")

    def with_periods_before(self, least: int, key: str) -> Panel:
        """Cohorts with too few periods before their start are left out, with a note; refused if none is left."""
        early = self.start < least
        refuse_if(not (self.ever & ~early).any(), "too_few_periods_before", key)
        note = f"{int(early.sum())} units with fewer than {least} periods before the start are left out"
        return self.only(~early, note) if early.any() else self

    def supported(self) -> Panel:
        """Without a never-treated unit the last cohort is the comparison, so periods from its start are left out."""
        if not self.ever.all():
            return self
        refuse_if(len(self.cohorts) < 2, "nobody_untreated")
        return self.between(0, max(self.cohorts)).with_notes((LAST_COHORT,))

    def between(self, first: int, end: int) -> Panel:
        """The same units over some of the periods; who starts later counts as never treated in them."""
        keep = slice(first, end)
        return replace(
            self,
            periods=self.periods[keep],
            times=self.times[keep],
            start=np.clip(self.start - first, 0, end - first),
            y=self.y[:, keep],
            exposure=None if self.exposure is None else self.exposure[:, keep],
            weights=None if self.weights is None else self.weights[:, keep],
            covariates={k: v[:, keep] for k, v in self.covariates.items()},
        )

    def frame(self) -> pd.DataFrame:
        """One row per unit and period with numeric columns, as libraries want it.

        Periods are numbered from one, whatever they are called; cohort is 0 for never treated.
        """
        shape = self.y.shape
        starts = np.where(self.ever, self.start + 1.0, 0.0)
        data = {
            "unit": np.repeat(np.arange(shape[0]), shape[1]),
            "time": np.tile(np.arange(1.0, shape[1] + 1), shape[0]),
            "cohort": np.repeat(starts, shape[1]),
            "y": self.y.ravel(),
            "treated": self.treated.ravel().astype(int),
            "cluster": np.repeat(self.cluster, shape[1]),
        }
        extra = {"weights": self.weights, "exposure": self.exposure} | self.covariates
        return pd.DataFrame(data | {name: v.ravel() for name, v in extra.items() if v is not None})


def _columns(frame: pd.DataFrame, needed: Sequence[str], wanted: Sequence[str | None], cluster: str | None) -> None:
    refuse_if(frame.empty, "no_rows")
    roles = [*needed, *(w for w in wanted if w)]
    for name in [*roles, *([cluster] if cluster else [])]:
        refuse_if(name not in frame.columns, "missing_column", name)
        refuse_if(list(frame.columns).count(name) > 1, "column_twice", name)
    for name in roles:
        refuse_if(
            roles.count(name) > 1 and not (name in wanted and name not in needed), "same_column_for_two_roles", name
        )
    refuse_if(cluster == needed[3], "same_column_for_two_roles", cluster)


def _text(column: pd.Series[Any]) -> pd.Series[str]:
    whole = pd.api.types.is_float_dtype(column) and bool(((column % 1 == 0) & (column.abs() < 2.0**53)).all())
    return (column.astype("int64") if whole else column).astype(str).str.strip()


def _complete(rows: pd.DataFrame, shape: tuple[int, int]) -> None:
    refuse_if(shape[1] < 2, "one_period")
    refuse_if(shape[0] < 2, "one_unit")
    twice = int(rows.duplicated(["_unit", "_period"]).sum())
    refuse_if(twice, "duplicate_rows", twice)
    refuse_if(len(rows) != shape[0] * shape[1], "gaps", shape[0] * shape[1] - len(rows))


def _numbers(column: pd.Series[Any], refusal: str, name: str) -> pd.Series[float]:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    refuse_if((numbers.isna() & column.notna() & (column.astype(str).str.strip() != "")).any(), refusal, name)
    return numbers


def _outcome(column: pd.Series[Any], name: str, shape: tuple[int, int], family: str) -> Floats:
    values = _numbers(column, "outcome_not_numeric", name)
    refuse_if(values.isna().any(), "outcome_missing", int(values.isna().sum()))
    refuse_if(np.isinf(values).any(), "outcome_infinite", int(np.isinf(values).sum()))
    refuse_if(values.nunique() == 1, "outcome_constant")
    negative = int((values < 0).sum())
    refuse_if(family == "poisson" and negative, "outcome_negative", negative)
    return np.array(values, dtype=float).reshape(shape)


def _positive(rows: pd.DataFrame, name: str | None, shape: tuple[int, int], refusal: str) -> Floats | None:
    if name is None:
        return None
    values = np.array(_numbers(rows[name], refusal, name), dtype=float).reshape(shape)
    refuse_if(not np.isfinite(values).all() or (values < 0).any(), refusal, name)
    refuse_if((values == 0).any() if refusal.startswith("exposure") else not values.any(), refusal, name)
    return values


def _clusters(rows: pd.DataFrame, name: str | None, shape: tuple[int, int]) -> NDArray[np.int64]:
    if name is None:
        return np.arange(shape[0])
    refuse_if(rows[name].isna().any(), "cluster_missing", int(rows[name].isna().sum()))
    codes = pd.factorize(_text(rows[name]))[0].reshape(shape)
    split = int((codes != codes[:, :1]).any(axis=1).sum())
    refuse_if(split, "cluster_splits_unit", split)
    refuse_if(codes.max() < 2, "too_few_clusters", 3)
    return np.asarray(codes[:, 0], dtype=np.int64)


def _covariate(column: pd.Series[Any], name: str, shape: tuple[int, int]) -> Floats:
    values = np.array(_numbers(column, "covariate_not_numeric", name), dtype=float)
    refuse_if(not np.isfinite(values).all(), "covariate_missing", name)
    refuse_if(np.ptp(values) == 0, "covariate_constant", name)
    return values.reshape(shape)


def _comparable(panel: Panel) -> Panel:
    refuse_if(not panel.ever.any(), "nobody_treated")
    if not (panel.start[panel.ever] > 0).any():
        raise PanelError("no_period_before")
    last = int(panel.start.max())
    refuse_if(last < panel.n_periods and len([c for c in panel.cohorts if c > 0]) == 1, "nobody_untreated")
    for array in (panel.y, panel.start, panel.times, panel.cluster):
        array.setflags(write=False)
    treated = len(set(panel.cluster[panel.ever].tolist()))
    note = ONE_TREATED if treated == 1 else FEW_TREATED.format(n=treated)
    return panel.with_notes((note,)) if treated < ENOUGH_TREATED else panel
