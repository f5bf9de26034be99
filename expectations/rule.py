"""A rule: a truth between columns or tables, with a stable ID, in `rules/<table>.yml`.

In: YAML. Out: `Rule` values. `sql` is a boolean for each row of the table (only where `when` is true), `select` a query
with one boolean column `holds` for each unit that it names. Null means that a row or unit is not judged.
An ID is retired, never given to another rule.
"""

import re
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

from expectations.finding import Level, Severity
from sources import definition
from sources.errors import DefinitionError, in_words
from sources.schema import tables

READS = re.compile(r"\b(?:from|join)\s+(?:staging\.)?(\w+)")


class Rule(BaseModel):
    """One truth. `at_most` is the share of the judged rows that may break it before the rule fails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    table: str
    says: str
    why: str
    severity: Severity
    level: Level = "delivery"
    since: str
    when: str | None = None
    sql: str | None = None
    select: str | None = None
    at_most: float = 0.0

    @model_validator(mode="after")
    def _one_form(self) -> "Rule":
        if not re.fullmatch(r"[A-Z]{1,3}-\d{3}", self.id):
            raise ValueError(f"{self.id}: an ID is one to three capitals, a dash and three digits")
        if (self.sql is None) == (self.select is None) or (self.when and self.select):
            raise ValueError(f"{self.id}: give sql (with or without when) or select, not both")
        return self

    @property
    def text(self) -> str:
        """All SQL of the rule."""
        return " ".join(part for part in (self.when, self.sql, self.select) if part)

    @property
    def reads(self) -> set[str]:
        """The canonical tables that the rule looks into, its own aside."""
        return (set(READS.findall(self.text)) & set(tables())) - {self.table}

    @property
    def columns(self) -> set[str]:
        """The columns of its own table that a rule by row names."""
        own = tables()[self.table].columns if self.table in tables() else {}
        text = re.sub(r"\(select.*?\)", "", f"{self.when or ''} {self.sql or ''}", flags=re.S)
        return {name for name in own if re.search(rf"\b{name}\b", text)}


@cache
def rules() -> dict[str, Rule]:
    """Every rule by ID, in the order of the files."""
    found: dict[str, Rule] = {}
    for path in sorted(files("expectations").joinpath("rules").iterdir(), key=lambda p: p.name):
        place = f"expectations/rules/{path.name}"
        for fields in definition.read(path):
            try:
                rule = Rule(table=path.name.removesuffix(".yml"), **fields)
            except ValueError as error:
                raise DefinitionError(f"{place}: {in_words(error)}. Mend the rule.") from None
            if rule.id in found:
                raise DefinitionError(f"{place}: {rule.id} is given twice. Give the new rule an ID of its own.")
            found[rule.id] = rule
    return found
