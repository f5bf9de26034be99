"""What the judge looks at: how often each check was made of a delivery's rows, and how often it failed.

In: a delivery's folder. Out: temporary views named after the canonical tables (and `previous_<table>`, `tally`,
`previous_tally`, `delivery`), and counts: DuckDB does the set work, over any number of rows, and no value leaves it.
A check is true where it holds, false where it does not, null where nothing is judged.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from expectations.finding import Previous
from expectations.lookup import Lookups
from expectations.suite import Check
from sources.contract import Agency
from sources.errors import DefinitionError, DeliveryError
from sources.facts import districts
from sources.landing import DATED
from transforms.intake import Intake
from transforms.staging import literal

Counts = tuple[int, int]  # judged, failed
DISTINCT = re.compile(r"count\(distinct \(([^()]+, [^()]+)\)\)")  # of keys: hashes take half the time
COUNTED = "count({0}), count_if({0})"  # judged and held: counting those that fail by `filter` takes three times as long


@contextmanager
def present(
    con: duckdb.DuckDBPyConnection, agency: Agency, folder: Path, intake: Intake, previous: Previous | None
) -> Iterator[None]:
    """The views of one delivery and of the one before, for as long as it is judged."""
    views = _tables(agency, folder, "")
    small = {"delivery": f"select date {literal(str(as_of(folder)))} as as_of, {literal(agency.key)} as agency"}
    small["tally"] = _tally(agency, intake)
    small["district_list"] = f"select unnest([{', '.join(map(literal, sorted(districts())))}]) as district"
    small["previous_tally"] = "select '' as contract, 0 as n_staged, current_date as as_of where false"
    if previous:
        views |= _tables(agency, previous.folder, "previous_")
        counts = "), (".join(f"{literal(name)}, {n}" for name, n in previous.n_staged.items())
        day = f"date {literal(str(previous.as_of))}"
        small["previous_tally"] = f"select *, {day} as as_of from (values ({counts})) as t(contract, n_staged)"
    made = dict.fromkeys(views, "view") | dict.fromkeys(small, "table")
    for name, sql in (views | small).items():
        con.execute(f"create or replace temp {made[name]} {name} as {sql}")
    try:
        yield
    finally:
        for name, kind in made.items():
            con.execute(f"drop {kind} temp.{name}")


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


def by_row(con: duckdb.DuckDBPyConnection, checks: dict[str, Check], sources: dict[str, str]) -> dict[str, Counts]:
    """The counts of the checks by row, in one pass over the source of each contract (SQL of its staged rows)."""
    lookups = Lookups()
    asked = {name: lookups.joined(check.sql, check.spec.table) for name, check in checks.items()}
    found: dict[str, Counts] = {}
    with _without_values(checks.values()), lookups.made(con):
        for contract, source in sources.items():
            names = [name for name, check in checks.items() if check.spec.contract == contract]
            if not names:
                continue
            with _without_values([checks[name] for name in names]):
                table = checks[names[0]].spec.table
                found |= _passed_over(con, {name: asked[name] for name in names}, f"{source} as {table}")
    return found


def _passed_over(
    con: duckdb.DuckDBPyConnection, asked: dict[str, tuple[str, list[str]]], rows: str
) -> dict[str, Counts]:
    """The counts of conditions over the same rows."""
    joins = dict.fromkeys(join for _, joins in asked.values() for join in joins)
    booleans = ", ".join(f"cast(({sql}) as boolean) as c{i}" for i, (sql, _) in enumerate(asked.values()))
    counts = ", ".join(COUNTED.format(f"c{i}") for i in range(len(asked)))
    row = con.execute(f"select {counts} from (select {booleans} from {' '.join([rows, *joins])})").fetchone() or ()
    return {name: _counts(*row[2 * i : 2 * i + 2]) for i, name in enumerate(asked)}


def by_tally(con: duckdb.DuckDBPyConnection, checks: dict[str, Check]) -> dict[str, Counts]:
    """The counts of the checks by tally, in one query: each is of the tally of its contract."""
    if not checks:
        return {}
    asked = {
        name: (f"case when contract = {literal(check.spec.contract)} then {check.sql} end", list[str]())
        for name, check in checks.items()
    }
    with _without_values(checks.values()):
        return _passed_over(con, asked, "tally as now left join previous_tally as before using (contract)")


def by_unit(con: duckdb.DuckDBPyConnection, checks: dict[str, Check]) -> dict[str, Counts]:
    """The counts of the checks by unit, each a query of its own. What fails by hashes of keys is asked by keys."""
    found = {}
    for name, check in checks.items():
        with _without_values([check]):
            by_hash = DISTINCT.sub(r"count(distinct hash(\1))", check.sql)
            found[name] = _units(con, by_hash)
            if found[name][1] and by_hash != check.sql:
                found[name] = _units(con, check.sql)
    return found


def _units(con: duckdb.DuckDBPyConnection, sql: str) -> Counts:
    return _counts(*(con.execute(f"select {COUNTED.format('holds')} from ({sql})").fetchone() or (0, 0)))


def _counts(judged: int, held: int | None) -> Counts:
    return judged, judged - (held or 0)


@contextmanager
def _without_values(checks: Iterable[Check]) -> Iterator[None]:
    """DuckDB's own message may print a value, so it is not passed on."""
    try:
        yield
    except duckdb.Error as error:
        kind, place = type(error).__name__, ", ".join(check.spec.rule for check in checks)
        raise DefinitionError(f"expectations: {place}: {kind} in the SQL of a rule. Mend the rule.") from None
