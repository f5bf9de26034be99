"""Interrupted time series: the sites' own trend, carried on. The weakest design here: nothing else is compared.

In: a panel. Out: per cohort and pooled, the jump at the start, the change of slope, and the average gap after it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design, Estimate, Estimator, Scale, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import quietly, refuse_extras
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if

KEY = "interrupted_time_series"
WEAK = "the weakest design: no comparison group, so anything else that changed is counted as the effect"
Floats = NDArray[np.float64]


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """Segmented regression of each cohort's mean, with autocorrelation-robust errors."""
    refuse_extras(panel, KEY)
    panel = panel.without_always_treated().with_periods_before(3, KEY)
    found: list[Estimate] = []
    sums, weights = [], []
    for g in panel.cohorts:
        rows = panel.start == g
        weight = np.ones(rows.sum()) if panel.weights is None else panel.weights[rows].mean(axis=1)
        series = np.average(panel.y[rows], axis=0, weights=weight)
        if design.family == "poisson" and not (series[:g].any() and series[g:].any()):
            continue  # a log of nothing: the cohort has no events before or none after
        parts = _segmented(series, panel.times, g, design.family == "poisson")
        found += _report(panel, g, parts, design)
        sums.append(parts["group"])
        weights.append(float(rows.sum() * (panel.n_periods - g)))
    refuse_if(not sums, "no_event_before")
    share = np.array(weights) / sum(weights)
    values, errors = np.array([s[0] for s in sums]), np.array([s[1] for s in sums])
    whole = normal(float(share @ values), float(np.sqrt(((share * errors) ** 2).sum())), design.level)
    scale: Scale = "log_ratio" if design.family == "poisson" else "difference"
    return [Estimate(KEY, "simple", scale=scale, method=_method(design), notes=_notes(panel), **whole, **panel.counts),
            *found]  # fmt: skip


def _segmented(series: Floats, times: Floats, start: int, is_poisson: bool) -> dict[str, tuple[float, float]]:
    from statsmodels.genmod.families import Gaussian, Poisson  # type: ignore[import-untyped]
    from statsmodels.genmod.generalized_linear_model import GLM  # type: ignore[import-untyped]

    after = (np.arange(len(times)) >= start).astype(float)
    since = times - times[start]
    few = after.sum() < 2
    x = np.column_stack([np.ones(len(times)), since, after, *([] if few else [after * since])])
    family = Poisson() if is_poisson else Gaussian()
    lags = max(1, int(len(times) ** 0.25))
    fitted, _ = quietly(lambda: GLM(series, x, family=family).fit(cov_type="HAC", cov_kwds={"maxlags": lags}))
    beta, covariance = np.asarray(fitted.params), np.asarray(fitted.cov_params())
    mean = np.zeros(x.shape[1])
    mean[2:] = x[after == 1, 2:].mean(axis=0)
    level = {"group": mean, "level_change": np.eye(x.shape[1])[2]}
    slope = {} if few else {"slope_change": np.eye(x.shape[1])[3]}
    return {k: (float(v @ beta), float(np.sqrt(max(v @ covariance @ v, 0.0)))) for k, v in (level | slope).items()}


def _report(panel: Panel, g: int, parts: dict[str, tuple[float, float]], design: Design) -> Iterator[Estimate]:
    where = place(panel, cohort=float(panel.times[g]))
    scale: Scale = "log_ratio" if design.family == "poisson" else "difference"
    for term, (value, error) in parts.items():
        number = normal(value, error, design.level)
        yield Estimate(
            KEY, term, scale=scale, method=_method(design), notes=_notes(panel), **where, **number, **panel.counts
        )


def _method(design: Design) -> str:
    return f"segmented {design.family} regression of cohort means, autocorrelation-robust error"


def _notes(panel: Panel) -> tuple[str, ...]:
    return (*panel.notes, WEAK)


ESTIMATOR = Estimator(
    key=KEY,
    label="Interrupted time series (weakest)",
    assumes=("The sites' trend before the start would have gone on.", "Nothing else changed at the start."),
    fails_when=("Anything else changed, or sites were chosen at a high or low point.", "The trend was not a line."),
    run=estimate,
)
