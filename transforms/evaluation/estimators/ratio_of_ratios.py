"""The published comparison, redone: change in the sites over change elsewhere, in totals before and after.

In: a panel of whole counts. Out: per cohort, the change of the sites, of the others, and the ratio of the two with the
exact conditional interval; pooled, and with a permutation p-value, because counts come in clumps.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import control_of, refuse_extras
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import refuse_if
from transforms.interval import UNDEFINED, Ratio, rate_ratio, ratio_of_ratios

KEY = "ratio_of_ratios"
NARROW = "the exact interval takes events as independent; where they come in clumps it is too narrow"
NONE = "zero over zero, which is no ratio"
LEFT_OUT = "{n} of {of} drawn starts give zero over zero and are left out of the p-value"
Floats = NDArray[np.float64]


def estimate(panel: Panel, design: Design) -> list[Estimate]:
    """All periods before against all from the start; others are those not treated by the end."""
    refuse_extras(panel, KEY)
    refuse_if(panel.weights is not None or (panel.y % 1 != 0).any() or (panel.y < 0).any(), "not_whole_counts")
    panel = panel.without_always_treated()
    never = control_of(panel, design, "not-yet") == "never"
    panel = panel if never else panel.supported()
    refuse_if(panel.ever.all(), "needs_never_treated", KEY)
    found = [e for g in panel.cohorts for e in _cohort(panel, g, design)]
    return [*_together(panel, design), *found]


def _cohort(panel: Panel, g: int, design: Design) -> Iterator[Estimate]:
    here, there = panel.start == g, ~panel.ever
    a, b = panel.y[here, g:].sum(), panel.y[here, :g].sum()
    c, d = panel.y[there, g:].sum(), panel.y[there, :g].sum()
    after, before = panel.n_periods - g, g
    method = "conditional exact (totals before and after)"
    for term, ratio in (
        ("change", rate_ratio(a, b, after, before, design.level)),
        ("change_other", rate_ratio(c, d, after, before, design.level)),
        ("group", ratio_of_ratios(a, b, c, d, design.level)),
    ):
        yield _one(panel, term, ratio, method, g)


def _together(panel: Panel, design: Design) -> Iterator[Estimate]:
    """Pooled over cohorts (Mantel-Haenszel), with a permutation p-value among the draws that have a ratio."""
    rng = np.random.default_rng(design.seed)
    starts = np.stack([panel.start, *(rng.permutation(panel.start) for _ in range(design.draws))])
    every = pooled(panel.y, starts, panel.cohorts)
    method = f"Mantel-Haenszel over cohorts, permutation of starts ({design.draws} draws)"
    if np.isnan(every[0]):
        yield _one(panel, "simple", UNDEFINED, method, None, notes=(NONE,))
        return
    single = ratio_of_ratios(*_table(panel), design.level) if len(panel.cohorts) == 1 else UNDEFINED
    value = Ratio(float(every[0]), single.lower, single.upper)
    known = every[~np.isnan(every)]
    with np.errstate(divide="ignore"):
        far = np.abs(np.log(known))  # a ratio of none is as far from one as a ratio over none
    out = len(every) - len(known)
    notes = (LEFT_OUT.format(n=out, of=design.draws),) if out else ()
    yield _one(panel, "simple", value, method, None, float((far >= far[0] - 1e-12).mean()), notes)


def pooled(y: Floats, starts: NDArray[np.int64], cohorts: list[int]) -> Floats:
    """Mantel-Haenszel ratio of ratios of every assignment of starts; cohorts with more information weigh more.

    Infinite where only the divisor is zero, nan where dividend and divisor are.
    """
    n_periods = y.shape[1]
    never = (starts == n_periods).astype(float) @ y
    top, bottom = np.zeros(len(starts)), np.zeros(len(starts))
    for g in cohorts:
        here = (starts == g).astype(float) @ y
        a, b, c, d = here[:, g:].sum(1), here[:, :g].sum(1), never[:, g:].sum(1), never[:, :g].sum(1)
        total = np.maximum(a + b + c + d, 1.0)
        top, bottom = top + a * d / total, bottom + b * c / total
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(top / bottom)


def _table(panel: Panel) -> tuple[float, float, float, float]:
    g = panel.cohorts[0]
    here, there = panel.y[panel.ever], panel.y[~panel.ever]
    return here[:, g:].sum(), here[:, :g].sum(), there[:, g:].sum(), there[:, :g].sum()


def _one(
    panel: Panel,
    term: str,
    ratio: Ratio,
    method: str,
    g: int | None,
    p_value: float | None = None,
    notes: tuple[str, ...] = (),
) -> Estimate:
    where = place(panel, cohort=None if g is None else float(panel.times[g]))
    return Estimate(
        KEY, term, ratio.estimate, lower=ratio.lower, upper=ratio.upper, p_value=p_value, scale="ratio", method=method,
        notes=(*panel.notes, NARROW, *notes), **where, **panel.counts,
    )  # fmt: skip


ESTIMATOR = Estimator(
    key=KEY,
    label="Ratio of ratios (the published comparison, redone)",
    assumes=(
        "Without treatment, the sites' totals would have changed by the same factor as the others'.",
        "For the exact interval: events are independent.",
    ),
    fails_when=(
        "Defendants come in schemes: read the permutation p-value, not the exact interval.",
        "Sites were already rising, or were chosen after a spike.",
    ),
    run=estimate,
)
