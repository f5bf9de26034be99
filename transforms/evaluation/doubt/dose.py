"""Was there more where more of the programme was in place? The ratio by dose, and per element more.

In: a panel, and the dose of every site and year (0 to 3 elements; nan where it is not recorded). Out: rows of the
robustness table. The dose was not drawn by lot: sites that did well may have been given more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.evaluation.doubt.tested import gap, row, tested
from transforms.evaluation.estimate import Design
from transforms.evaluation.panel import Panel
from transforms.evaluation.poisson import score_of
from transforms.evaluation.score import Score, contributions, signs
from transforms.evaluation.totals import expected
from transforms.study import Study

Floats = NDArray[np.float64]
CHECK = "dose"
STEPS = np.linspace(-np.log(8), np.log(8), 241)
FROM_STUDY = "as the study file records it"
FROM_DOCKET = "as the docket records it: training and joint matters, never leadership; only where there was a matter"


def dose_of(panel: Panel, study: Study, elements: pd.DataFrame) -> tuple[Floats, str]:
    """Elements in place by unit and period, and where that is recorded."""
    dose = np.full(panel.y.shape, np.nan)
    at = {unit: i for i, unit in enumerate(panel.units)}
    if study.dose:
        for d in study.dose:
            if d.district in at and d.fiscal_year in panel.periods:
                found = d.expertise + d.leadership + d.coordination
                dose[at[d.district], panel.periods.index(d.fiscal_year)] = found
        return dose, FROM_STUDY
    years = np.array(panel.periods, dtype=float)
    for r in elements.itertuples():
        if str(r.district) in at:
            dose[at[str(r.district)]] = sum((years >= y).astype(float) for y in (r.trained_from, r.joint_from))
    return dose, FROM_DOCKET


def dose_response(panel: Panel, dose: Floats, note: str, design: Design) -> Iterator[dict[str, Any]]:
    """The ratio at each dose, then the factor per element more."""
    known = panel.treated & np.isfinite(dose)
    if not known.any():
        yield gap(
            CHECK, "expertise, leadership and coordination", "neither study file nor docket records any in a site"
        )
        return
    for low, high in ((-1.0, 0.0), (0.0, 1.0), (1.0, 2.0), (2.0, 3.0)):
        cells = known & (dose > low) & (dose <= high)
        detail = f"{high:g} element{'' if high == 1 else 's'} in place" if high else "no element in place"
        if cells.any():
            yield row(CHECK, detail, panel, tested(score_of(panel, cells, ~panel.treated), design), note)
    if np.ptp(dose[known]) == 0:
        yield gap(CHECK, "per element more", "the dose is the same in every site and year that it is recorded for")
    else:
        yield row(CHECK, "per element more", panel, slope(panel, known, np.where(known, dose, 0.0), design), note)


def slope(panel: Panel, known: NDArray[np.bool_], dose: Floats, design: Design) -> dict[str, Any]:
    """The factor by which the ratio changes with an element more: a score test with random signs, inverted."""
    mean = expected(panel.y, ~panel.treated)
    tried = [_score(panel, known, dose, mean, float(b)) for b in STEPS]
    total = np.array([s.sum() for s in tried])
    sign = signs(len(tried[0]), design.draws, design.seed)
    p = np.array([(1 + (np.abs(sign @ s) >= abs(s.sum()) - 1e-9).sum()) / (1 + len(sign)) for s in tried])
    best = int(np.abs(total).argmin())
    held = np.flatnonzero(p > 0.05)
    low, high = (int(held.min()), int(held.max())) if len(held) else (best, best)
    return {
        "ratio": float(np.exp(STEPS[best])),
        "lower": float(np.exp(STEPS[low])) if low else 0.0,
        "upper": float(np.exp(STEPS[high])) if high < len(STEPS) - 1 else float("inf"),
        "p_value": float(p[int(np.abs(STEPS).argmin())]),
    }


def _score(panel: Panel, known: NDArray[np.bool_], dose: Floats, mean: Floats, b: float) -> Floats:
    """Each cluster's contribution to the covariance of dose and what is left, if the log factor per element were b."""
    used, n = ~panel.treated, int(panel.cluster.max()) + 1
    lifted = known * np.exp(b * dose)
    base = float((mean * lifted).sum())
    level = float((panel.y * known).sum()) / max(base, 1e-12)
    centred = known * (dose - float((mean * lifted * dose).sum()) / max(base, 1e-12))

    def part(cells: Floats) -> Score:
        return contributions(panel.y, mean, used, cells, panel.cluster, n)

    return part(centred).observed - level * part(centred * np.exp(b * dose)).expected
