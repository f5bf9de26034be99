"""The estimators, listed: order and choice are decisions. `evaluate` runs them on a panel.

In: a panel, a design, and names. Out: estimates; an estimator that cannot run on the panel says so instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from transforms.evaluation.estimate import Design, Estimate, Estimator
from transforms.evaluation.estimators import (
    callaway_santanna,
    etwfe,
    imputation,
    interrupted_time_series,
    poisson_etwfe,
    ratio_of_ratios,
    stacked,
    sun_abraham,
    synthetic_control,
    synthetic_did,
    twfe,
    two_stage,
)
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import PanelError, refuse_if

ESTIMATORS: dict[str, Estimator] = {
    "ratio_of_ratios": ratio_of_ratios.ESTIMATOR,
    "poisson_etwfe": poisson_etwfe.ESTIMATOR,
    "callaway_santanna": callaway_santanna.ESTIMATOR,
    "etwfe": etwfe.ESTIMATOR,
    "sun_abraham": sun_abraham.ESTIMATOR,
    "stacked": stacked.ESTIMATOR,
    "synthetic_control": synthetic_control.ESTIMATOR,
    "synthetic_did": synthetic_did.ESTIMATOR,
    "imputation": imputation.ESTIMATOR,
    "two_stage": two_stage.ESTIMATOR,
    "twfe": twfe.ESTIMATOR,
    "interrupted_time_series": interrupted_time_series.ESTIMATOR,
}
USUAL = {
    "poisson": ("ratio_of_ratios", "poisson_etwfe"),
    "gaussian": ("callaway_santanna", "etwfe", "imputation", "twfe"),
}


def _run(name: str, panel: Panel, design: Design) -> list[Estimate]:
    """The estimates; a panel on which the arithmetic has no answer is refused."""
    try:
        return ESTIMATORS[name].run(panel, design)
    except (np.linalg.LinAlgError, ZeroDivisionError, FloatingPointError):
        raise PanelError("not_identified", name) from None


def evaluate(
    panel: Panel,
    design: Design | None = None,
    estimators: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Estimate]:
    """Run the named estimators, or the usual ones of the family. Refusals of named ones are raised."""
    design = design or Design()
    names = list(dict.fromkeys(estimators or USUAL[design.family]))
    for name in names:
        refuse_if(name not in ESTIMATORS, "estimator_unknown", name)
    found: list[Estimate] = []
    for name in names:
        if progress:
            progress(name)
        try:
            found += _run(name, panel, design)
        except PanelError as error:
            if estimators and len(names) == 1:
                raise
            found.append(Estimate(name, "refused", None, notes=(str(error),), **panel.counts))
    if estimators is None and all(e.term == "refused" for e in found):
        raise PanelError("library_failed", f"no estimator could run: {found[0].notes[0]}")
    return found
