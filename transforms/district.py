"""The 94 districts as a table of the warehouse, each in its group of the study.

In: `sources/facts/districts.csv` and a study. Out: `staging.district` (district, name, state, circuit, group_key).
"""

import duckdb
import pandas as pd

from sources.facts import districts
from transforms.study import Study


def load(con: duckdb.DuckDBPyConnection, study: Study) -> int:
    """Replace `staging.district`; returns its rows."""
    rows = pd.DataFrame(
        [(code, row["name"], row["state"], row["circuit"], study.group_of(code)) for code, row in districts().items()],
        columns=["district", "name", "state", "circuit", "group_key"],
    )
    con.register("given_districts", rows)
    con.execute("create or replace table staging.district as select * from given_districts")
    con.unregister("given_districts")
    return len(rows)
