"""Where an estimate belongs, in the panel's own words.

In: times on the panel's axis. Out: the keywords event_time, cohort and time of an `Estimate`.
"""

from __future__ import annotations

from typing import Any

from transforms.evaluation.panel import Panel


def place(
    panel: Panel, event_time: float | None = None, cohort: float | None = None, time: float | None = None
) -> dict[str, Any]:
    """Event time as a number; cohort and time with the label they had in the panel."""
    return {"event_time": event_time, "cohort": _label(panel, cohort), "time": _label(panel, time)}


def _label(panel: Panel, value: float | None) -> Any:
    if value is None:
        return None
    return panel.periods[int(abs(panel.times - value).argmin())]
