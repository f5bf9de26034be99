"""The result of an estimator, and the estimator itself: one type for all of them.

In: nothing. Out: `Estimate`, `Design` and `Estimator`. Terms are documented in docs/evaluation/terms.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from transforms.evaluation.panel import Panel

Scale = Literal["difference", "ratio", "log_ratio", "weight"]


@dataclass(frozen=True)
class Design:
    """Choices that are not in the data. The seed makes every resampling repeatable."""

    control: Literal["never", "not-yet"] | None = None  # None: what the method's authors do
    family: Literal["poisson", "gaussian"] = "gaussian"
    level: float = 0.95
    draws: int = 1999
    seed: int = 20111
    balance_event: int | None = None  # event averages over cohorts seen at least so long after the start


@dataclass(frozen=True)
class Estimate:
    """A number under stated assumptions. None is unknown; `time` and `cohort` are given as in the panel."""

    estimator: str
    term: str
    estimate: float | None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    event_time: float | None = None
    cohort: Any = None
    time: Any = None
    label: str | None = None
    scale: Scale = "difference"
    method: str = ""
    n_units: int = 0
    n_treated: int = 0
    notes: tuple[str, ...] = field(default=())

    def record(self) -> dict[str, Any]:
        """The estimate as plain values, ready for JSON: no nan, no infinity, no numpy."""
        return {key: _plain(value) for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Estimator:
    """One way to answer, with what it assumes and when it fails."""

    key: str
    label: str
    assumes: tuple[str, ...]
    fails_when: tuple[str, ...]
    run: Callable[[Panel, Design], list[Estimate]]


def normal(
    estimate: float, standard_error: float | None, level: float = 0.95, df: float | None = None
) -> dict[str, Any]:
    """Estimate, error, interval and p-value by the normal (or t) approximation, as keywords of an `Estimate`."""
    from scipy.stats import norm, t

    least = 1e-9 * max(abs(estimate), 1e-300)  # smaller is rounding: a perfect fit has no error
    known = standard_error is not None and math.isfinite(standard_error) and standard_error > least
    if not known or standard_error is None or not math.isfinite(estimate):
        return {"estimate": estimate, "standard_error": None}
    law = norm if df is None else t(df)
    half = float(law.ppf(0.5 + level / 2)) * standard_error
    p_value = 2 * float(law.sf(abs(estimate / standard_error)))
    return {
        "estimate": estimate, "standard_error": standard_error,
        "lower": estimate - half, "upper": estimate + half, "p_value": p_value,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if math.isinf(value):
            return "infinity" if value > 0 else "-infinity"
        return None if math.isnan(value) else value
    return list(value) if isinstance(value, tuple) else value
