"""A score as a row of a table: ratio, interval, p-value.

In: a score, and the design (draws and seed). Out: the columns that every robustness table has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transforms.evaluation.estimate import Design
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import PanelError
from transforms.evaluation.score import Score, interval, p_value, signs


def tested(score: Score, design: Design) -> dict[str, Any]:
    """Ratio with the inverted interval of the wild score test, and its p-value against a ratio of one."""
    if not np.isfinite(score.ratio):
        return {"ratio": None, "lower": None, "upper": None, "p_value": None}
    sign = signs(len(score.observed), design.draws, design.seed)
    lower, upper = interval(score, sign, design.level)
    return {"ratio": score.ratio, "lower": lower, "upper": upper, "p_value": p_value(score, sign)}


def row(check: str, detail: str, panel: Panel | None, value: dict[str, Any], note: str = "") -> dict[str, Any]:
    """One line of the robustness table."""
    counts = panel.counts if panel is not None else {"n_units": 0, "n_treated": 0}
    return {"check": check, "detail": detail, **value, **counts, "note": note}


def gap(check: str, detail: str, why: str | PanelError) -> dict[str, Any]:
    """A line that says why there is no number: a labelled gap."""
    return row(check, detail, None, {"ratio": None, "lower": None, "upper": None, "p_value": None}, str(why))
