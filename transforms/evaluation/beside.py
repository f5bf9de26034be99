"""What the evaluation reads beside the published cells, for its checks: parts of the outcome, elements of the teams.

In: `mart.charged_part` and `mart.site_element`, and the study. Out: `Beside`. None of it is published: what comes of it
are ratios over all sites.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import pandas as pd

from transforms.metric import scopes
from transforms.study import Study

COUNTED = "defendants_charged"  # the outcome that `mart.charged_part` counts
PARTS = {
    "forced labor": "labor_or_sex = 'labor'",
    "sex trafficking": "labor_or_sex = 'sex'",
    "both, or not clear from the charges": "labor_or_sex = 'both_or_unclear'",
    "one agency on the case": "agencies = 'single'",
    "two agencies or more on the case": "agencies = 'joint'",
}


def _nothing(*columns: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class Beside:
    """Counts by source, part, district and fiscal year; years from which the docket records an element."""

    parts: pd.DataFrame = field(default_factory=lambda: _nothing("source", "part", "district", "year", "n"))
    elements: pd.DataFrame = field(default_factory=lambda: _nothing("district", "trained_from", "joint_from"))


def read(con: duckdb.DuckDBPyConnection, study: Study) -> Beside:
    """Both tables from the warehouse; no parts where the study's primary outcome is another one."""
    elements = con.execute(
        "select district, cast(trained_from as double) as trained_from, cast(joint_from as double) as joint_from"
        " from mart.site_element order by district"
    ).df()
    if study.primary_outcome != COUNTED:
        return Beside(elements=elements)
    each = "\nunion all\n".join(
        f"select source, '{name}' as part, district, fiscal_year as year, cast(sum(n) as double) as n"
        f" from mart.charged_part where ({scopes()[study.scope].sql}) and {condition} group by all"
        for name, condition in PARTS.items()
    )
    return Beside(con.execute(f"select * from ({each}) order by all").df(), elements)
