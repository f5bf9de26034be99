"""A bridge: from one scope's total to another's, by statute, program category, unit and year, to the unit.

In: `bridges/*.yml`, `mart.case_facts`, `mart.defendant_facts` and `core.charge`. Out: table `bridge`, a row for each
step of each year and area. Every number is a count of the public docket: cases filed and defendants charged.
"""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import duckdb
import pandas as pd
from pydantic import BaseModel, ConfigDict

from sources import definition
from sources.errors import DefinitionError
from transforms.metric import scopes

COLUMNS = ["id", "source", "bridge", "area_kind", "area", "period", "step", "kind", "says", "n", "total"]
FISCAL = "year({day} + interval 3 month)"


class Frozen(BaseModel):
    """A definition: unknown fields are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Start(Frozen):
    """Where a bridge begins: cases filed under a scope, in a fiscal year."""

    scope: str
    says: str


class Added(Frozen):
    """Cases that a step adds; where it names sections of title 18, those that carry one and no section named before."""

    says: str
    sections: list[tuple[int, int]] = []


class ToScope(Frozen):
    """A step to another scope."""

    kind: Literal["program category", "statute"]
    scope: str
    removes: str
    adds: list[Added]
    total: str


class ToDefendants(Frozen):
    """The step from cases filed to defendants charged."""

    kind: Literal["unit"]
    further: str
    elsewhere: str
    earlier: str
    total: str


class ToCalendarYear(Frozen):
    """The step from the fiscal year to the calendar year of the same number."""

    kind: Literal["year"]
    removes: str
    adds: str
    total: str


class Bridge(Frozen):
    """A walk from one total to another."""

    name: str
    label: str
    question: str
    start: Start
    steps: list[ToScope | ToDefendants | ToCalendarYear]
    caveats: list[str]


@cache
def bridges() -> dict[str, Bridge]:
    """Every bridge by name."""
    found = {}
    for path in sorted(files("transforms").joinpath("bridges").iterdir(), key=lambda p: p.name):
        name = path.name.removesuffix(".yml")
        try:
            found[name] = Bridge(name=name, **definition.read(path))
            _scopes(found[name])
        except (ValueError, KeyError) as error:
            raise DefinitionError(f"transforms/bridges/{path.name}: {error}. Mend the definition.") from None
    return found


def _scopes(bridge: Bridge) -> list[str]:
    named = [bridge.start.scope, *(s.scope for s in bridge.steps if isinstance(s, ToScope))]
    return [scopes()[name].sql for name in named]


def walk(con: duckdb.DuckDBPyConnection, as_of: dict[str, dt.date], first_fiscal_year: int) -> pd.DataFrame:
    """Table `bridge`: every bridge, for the nation and the groups, by year as far as the calendar year is over."""
    found = [
        _numbered(frame, bridge)
        for bridge in bridges().values()
        for frame in [_counted(con, bridge, as_of, first_fiscal_year)]
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _counted(con: duckdb.DuckDBPyConnection, bridge: Bridge, as_of: dict[str, dt.date], first: int) -> pd.DataFrame:
    """n by source, area, year and step; years run to the last whose calendar year is over in the source."""
    last = ", ".join(f"('{s}', {d.year - ((d + dt.timedelta(1)).year == d.year)})" for s, d in as_of.items())
    moves = "\nunion all\n".join(
        f"select source, group_key, {year} as year, {step} as step, {sign} * count(*) as n"
        f" from {mart} where {year} is not null and ({where}) group by all"
        for step, (_, _, parts) in enumerate(_moves(bridge))
        for sign, mart, year, where in parts
    )
    kinds = [kind for kind, _, _ in _moves(bridge)]
    dated = ", ".join(str(step) for step, kind in enumerate(kinds) if kind != "year")  # that one only borrows months
    return con.execute(
        f"with until(source, last) as (values {last}), moves as ({moves}),"
        " placed as (select source, 'nation' as area_kind, 'ALL' as area, year, step, n from moves"
        " union all select source, 'group', group_key, year, step, n from moves where group_key is not null),"
        " frame as (select distinct source, area_kind, area, year, s.step from placed"
        f" inner join until using (source) cross join range({len(kinds)}) as s(step)"
        f" where year between {first} and last and placed.step in ({dated}))"
        " select frame.*, coalesce(sum(placed.n), 0)::bigint as n from frame"
        " left join placed using (source, area_kind, area, year, step) group by all order by all"
    ).df()


def _moves(bridge: Bridge) -> Iterator[tuple[str, str, list[tuple[int, str, str, str]]]]:
    """(kind, what it says, [(sign, mart, year, where)]) of every step."""
    cases, people = "mart.case_facts", "mart.defendant_facts"
    filed, charged = FISCAL.format(day="filed_on"), FISCAL.format(day="charged_on")
    case_year = FISCAL.format(day="case_filed_on")
    here = scopes()[bridge.start.scope].sql
    yield "start", bridge.start.says, [(1, cases, filed, here)]
    for step in bridge.steps:
        if isinstance(step, ToScope):
            there = scopes()[step.scope].sql
            yield step.kind, step.removes, [(-1, cases, filed, f"({here}) and not ({there})")]
            seen: list[str] = []
            for added in step.adds:
                mine = _carries(added.sections)
                where = " and ".join([f"({there}) and not ({here})", mine, *(f"not ({before})" for before in seen)])
                yield step.kind, added.says, [(1, cases, filed, where)]
                seen.append(mine)
            here = there
        elif isinstance(step, ToDefendants):
            further = [(1, people, case_year, here), (-1, cases, filed, here)]
            yield step.kind, step.further, further
            apart = f"({here}) and {charged} is distinct from {case_year}"
            yield step.kind, step.elsewhere, [(-1, people, case_year, apart)]
            yield step.kind, step.earlier, [(1, people, charged, apart)]
        else:
            late = f"({here}) and month(charged_on) >= 10"
            yield step.kind, step.removes, [(-1, people, charged, late)]
            yield step.kind, step.adds, [(1, people, f"({charged} - 1)", late)]


def stops(bridge: Bridge) -> dict[int, tuple[str, str, str]]:
    """(metric, scope, period of a year) of the published count that the total after a step is, by step."""
    step, scope, metric = 0, bridge.start.scope, "cases_filed"
    found = {0: (metric, scope, "FY{year}")}
    for to in bridge.steps:
        if isinstance(to, ToScope):
            step, scope, period = step + 1 + len(to.adds), to.scope, "FY{year}"
        elif isinstance(to, ToDefendants):
            step, metric, period = step + 3, "defendants_charged", "FY{year}"
        else:
            step, period = step + 2, "12M{year}-12"
        found[step] = (metric, scope, period)
    return found


def step_sql(bridge: Bridge, step: int, source: str, area: str, year: int) -> str:
    """The SELECT that gives what one step adds, or leaves out."""
    place = "true" if area == "ALL" else f"group_key = '{area}'"
    _, _, parts = list(_moves(bridge))[step]
    moves = "\nunion all\n".join(
        f"select {sign} * count(*) as n from {mart}\nwhere source = '{source}' and {place} and {of} = {year}\n"
        f"    and ({where})"
        for sign, mart, of, where in parts
    )
    return f"select sum(n)::bigint as n from (\n{moves})"


def _carries(sections: list[tuple[int, int]]) -> str:
    """A condition on a case: it carries a charge of title 18 within one of the spans."""
    if not sections:
        return "true"
    spans = " or ".join(f"section between {first} and {last}" for first, last in sections)
    return f"case_key in (select matter_key from core.charge where title = 18 and ({spans}))"


def _numbered(found: pd.DataFrame, bridge: Bridge) -> pd.DataFrame:
    told = list(_moves(bridge))
    rows = found.assign(
        bridge=bridge.name, period="FY" + found["year"].astype(str), kind=[told[s][0] for s in found["step"]],
        says=[told[s][1] for s in found["step"]],
    )  # fmt: skip
    rows["total"] = rows.groupby(["source", "area", "year"])["n"].cumsum()
    place = rows["source"] + "/bridge/" + bridge.name + "/" + rows["area"] + "/" + rows["period"]
    return rows.assign(id=place + "/" + rows["step"].astype(str))[COLUMNS]
