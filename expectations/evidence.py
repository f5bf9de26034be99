"""What the judge looks at: how often each check was made of a delivery's rows, and how often it failed.

In: a delivery's folder. Out: temporary views named after the canonical tables (and `previous_<table>`, `tally`,
`previous_tally`, `delivery`), and counts: DuckDB does the set work, over any number of rows, and no value leaves it.
A check is true where it holds, false where it does not, null where nothing is judged.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from expectations.finding import Previous
from expectations.suite import Check
from sources.contract import Agency
from sources.errors import DefinitionError, DeliveryError
from sources.facts import districts
from sources.landing import DATED
from transforms.intake import Intake
from transforms.staging import literal

Counts = tuple[int, int]  # judged, failed
COUNTED = "count({0}), count_if({0})"  # judged and held: counting those that fail by `filter` takes three times as long
KEYED = re.compile(r"\(((?:\w+, )+\w+)\) (not )?in \(select \(((?:[\w.]+, )+(?:[\w.]+|\w+\([^()]*\)))\) from")


@contextmanager
def present(
    con: duckdb.DuckDBPyConnection, agency: Agency, folder: Path, intake: Intake, previous: Previous | None
) -> Iterator[None]:
    """The views of one delivery and of the one before, for as long as it is judged."""
    views = _tables(agency, folder, "")
    small = {"delivery": f"select date {literal(str(as_of(folder)))} as as_of, {literal(agency.key)} as agency"}
    small["tally"] = _tally(agency, intake)
    small["district_list"] = f"select unnest([{', '.join(map(literal, sorted(districts())))}]) as district"
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


def by_row(con: duckdb.DuckDBPyConnection, checks: dict[str, Check], table: str, source: str) -> dict[str, Counts]:
    """The counts of the checks by row of one table, in one pass over a source."""
    names = {name: f"c{i}" for i, name in enumerate(checks)}
    booleans = ", ".join(f"cast(({by_hash(check.sql)}) as boolean) as {names[name]}" for name, check in checks.items())
    counts = ", ".join(map(COUNTED.format, names.values()))
    with _without_values(", ".join(check.spec.rule for check in checks.values())):
        row = con.execute(f"select {counts} from (select {booleans} from {source} as {table})").fetchone() or ()
    return {name: _counts(*row[2 * i : 2 * i + 2]) for i, name in enumerate(names)}


def by_hash(sql: str) -> str:
    """A rule that looks keys of several columns up in a table compares their 64-bit hashes: it takes half the time.

    With a million keys on either side, a missing one would be taken for another in one of 18 million deliveries.
    """
    return KEYED.sub(lambda m: f"hash({m[1]}) {m[2] or ''}in (select hash({m[3]}) from", sql)


def by_unit(con: duckdb.DuckDBPyConnection, checks: dict[str, Check]) -> dict[str, Counts]:
    """The counts of the checks by unit, each a query of its own."""
    found = {}
    for name, check in checks.items():
        with _without_values(check.spec.rule):
            row = con.execute(f"select {COUNTED.format('holds')} from ({check.sql})").fetchone() or (0, 0)
        found[name] = _counts(*row)
    return found


def _counts(judged: int, held: int | None) -> Counts:
    return judged, judged - (held or 0)


@contextmanager
def _without_values(place: str) -> Iterator[None]:
    """DuckDB's own message may print a value, so it is not passed on."""
    try:
        yield
    except duckdb.Error as error:
        kind = type(error).__name__
        raise DefinitionError(f"expectations: {place}: {kind} in the SQL of a rule. Mend the rule.") from None
