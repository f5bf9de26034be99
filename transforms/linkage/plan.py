"""The plan of a linkage: passes in their order, pairs that are looked at, what is compared; facts, in `case.yml`.

In: YAML. Out: a `Plan`.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

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
    """How records are linked to those of the hub."""

    label: str
    records: str
    hub: str
    expected: float
    unlearnt: dict[str, float]
    thresholds: dict[str, float]
    passes: list[Pass]
    blocking: list[Join]
    training: list[list[str]]
    compare: list[Comparison]


@cache
def plan(name: str = "case") -> Plan:
    """The plan of a level."""
    found = yaml.safe_load(files("transforms.linkage").joinpath(f"{name}.yml").read_text(encoding="utf-8"))
    try:
        return Plan(**found)
    except ValueError as error:
        raise DefinitionError(f"transforms/linkage/{name}.yml: {error}. Mend the definition.") from None


def of_pair(sql: str) -> str:
    """A condition on l.column and r.column over a row that holds both, as column_l and column_r."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", sql)
