"""From a number back to its rows: the steps of the count, and the records behind it.

In: a metric, a scope and an address (source, area, period), over the marts. Out: counts at each step, and keys
with file and line, for use inside the enclave only.
"""

from dataclasses import dataclass

import duckdb

from transforms.counting import AREAS, PERIODS
from transforms.metric import Metric, Scope, metrics, scopes
from transforms.model import models

KEYS = {"mart.case_facts": "case_key", "mart.defendant_facts": "defendant_key", "mart.matter_facts": "matter_key"}


@dataclass(frozen=True)
class Address:
    """The parts of a number's ID: source/metric/scope/area/period, with @edition where it is quoted."""

    source: str
    metric: Metric
    scope: Scope
    area: str
    period: str
    edition: str | None = None

    @property
    def area_kind(self) -> str:
        """nation, group or district."""
        return "nation" if self.area == "ALL" else "district" if self.area.isupper() else "group"

    @property
    def id(self) -> str:
        """The ID without the edition."""
        return f"{self.source}/{self.metric.name}/{self.scope.name}/{self.area}/{self.period.replace(' ', '')}"


def parse(text: str) -> Address:
    """Read an ID such as `eousa/defendants_charged/acteam/phase_1/FY2013@2026-09-30-1a2b3c4d`."""
    number, _, edition = text.strip().partition("@")
    parts = number.split("/")
    if len(parts) != 5:
        raise ValueError("an ID has five parts: source/metric/scope/area/period, as under every figure of the report")
    source, metric, scope, area, period = parts
    if metric not in metrics():
        raise ValueError(f"no metric {metric}; there are {', '.join(metrics())}")
    if scope not in scopes():
        raise ValueError(f"no scope {scope}; there are {', '.join(scopes())}")
    spaced = f"{period[:6]} {period[6:]}" if len(period) > 6 else period
    return Address(source, metrics()[metric], scopes()[scope], area, spaced, edition or None)


def conditions(at: Address) -> list[tuple[str, str]]:
    """What each step keeps, in words and as SQL over the metric's mart."""
    kind = "quarter" if " " in at.period else "fy"
    period = PERIODS[kind].replace("day", at.metric.dated_by)
    return [
        (f"of source {at.source}", f"source = '{_safe(at.source)}'"),
        (f"with a date in {at.metric.dated_by}", f"{at.metric.dated_by} is not null"),
        (f"in scope {at.scope.name}", f"({at.scope.sql})"),
        (f"in {at.area}", f"{AREAS[at.area_kind]} = '{_safe(at.area)}'"),
        (f"in {at.period}", f"{period} = '{_safe(at.period)}'"),
        (f"{at.metric.numerator.says}", f"({at.metric.numerator.sql})"),
    ]


def steps(con: duckdb.DuckDBPyConnection, at: Address) -> list[tuple[str, int]]:
    """Rows that are left after each step, from the mart to the numerator."""
    found, kept = [(f"rows of {at.metric.from_}", _count(con, at, "true"))], []
    for says, sql in conditions(at):
        kept.append(sql)
        found.append((says, _count(con, at, " and ".join(kept))))
    return found


def rows(con: duckdb.DuckDBPyConnection, at: Address) -> list[tuple[str, str, str, int]]:
    """(key, delivery, file, line) of every record behind the numerator, in the order of files and lines."""
    where = " and ".join(sql for _, sql in conditions(at))
    return con.execute(
        f"select {KEYS[at.metric.from_]}, delivery, file, line from {at.metric.from_} where {where} order by 2, 3, 4, 1"
    ).fetchall()


def lineage(at: Address) -> list[str]:
    """Every table between staging and the metric's mart, staging first."""
    parents = {model.key: model.parents for model in models()}
    todo, seen = [at.metric.from_], []
    while todo:
        table = todo.pop()
        if table not in seen:
            seen.append(table)
            todo += parents.get(table, ())
    rank = {"staging": 0, "core": 1, "mart": 2}
    return sorted(seen, key=lambda table: (rank[table.split(".")[0]], table))


def _count(con: duckdb.DuckDBPyConnection, at: Address, where: str) -> int:
    row = con.execute(f"select count(*) from {at.metric.from_} where {where}").fetchone()
    return int(row[0]) if row else 0


def _safe(text: str) -> str:
    return text.replace("'", "''")
