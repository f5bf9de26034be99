"""Results of library estimators as `Estimate`s.

In: a fitted library result. Out: its overall, event-time and cohort effects, with the library's own errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transforms.evaluation.estimate import Design, Estimate, normal
from transforms.evaluation.estimators.labels import place
from transforms.evaluation.library import quietly
from transforms.evaluation.panel import Panel
from transforms.evaluation.refusal import PanelError


def read(
    key: str, panel: Panel, design: Design, result: Any, method: str, notes: tuple[str, ...], df: int | None = None
) -> list[Estimate]:
    """Overall first, then by event time, then by cohort where the library gives it; with `df` by the t distribution."""
    rows: list[tuple[str, float, float, dict[str, Any]]] = [("simple", result.overall_att, result.overall_se, {})]
    rows += [("event", v, s, place(panel, event_time=e * panel.step)) for e, v, s in _events(result)]
    rows += [("group", v, s, place(panel, cohort=panel.at(g))) for g, v, s in _groups(result)]
    return [
        Estimate(key, term, method=method, notes=panel.notes + notes, **where, **normal(value, se, design.level, df),
                 **panel.counts)
        for term, value, se, where in rows
        if np.isfinite(value) and not (term == "event" and value == 0 and not np.isfinite(se))
    ]  # fmt: skip


def _events(result: Any) -> list[tuple[float, float, float]]:
    found = getattr(result, "event_study_effects", None)
    if isinstance(found, dict):
        return [(float(e), float(v["effect"]), float(v["se"])) for e, v in sorted(found.items())]
    study = _aggregate(result, "event_study")
    if study is None:
        return []
    return [
        (float(e), float(v), float(s))
        for e, v, s, reference in zip(study.event_time, study.att, study.se, study.is_reference, strict=True)
        if not reference
    ]


def _groups(result: Any) -> list[tuple[float, float, float]]:
    table = _aggregate(result, "group")
    if table is None:
        return []
    frame = table.to_dataframe()
    return [(float(g), float(v), float(s)) for g, v, s in zip(frame["label"], frame["att"], frame["se"], strict=True)]


def _aggregate(result: Any, kind: str) -> Any:
    if not hasattr(result, "aggregate"):
        return None
    try:
        return quietly(lambda: result.aggregate(kind))[0]
    except PanelError:
        return None
