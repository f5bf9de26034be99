"""The plan of a linkage: passes in their order, pairs that are looked at, what is compared; facts, a file a level.

In: YAML. Out: a `Plan`.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from sources import definition
from sources.errors import DefinitionError
from transforms.metric import Frozen


class Join(Frozen):
    """Pairs of a record (l) and a record of the hub (r): columns that are equal, and a condition."""

    says: str
    equal: list[str]
    sql: str = "true"

    @property
    def on(self) -> str:
        """The condition of a join."""
        return " and ".join([*(f"l.{c} = r.{c}" for c in self.equal), f"({self.sql})"])


class Pass(Join):
    """One pass: by a key that agencies share, or by a rule that only a lone pair can pass."""

    key: str
    kind: Literal["key", "rule"]


class Level(Frozen):
    """One degree of agreement; rare values weigh more where `frequency` names their column."""

    says: str
    sql: str
    frequency: str | None = None


class Comparison(Frozen):
    """What is compared, from full agreement down; none of the levels is disagreement, a missing value says nothing."""

    name: str
    columns: list[str]
    levels: list[Level]


class Plan(Frozen):
    """How records are linked to those of the hub.

    `one` says what a record is of; `hub_records` is the mart that holds those of the hub, and `records` are the marts
    that hold those of agencies, each with a model of its own. Where `within` names an earlier level, each record gets a
    column `matter`: that to which its case is linked there. `told` are the columns that a person sees who decides on a
    pair.
    """

    level: str
    one: str
    hub: str
    hub_records: str
    records: list[str]
    within: str | None = None
    told: list[str]
    expected: float
    unlearnt: dict[str, float]
    thresholds: dict[str, float]
    passes: list[Pass]
    blocking: list[Join]
    training: list[list[str]]
    compare: list[Comparison]

    @property
    def marts(self) -> list[str]:
        """Every mart that holds records, the hub's first."""
        return list(dict.fromkeys([self.hub_records, *self.records]))

    @property
    def relation(self) -> str:
        """All records, as SQL that stands where a table does."""
        return together(self.marts)

    @property
    def compared(self) -> list[str]:
        """The columns that are compared, in the order of the comparisons."""
        return [column for compared in self.compare for column in compared.columns]


@cache
def plan(level: str = "case") -> Plan:
    """The plan of a level."""
    shared = {name: fact for name, fact in facts("levels").items() if name != "levels"}
    try:
        return Plan(level=level, **shared, **facts(level))
    except ValueError as error:
        raise DefinitionError(f"transforms/linkage/{level}.yml: {error}. Mend the definition.") from None


def plans() -> list[Plan]:
    """The plan of every level, in the order in which they are linked."""
    return [plan(level) for level in facts("levels")["levels"]]


def thresholds() -> dict[str, float]:
    """How sure a link must be, by name: the same at every level."""
    found: dict[str, float] = facts("levels")["thresholds"]
    return found


@cache
def facts(name: str) -> dict[str, Any]:
    """The facts of a file of this folder."""
    found: dict[str, Any] = definition.read(files("transforms.linkage").joinpath(f"{name}.yml"))
    return found


def together(tables: Iterable[str]) -> str:
    """The rows of several tables of the same columns, as SQL that stands where a table does."""
    return f"({' union all by name '.join(f'select * from {table}' for table in tables)})"


def of_pair(sql: str) -> str:
    """A condition on l.column and r.column over a row that holds both, as column_l and column_r."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", sql)
