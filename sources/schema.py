"""A canonical table: columns, types, codes, key and privacy tier, defined once in `tables/<name>.yml`.

In: YAML. Out: `Table` values, from which casts, suites, quarantine rules and reference pages are derived.
"""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources import definition
from sources.errors import DefinitionError, in_words

Type = Literal["text", "code", "date", "integer", "number", "boolean", "statute", "district", "list"]
OURS = {  # what every staged table says of a row beside its own columns
    "agency": "varchar", "delivery": "varchar", "file": "varchar", "line": "bigint", "redacted": "varchar",
    "learned_on": "date",
}  # fmt: skip
YES, NO = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
SQL_TYPE = {"date": "date", "integer": "bigint", "number": "double", "boolean": "boolean"}


class Frozen(BaseModel):
    """A definition: unknown fields are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """One canonical column. `codes` names the code list, `on_unknown` what an unlisted code does."""

    says: str
    type: Type = "text"
    required: bool = False
    codes: str | None = None
    on_unknown: Literal["quarantine", "stop"] = "quarantine"
    earliest: str | None = None  # a date before it is quarantined, as is one over a year after the delivery
    at_least: float | None = None
    tier: Literal["public_docket", "restricted", "identifier"] = "public_docket"


class Table(Frozen):
    """A canonical table of the staging layer; `grain` says what one row is.

    `snapshot` names the column that says which snapshot a row belongs to, where an agency sends snapshots.
    """

    name: str
    grain: str
    key: list[str] = Field(min_length=1)
    event_date: str | None = None
    snapshot: str | None = None
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _names(self) -> "Table":
        named = [*self.key, *(n for n in (self.event_date, self.snapshot) if n)]
        if missing := [n for n in named if n not in self.columns]:
            raise ValueError(f"key, event_date or snapshot names no column: {', '.join(missing)}")
        if taken := sorted(set(self.columns) & set(OURS)):
            raise ValueError(f"{', '.join(taken)}: every staged table has such a column already; choose another name")
        for name, column in self.columns.items():
            if (column.type == "code") != (column.codes is not None):
                raise ValueError(f"{name}: a code column names its code list, nothing else does")
            if column.codes is not None and column.codes not in code_lists():
                raise ValueError(f"{name}: no code list {column.codes} in sources/codes/")
        return self

    @property
    def staged(self) -> dict[str, str]:
        """Name and SQL type of every staged column; a statute brings its title, section and subsection along."""
        found = {}
        for name, column in self.columns.items():
            found[name] = SQL_TYPE.get(column.type, "varchar")
            if column.type == "statute":
                found |= {f"{name}_title": "integer", f"{name}_section": "integer", f"{name}_subsection": "varchar"}
        return found


@cache
def code_lists() -> dict[str, dict[str, str]]:
    """Every canonical code list: code and what it means."""
    found = {}
    for path in files("sources").joinpath("codes").iterdir():
        if path.name.endswith(".yml"):
            found[path.name.removesuffix(".yml")] = definition.read(path)["codes"]
    return found


@cache
def tables() -> dict[str, Table]:
    """Every canonical table by name."""
    found = {}
    for path in sorted(files("sources").joinpath("tables").iterdir(), key=lambda p: p.name):
        name = path.name.removesuffix(".yml")
        try:
            found[name] = Table(name=name, **definition.read(path))
        except ValueError as error:
            raise DefinitionError(f"sources/tables/{path.name}: {in_words(error)}. Mend the definition.") from None
    return found
