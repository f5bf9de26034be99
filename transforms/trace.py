"""From a number back to its rows: the steps of the count, and the records behind it.

In: an address (source, metric, scope, part, area, period), over the marts. Out: counts at each step, the SELECT that
gives the number, and keys with file and line, for use inside the enclave only.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from transforms import period
from transforms import row as rows_of
from transforms.cube import AREAS
from transforms.linkage import trace as linked
from transforms.metric import Metric, Scope, Split, metrics, scopes, splits
from transforms.model import upstream

KEYS = {
    "mart.case_facts": "case_key",
    "mart.defendant_facts": "defendant_key",
    "mart.matter_facts": "matter_key",
    "mart.agency_pair": "concat(case_key, '/', pair)",
}

ESTIMATED = {
    "incidence": "-- the value is the Aalen-Johansen estimate over these rows (transforms/cohort.py)",
    "survival": "-- ended and all; the median is the Kaplan-Meier estimate over these rows (transforms/cohort.py)",
}


@dataclass(frozen=True)
class Address:
    """The parts of a number's ID: source/metric/scope[:split=part]/area/period, with @edition where it is quoted."""

    source: str
    metric: Metric
    scope: Scope
    area: str
    period: period.Period
    split: Split | None = None
    part: str | None = None
    edition: str | None = None

    @property
    def area_kind(self) -> str:
        """nation, group or district."""
        return "nation" if self.area == "ALL" else "district" if self.area.isupper() else "group"

    @property
    def id(self) -> str:
        """The ID without the edition."""
        part = f":{self.split.name}={self.part}" if self.split else ""
        name = self.period.name.replace(" ", "")
        return f"{self.source}/{self.metric.name}/{self.scope.name}{part}/{self.area}/{name}"

    @property
    def table(self) -> str:
        """The published table that holds it."""
        return "splits" if self.split else "cells"


def parse(text: str) -> Address | linked.Address | rows_of.Address:
    """Read an ID such as `eousa/defendants_charged/acteam/phase_1/FY2013@2026-09-30-1a2b3c4d`.

    Or one of linkage, of a row of a table that is made of numbers, or of a table.
    """
    number, _, edition = text.strip().partition("@")
    if "<" in number:
        raise ValueError(f"{number}: put a name for each word in < >; downloads/cells.csv.zip has every ID")
    if found := rows_of.address(number, edition or None):
        return found
    pieces = number.split("/")
    if len(pieces) != 5:
        raise ValueError("an ID has five parts: source/metric/scope/area/period, as under every figure of the report")
    source, metric, scope, area, name = pieces
    if source == linked.SOURCE:
        return linked.address(metric, scope, area, name, edition or None)
    scope, is_cut, cut = scope.partition(":")
    split, _, part = cut.partition("=")
    if is_cut and not (split and part):
        raise ValueError("a part of a number is written scope:split=part")
    if metric not in metrics():
        raise ValueError(f"no metric {metric}; there are {', '.join(metrics())}")
    if scope not in scopes():
        raise ValueError(f"no scope {scope}; there are {', '.join(scopes())}")
    if split and split not in metrics()[metric].splits:
        raise ValueError(
            f"{metric} is not split by {split}; it is by {', '.join(metrics()[metric].splits) or 'nothing'}"
        )
    of = period.parse(name)
    return Address(
        source, metrics()[metric], scopes()[scope], area, of, splits().get(split), part or None, edition or None
    )


def conditions(at: Address) -> list[tuple[str, str]]:
    """What each step keeps, in words and as SQL over the metric's mart."""
    metric = at.metric
    found = [
        (f"of source {at.source}", f"source = {_text(at.source)}"),
        (f"with a date in {metric.dated_by}", f"{metric.dated_by} is not null"),
        (f"in scope {at.scope.name}", f"({at.scope.sql})"),
    ]
    if at.split and at.split.cuts == "rows":
        found.append((f"in part {at.part}", _in_part(at)))
    found += [(f"in {at.area}", f"{AREAS[at.area_kind]} = {_text(at.area)}"), (f"in {at.period.name}", _in_period(at))]
    if metric.denominator and metric.denominator.sql != "true":
        found.append((metric.denominator.says, f"({metric.denominator.sql})"))
    if at.split and at.split.cuts == "numerator":
        found.append((f"in part {at.part}", _in_part(at)))
    return [*found, (metric.numerator.says, f"({metric.numerator.sql})")]


def _in_part(at: Address) -> str:
    assert at.split is not None
    if at.split.column:
        return f"{at.split.column} = {_text(at.part or '')}"
    return f"({at.split.parts[at.part or ''].sql})"


def _in_period(at: Address) -> str:
    first, last, dated_by, ends_by = at.period.starts_on, at.period.ends_on, at.metric.dated_by, at.metric.ends_by
    if ends_by is None:
        return f"{dated_by} between date '{first}' and date '{last}'"
    return f"{dated_by} <= date '{last}' and ({ends_by} is null or greatest({ends_by}, {dated_by}) > date '{last}')"


def number_sql(at: Address) -> str:
    """The SELECT that gives numerator and denominator of one number; of a median the middle and how many values.

    Of an estimate it gives the counts that it rests on.
    """
    metric, steps = at.metric, conditions(at)
    is_rate = metric.denominator is not None
    after = [sql for _, sql in steps[-2:]] if at.split and at.split.cuts == "numerator" else [steps[-1][1]]
    where = [sql for _, sql in steps[: -len(after)]]
    inside = " and ".join(after)
    if metric.value and metric.method == "survival":
        columns = f"count({metric.value.sql}) as numerator, count(*) as denominator"
        where += after
    elif metric.value:
        value = metric.value.sql.replace("ends_on", f"date '{at.period.ends_on}'")
        columns = f"median({value}) as numerator, count({value}) as denominator"
        where += after
    elif metric.numerator.sum:
        columns = (
            f"coalesce(sum({metric.numerator.sum}) filter (where {inside}), 0) as numerator, count(*) as denominator"
        )
    else:
        columns = f"count(*) filter (where {inside}) as numerator"
        columns += ", count(*) as denominator" if is_rate else ", cast(null as bigint) as denominator"
    found = f"select {columns}\nfrom {metric.from_}\nwhere " + "\n    and ".join(where)
    return f"{found}\n{ESTIMATED[metric.method]}" if metric.method in ESTIMATED else found


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


def definition(at: Address) -> dict[str, Any]:
    """What the metric means."""
    return at.metric.model_dump(mode="json") | {"formula": at.metric.formula}


def scope(at: Address) -> dict[str, Any]:
    """Whose matters count."""
    return at.scope.model_dump(mode="json")


def lineage(at: Address) -> list[str]:
    """Every table between staging and the metric's mart, staging first."""
    return upstream([at.metric.from_])


def _count(con: duckdb.DuckDBPyConnection, at: Address, where: str) -> int:
    row = con.execute(f"select count(*) from {at.metric.from_} where {where}").fetchone()
    return int(row[0]) if row else 0


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
