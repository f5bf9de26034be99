"""What the judge looks at: views over a delivery's rows, and frames of nothing but booleans.

In: a delivery's folder. Out: temporary views named after the canonical tables (and `previous_<table>`, `tally`,
`previous_tally`, `delivery`), and frames with one column a check: 1 it holds, 0 it does not, null not judged.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from expectations.finding import Previous
from expectations.suite import Check
from sources.contract import Agency
from sources.errors import DefinitionError, DeliveryError
from sources.facts import districts
from sources.landing import DATED
from transforms.intake import Intake
from transforms.staging import literal, quoted

VECTORS = 244  # of 2,048 rows: half a million rows a batch, so Great Expectations stays far below 1 GB


@contextmanager
def present(
    con: duckdb.DuckDBPyConnection, agency: Agency, folder: Path, intake: Intake, previous: Previous | None
) -> Iterator[None]:
    """The views of one delivery and of the one before, for as long as it is judged."""
    views = {"delivery": f"select date {literal(str(as_of(folder)))} as as_of, {literal(agency.key)} as agency"}
    views["tally"] = _tally(agency, intake)
    views["district_list"] = f"select unnest([{', '.join(map(literal, sorted(districts())))}]) as district"
    views |= _tables(agency, folder, "")
    if previous:
        views |= _tables(agency, previous.folder, "previous_")
        counts = "), (".join(f"{literal(name)}, {n}" for name, n in previous.n_staged.items())
        day = f"date {literal(str(previous.as_of))}"
        views["previous_tally"] = f"select *, {day} as as_of from (values ({counts})) as t(contract, n_staged)"
    for name, sql in views.items():
        con.execute(f"create or replace temp view {name} as {sql}")
    try:
        yield
    finally:
        for name in views:
            con.execute(f"drop view temp.{name}")


def as_of(folder: Path) -> dt.date:
    """The date of a delivery, which its folder's name begins with."""
    if not (found := DATED.search(folder.name)):
        raise DeliveryError(
            f"{folder.name}: the folder of a delivery is named by its date. Take the delivery in again."
        )
    return dt.date(*map(int, found.groups()))


def _tables(agency: Agency, folder: Path, prefix: str) -> dict[str, str]:
    """One view a table, over every contract that feeds it."""
    fed: dict[str, list[str]] = {}
    for contract in agency.contracts:
        path = folder / "staged" / f"{contract.name}.parquet"
        if path.is_file():
            fed.setdefault(contract.feeds, []).append(literal(str(path)))
    return {prefix + table: f"select * from read_parquet([{', '.join(p)}])" for table, p in fed.items()}


def _tally(agency: Agency, intake: Intake) -> str:
    """Records of each contract by fate, and the table that it feeds."""
    feeds = {contract.name: contract.feeds for contract in agency.contracts}
    fates = ("n_read", "n_staged", "n_quarantined", "n_skipped")
    rows = ", ".join(
        f"({literal(t.contract)}, {literal(feeds[t.contract])}, {', '.join(str(getattr(t, n)) for n in fates)})"
        for t in intake.tallies
    )
    sums = ", ".join(f"sum({n}) as {n}" for n in fates)
    return f"select contract, feeds, {sums} from (values {rows}) as t(contract, feeds, {', '.join(fates)}) group by all"


def batches(con: duckdb.DuckDBPyConnection, checks: list[Check], table: str, source: str) -> Iterator[pd.DataFrame]:
    """The checks by row of one table, read from a source, in batches of rows."""
    columns = ", ".join(f"cast(({check.sql}) as float) as {quoted(check.spec.rule)}" for check in checks)
    with _without_values(", ".join(check.spec.rule for check in checks)):
        result = con.execute(f"select {columns} from {source} as {table}")
        while len(frame := result.fetch_df_chunk(VECTORS)):
            yield frame


def units(con: duckdb.DuckDBPyConnection, checks: dict[str, Check]) -> pd.DataFrame:
    """The checks by unit of a delivery side by side; shorter columns end in nulls, which are not judged."""
    columns = []
    for name, check in checks.items():
        with _without_values(check.spec.rule):
            frame = con.execute(f"select cast(holds as float) as holds from ({check.sql})").df()
        columns.append(frame["holds"].rename(name))
    return pd.concat(columns, axis=1)


@contextmanager
def _without_values(place: str) -> Iterator[None]:
    """DuckDB's own message may print a value, so it is not passed on."""
    try:
        yield
    except duckdb.Error as error:
        kind = type(error).__name__
        raise DefinitionError(f"expectations: {place}: {kind} in the SQL of a rule. Mend the rule.") from None
