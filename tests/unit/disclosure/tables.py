"""Invented tables of a restricted metric, small enough to attack by hand."""

import numpy as np
import pandas as pd

GROUPS = {"A": "phase_1", "B": "phase_1", "C": "spillover", "D": "other", "E": "other", "F": "other", "G": "other"}
TIERS = {"matters_received": "restricted", "cases_filed": "public_docket"}


def group_of(district: str) -> str:
    return GROUPS[district]


def table(
    listed: np.ndarray, acteam: np.ndarray, metric: str = "matters_received", year: str = "FY2012"
) -> pd.DataFrame:
    """Every row of the published shape from counts by district and quarter."""
    rows = []
    for scope, counts in (("acteam", acteam), ("listed", listed)):
        for name, kind, members in _areas():
            quarters = counts[members].sum(axis=0)
            for period, n in [("", quarters.sum()), *((f" Q{q + 1}", x) for q, x in enumerate(quarters))]:
                period_kind = "quarter" if period else "fy"
                rows.append((metric, scope, kind, name, period_kind, f"{year}{period}", float(n)))
    columns = ["metric", "scope", "area_kind", "area", "period_kind", "period", "numerator"]
    frame = pd.DataFrame(rows, columns=columns).assign(denominator=np.nan, lower=0.0, upper=999.0, status="shown")
    return frame.assign(value=frame["numerator"])


def _areas() -> list[tuple[str, str, list[int]]]:
    districts = list(GROUPS)
    groups = sorted(set(GROUPS.values()))
    return [
        ("ALL", "nation", list(range(len(districts)))),
        *((g, "group", [i for i, d in enumerate(districts) if GROUPS[d] == g]) for g in groups),
        *((d, "district", [i]) for i, d in enumerate(districts)),
    ]
