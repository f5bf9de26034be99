"""Each rule is fired by a change of a clean world that fires no other check; the clean world fires none."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from expectations.evidence import Counts, by_row, by_tally, by_unit
from expectations.rule import rules
from expectations.suite import Check, suites
from sources.contract import agencies
from sources.facts import districts
from sources.schema import tables
from transforms.staging import literal, quoted

HERE = Path(__file__).parent
AS_OF = dt.date(2024, 5, 31)
AGENCIES = ("eousa", "hsi", "htd")
MUTATIONS: dict[str, str | list[str]] = yaml.safe_load((HERE / "mutations.yml").read_text(encoding="utf-8"))
CHECKS = {key: [c for c in suites(agencies()[key]) if c.form != "counted"] for key in AGENCIES}
JUDGED = {rule.id: rule for rule in rules().values() if rule.level == "delivery"}


@pytest.fixture(scope="module")
def world() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect(config={"threads": 1})
    for table in tables().values():
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in table.staged.items())
        con.execute(f"create table {table.name} (file varchar, line bigint, redacted varchar, {columns})")
    con.execute(
        f"create table district_list as select unnest([{', '.join(map(literal, sorted(districts())))}]) district"
    )
    con.execute(f"create table delivery as select date '{AS_OF}' as as_of, 'test' as agency")
    con.execute((HERE / "clean_world.sql").read_text(encoding="utf-8"))
    contracts = {c.name: c.feeds for key in AGENCIES for c in agencies()[key].contracts}
    counts = ", ".join(f"({literal(c)}, {literal(t)}, 1000, 1000, 0, 0)" for c, t in contracts.items())
    names = "contract, feeds, n_read, n_staged, n_quarantined, n_skipped"
    con.execute(f"create table tally as select * from (values {counts}) as t({names})")
    con.execute("create view previous_tally as select *, date '2024-04-30' as as_of from tally")
    for name in tables():
        con.execute(f"create view previous_{name} as select * from {name}")
    yield con
    con.close()


def fired(con: duckdb.DuckDBPyConnection, checks: list[Check]) -> set[str]:
    rows = {c.spec.rule: c for c in checks if c.form == "row"}
    found = failed(by_row(con, rows, {c.spec.contract: c.spec.table for c in rows.values()}))
    found |= failed(by_tally(con, {c.spec.rule: c for c in checks if c.form == "tally"}))
    return found | failed(by_unit(con, {c.spec.rule: c for c in checks if c.form == "unit"}))


def failed(counts: dict[str, Counts]) -> set[str]:
    return {name for name, (_, n_failed) in counts.items() if n_failed}


def seen_by(check: Check) -> set[str]:
    """The tables that a check looks at; no other table can change what it finds."""
    return {name for name in tables() if name == check.spec.table or re.search(rf"\b{name}\b", check.sql)}


def changed(statements: list[str]) -> set[str]:
    if any(s.startswith(("clone ", "everywhere ")) for s in statements):
        return set(tables())
    return {re.split(r"update |insert into |delete from ", s)[1].split()[0] for s in statements}


def mutate(con: duckdb.DuckDBPyConnection, statement: str) -> None:
    if statement.startswith("clone "):
        _, matter, n, *later = statement.split()
        for table in tables().values():
            if "matter_ref" not in table.columns:
                continue
            dates = [f"{d} + cast(r as integer) as {d}" for d, kind in table.staged.items() if kind == "date" and later]
            parts = ", ".join(["printf('C%05d', r) as matter_ref", *dates])
            con.execute(
                f"insert into {table.name} select x.* replace ({parts})"
                f" from {table.name} as x, range({n}) as r(r) where matter_ref = '{matter}'"
            )
    elif statement.startswith("everywhere "):
        for table in tables().values():
            if "matter_ref" in table.columns:
                con.execute(statement.removeprefix("everywhere ").format(table=table.name))
    else:
        con.execute(statement)


@pytest.mark.parametrize("agency", AGENCIES)
def test_a_clean_world_fires_nothing(world, agency):
    assert fired(world, CHECKS[agency]) == set()


def test_every_rule_has_a_mutation():
    assert set(JUDGED) - set(MUTATIONS) == set()
    assert set(MUTATIONS) - set(JUDGED) == set()


@pytest.mark.parametrize("rule", MUTATIONS)
def test_a_mutation_fires_its_rule_and_no_other(world, rule):
    agency = next(key for key in AGENCIES if any(c.spec.rule == rule for c in CHECKS[key]))
    statements = [MUTATIONS[rule]] if isinstance(MUTATIONS[rule], str) else MUTATIONS[rule]
    world.execute("begin")
    try:
        for statement in statements:
            mutate(world, statement)
        assert fired(world, [c for c in CHECKS[agency] if changed(statements) & seen_by(c)]) == {rule}
    finally:
        world.execute("rollback")
