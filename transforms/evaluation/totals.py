"""What the treated would have had: a Poisson model with unit and period effects, fitted to untreated cells only.

In: outcomes as units x periods (or stacks of these), which cells are untreated, exposure. Out: expected untreated
outcomes of every cell. The fit is iterative proportional fitting: with unit and period effects and no covariates, the
Poisson quasi-likelihood is maximal where fitted row and column sums equal the observed ones. Treated cells that are
saturated by cohort and period add nothing to it (Wooldridge 2023), so they are left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
TOLERANCE = 1e-10
ROUNDS = 500


def period_effects(rows: Floats, untreated: Bools | Floats, exposure: Floats | None = None) -> Floats:
    """Common period factors (mean one), from rows that are units or whole cohorts; leading axes are stacks."""
    mask = np.asarray(untreated, dtype=float)
    base = mask if exposure is None else mask * exposure
    seen = rows * mask
    by_row, by_period = seen.sum(axis=-1), seen.sum(axis=-2)
    factor = np.broadcast_to(1.0, by_period.shape).copy()
    for _ in range(ROUNDS):
        level = _divide(by_row, (base * factor[..., None, :]).sum(axis=-1))
        new = _divide(by_period, (base * level[..., :, None]).sum(axis=-2))
        new = new / np.maximum(new.mean(axis=-1, keepdims=True), 1e-300)
        moved = np.abs(new - factor).max() if new.size else 0.0
        factor = new
        if moved < TOLERANCE:
            break
    return factor


def unit_levels(rows: Floats, untreated: Bools | Floats, factor: Floats, exposure: Floats | None = None) -> Floats:
    """Each unit's own level from its own untreated cells."""
    mask = np.asarray(untreated, dtype=float)
    base = mask if exposure is None else mask * exposure
    return _divide((rows * mask).sum(axis=-1), (base * factor[..., None, :]).sum(axis=-1))


def by_pattern(rows: Floats, used: Bools) -> tuple[Floats, Bools]:
    """Rows added up over units with the same untreated cells: all the model needs without exposure."""
    patterns, code = np.unique(used, axis=0, return_inverse=True)
    added = np.zeros((len(patterns), rows.shape[-1]))
    np.add.at(added, code.ravel(), rows)
    return added, patterns


def expected(rows: Floats, used: Bools, exposure: Floats | None = None) -> Floats:
    """Expected outcome of every cell without treatment, from the cells that are used (untreated ones)."""
    factor = period_effects(*by_pattern(rows, used)) if exposure is None else period_effects(rows, used, exposure)
    mean = unit_levels(rows, used, factor, exposure)[:, None] * factor[None, :]
    return mean if exposure is None else mean * exposure


def _divide(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0)
