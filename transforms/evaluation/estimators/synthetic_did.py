"""Synthetic difference-in-differences (Arkhangelsky and others 2021), cohort by cohort against the never treated.

In: a panel. Out: the pooled effect (weighted by treated unit-periods), one per cohort, and unit and time weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from transforms.evaluation.estimate import Design, Estimate, Estimator, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import refuse_extras, synthetic_did
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if

KEY = "synthetic_did"
DRAWS = 200  # of the placebo error, as its authors; fewer where fewer are asked for, or where units are many
MOST_FITS = 200_000
SUMMED = "errors of cohorts are added up as if independent, though they share controls"


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """One fit per cohort; the average weighs each by its treated unit-periods."""
    ignored = refuse_extras(panel, KEY, covariates=True, weights=False)
    draws = _draws(panel, design)
    panel = panel.without_always_treated().with_periods_before(2, KEY)
    refuse_if(panel.ever.all(), "needs_never_treated", KEY)
    notes = (*panel.notes, *ignored)
    fits = {g: _cohort(panel, g, draws, design.seed) for g in panel.cohorts}
    weight = np.array([(panel.start == g).sum() * (panel.n_periods - g) for g in fits], dtype=float)
    weight /= weight.sum()
    value = float(weight @ [r.att for r in fits.values()])
    error = float(np.sqrt(((weight * [_error(r) for r in fits.values()]) ** 2).sum()))
    how = next(iter(fits.values())).variance_method
    method = f"synthetic difference-in-differences, {how} error ({draws} draws)"
    together = (*notes, SUMMED) if len(fits) > 1 else notes
    whole = normal(value, error, design.level)
    first = Estimate(KEY, "simple", method=method, notes=together, **whole, **panel.counts)
    return [first, *(e for g, r in fits.items() for e in _of_cohort(panel, g, r, design, method, notes))]


def _cohort(panel: Panel, start: int, draws: int, seed: int) -> Any:
    alone = panel.only((panel.start == start) | ~panel.ever)
    return synthetic_did(alone, [t + 1.0 for t in range(start, panel.n_periods)], draws, seed)[0]


def _draws(panel: Panel, design: Design) -> int:
    return int(np.clip(min(design.draws // 10 + 1, MOST_FITS // len(panel.units)), 50, DRAWS))


def _error(result: Any) -> float:
    return float(result.se) if result.se is not None else float("nan")


def _of_cohort(
    panel: Panel, start: int, result: Any, design: Design, method: str, notes: tuple[str, ...]
) -> Iterator[Estimate]:
    alone = panel.only((panel.start == start) | ~panel.ever)
    where = place(panel, cohort=float(panel.times[start]))
    value = normal(float(result.att), _error(result), design.level)
    yield Estimate(KEY, "group", method=method, notes=notes, **where, **value, **panel.counts)
    for unit, weight in sorted(dict(result.unit_weights).items(), key=lambda item: -item[1]):
        if weight > 5e-4:
            yield Estimate(
                KEY, "unit_weight", float(weight), label=alone.units[int(unit)], scale="weight", method=method,
                notes=notes, **where, **panel.counts,
            )  # fmt: skip
    for time, weight in sorted(dict(result.time_weights).items()):
        if weight > 5e-4:
            yield Estimate(
                KEY, "time_weight", float(weight), scale="weight", method=method, notes=notes,
                **(where | {"time": place(panel, time=panel.at(time))["time"]}), **panel.counts,
            )  # fmt: skip


ESTIMATOR = Estimator(
    key=KEY,
    label="Synthetic difference-in-differences",
    assumes=(
        "A weighted mix of never-treated units and periods would have moved in parallel with the sites, in levels.",
    ),
    fails_when=(
        "Counts grow by a common factor (bias +0.25 log points in simulation).",
        "There are few never-treated units or periods before the start.",
    ),
    run=estimate,
)
