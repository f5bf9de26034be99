"""Checks of the whole: between agencies, over the warehouse, and within an edition, over its published tables.

In: a connection with the `staging` views, or the tables of an edition as frames. Out: findings. Their rules are
queries in `rules/cross_agency.yml` and `rules/edition.yml`; one that reads a table which is not there is left out.
"""

import re

import duckdb
import pandas as pd

from expectations.evidence import by_unit
from expectations.finding import CheckSpec, Finding, Level
from expectations.rule import rules
from expectations.run import findings_of
from expectations.suite import Check


def judge_world(con: duckdb.DuckDBPyConnection) -> list[Finding]:
    """The findings between agencies, over the deliveries in use."""
    names = "select table_name from information_schema.tables where table_schema = 'staging'"
    there = {f"staging.{name}" for (name,) in con.execute(names).fetchall()}
    return _judged(con, "cross-agency", there)


def judge_edition(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """The findings within an edition, before it is published."""
    read = set().union(*(_reads(check.sql) for check in _checks("edition").values()))
    with duckdb.connect() as con:
        for name in read & set(tables):
            con.register(name, tables[name])
        return _judged(con, "edition", set(tables))


def whole_specs(level: Level) -> list[CheckSpec]:
    """Every check of the level, cross-agency or edition, known before any data is read."""
    return [check.spec for check in _checks(level).values()]


def _checks(level: Level) -> dict[str, Check]:
    found = [rule for rule in rules().values() if rule.level == level]
    return {
        r.id: Check(CheckSpec(r.id, r.says, "", r.table, level, r.severity), "unit", str(r.select), r.at_most)
        for r in found
    }


def _judged(con: duckdb.DuckDBPyConnection, level: Level, there: set[str]) -> list[Finding]:
    checks = {name: check for name, check in _checks(level).items() if _reads(check.sql) <= there}
    return findings_of(checks, by_unit(con, checks))


def _reads(sql: str) -> set[str]:
    """The tables after from and join, common table expressions and subqueries aside."""
    named = set(re.findall(r"\b(?:from|join)\s+([a-z_.]+)", sql))
    return named - set(re.findall(r"\b(\w+) as \(select", sql))
