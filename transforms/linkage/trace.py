"""From a number that hangs on links back to its records and to the links that they were counted by.

In: an address `linkage/<measure>/<threshold>/ALL/<years>`, over the marts and `linkage.link`. Out: what `trace` gives
of other numbers, for use inside the enclave only.
"""

import re
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from transforms.linkage.plan import plan, thresholds
from transforms.linkage.published import from_year, measures, numbers_sql, rows_sql
from transforms.model import parents_of, upstream

SOURCE, NATION = "linkage", "ALL"
YEARS = re.compile(r"FY(\d{4})-\d{4}")
TOLD = {"share": "null", "days": "concat(days, ' days')"}
# The records that are counted, each with the records at the other end of the links that say so.
ROWS = """
with counted as (
    select record_key, links, {told} as told from (
{rows}) where {where} and is_counted
),
member as (
    select record_key as unit, record_key, told from counted
    union
    select unit, case when key_l = unit then key_r else key_l end, null
    from (select record_key as unit, unnest(links) as key_l from counted)
    inner join linkage.link using (key_l)
)
select member.record_key, record.delivery, record.file, record.line, member.unit, link.pass, link.probability,
    coalesce(link.evidence, told)
from member
inner join {records} as record using (record_key)
left join linkage.link as link on member.record_key <> unit
    and ((key_l = member.record_key and key_r = unit) or (key_l = unit and key_r = member.record_key))
order by unit, link.probability desc nulls first, member.record_key
"""


@dataclass(frozen=True)
class Address:
    """The parts of a number's ID: linkage/measure/threshold/ALL/years, with @edition where it is quoted."""

    measure: str
    threshold: str
    years: str
    edition: str | None = None
    table = "linked"

    @property
    def id(self) -> str:
        """The ID without the edition."""
        return f"{SOURCE}/{self.measure}/{self.threshold}/{NATION}/{self.years}"


def address(measure: str, threshold: str, area: str, years: str, edition: str | None) -> Address:
    """The address of these parts; a ValueError says which of them is not one, and what there is."""
    if measure not in measures():
        raise ValueError(f"no measure {measure} hangs on links; there are {', '.join(measures())}")
    if threshold not in thresholds():
        raise ValueError(f"no threshold {threshold}; there are {', '.join(thresholds())}")
    if area != NATION:
        raise ValueError(f"what hangs on links is published for {NATION} alone, the nation")
    if not YEARS.fullmatch(years):
        raise ValueError(f"no years {years}: write them as in downloads/linked.csv, FY2010-2012")
    return Address(measure, threshold, years, edition)


def definition(at: Address) -> dict[str, Any]:
    """What the measure means, in the words that a metric has too."""
    fact = measures()[at.measure]
    is_share = fact["kind"] == "share"
    formula = f"{fact['says']} / {fact['of']}" if is_share else f"median of {fact['says']}, over {fact['of']}"
    return fact | {"formula": formula, "excludes": []}


def scope(at: Address) -> dict[str, Any]:
    """Which links count."""
    return {"label": at.threshold, "says": f"links with a probability of {thresholds()[at.threshold]:g} or more"}


def sources(links: pd.DataFrame) -> set[str]:
    """The agencies whose records go into it: the hub and those of the edition's table `links`."""
    return {plan().hub, *links.loc[links["level"] == plan().level, "source"]}


def lineage(at: Address) -> list[str]:
    """Every table between staging and the links, staging first."""
    return upstream([*plan().marts, *parents_of(rows_sql(at.measure), f"measures/{at.measure}.sql")])


def number_sql(at: Address) -> str:
    """The SELECT that gives numerator, denominator and value of one number."""
    return numbers_sql(at.measure, f"{_at_threshold(at)} and {_in_years(at)}")


def steps(con: duckdb.DuckDBPyConnection, at: Address) -> list[tuple[str, int]]:
    """Records that are left after each step."""
    fact, kept, found = measures()[at.measure], "true", []
    for says, sql in (
        (fact["of"], _at_threshold(at)),
        (f"in {at.years}", _in_years(at)),
        (fact["says"], "is_counted"),
    ):
        kept += f" and {sql}"
        row = con.execute(f"select count(*) from ({rows_sql(at.measure)}) where {kept}").fetchone()
        found.append((says, int(row[0]) if row else 0))
    return found


def rows(con: duckdb.DuckDBPyConnection, at: Address) -> list[tuple[Any, ...]]:
    """(key, delivery, file, line, counted key, pass, probability, evidence) of every record behind the numerator.

    A record that is counted stands first, with its days where they are asked for; then those linked to it, and why.
    """
    where = f"{_at_threshold(at)} and {_in_years(at)}"
    told = TOLD[measures()[at.measure]["kind"]]
    return con.execute(
        ROWS.format(records=plan().relation, rows=rows_sql(at.measure), where=where, told=told)
    ).fetchall()


def _at_threshold(at: Address) -> str:
    return f"threshold = '{at.threshold}'"


def _in_years(at: Address) -> str:
    return f"{from_year(at.measure)} = {at.years[2:6]}"
