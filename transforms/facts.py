"""Facts as tables of the warehouse: districts in their groups, statutes by category, reasons to decline by group.

In: `sources/facts` and a study. Out: `staging.district`, `staging.charge_category` and `staging.declination_reason`.
"""

from collections.abc import Iterable

import duckdb
import pandas as pd

from sources.facts import charge_categories, declination_reasons, districts
from transforms.study import Study


def load(con: duckdb.DuckDBPyConnection, study: Study) -> None:
    """Replace the three tables."""
    places = [
        (code, row["name"], row["state"], row["circuit"], study.group_of(code)) for code, row in districts().items()
    ]
    _replace(con, "district", "district name state circuit group_key", places)
    sections = [
        (category, int(title), *span)
        for category, fact in charge_categories().items()
        for title, spans in fact["sections"].items()
        for span in spans
    ]
    _replace(con, "charge_category", "category title first_section last_section", sections)
    reasons = [(code, group) for group, fact in declination_reasons().items() for code in fact["codes"]]
    _replace(con, "declination_reason", "code reason", reasons)


def _replace(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    con.register("given", pd.DataFrame(list(rows), columns=columns.split()))
    con.execute(f"create or replace table staging.{table} as select * from given")
    con.unregister("given")
