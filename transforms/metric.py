"""A metric: a published quantity, defined once in `metrics/<name>.yml`, and the scopes it is counted under.

In: YAML. Out: `Metric` and `Scope` values; `transforms.counting` turns them into SQL.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from sources.errors import DefinitionError, in_words


class Frozen(BaseModel):
    """A definition: unknown fields are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Frozen):
    """One side of a formula: what it says in words, and the same in SQL over the metric's mart."""

    says: str
    sql: str = "true"
    sum: str | None = None


class Change(Frozen):
    """One change of meaning, with its reason."""

    date: str
    what: str
    why: str


class Metric(Frozen):
    """A published quantity. `kind` decides which of numerator, denominator and value are given."""

    name: str
    label: str
    question: str
    kind: Literal["count", "rate", "ratio", "median"]
    unit: str
    counts: str
    from_: str
    dated_by: str
    numerator: Part
    denominator: Part | None = None
    value: Part | None = None
    tier: Literal["public_docket", "restricted"]
    page: Literal["trends", "coordination"] = "trends"  # the page of the report that answers its question
    sources: list[str]
    excludes: list[str] = []
    reading: str
    caveats: list[str] = []
    owner: str
    changed: list[Change]

    @model_validator(mode="after")
    def _shape(self) -> "Metric":
        if (self.kind in {"rate", "ratio"}) != (self.denominator is not None):
            raise ValueError("a rate or ratio has a denominator, nothing else has")
        if (self.kind == "median") != (self.value is not None):
            raise ValueError("a median has a value, nothing else has")
        return self

    @property
    def formula(self) -> str:
        """The formula in words, as shown anywhere."""
        if self.denominator is not None:
            return f"{self.numerator.says} / {self.denominator.says}"
        if self.value is not None:
            return f"median of {self.value.says}, over {self.numerator.says}"
        return self.numerator.says


class Scope(Frozen):
    """Which matters, cases and defendants are counted: a condition on the flags that every mart carries."""

    name: str
    label: str
    says: str
    sql: str
    order: int
    sources: list[str] | None = None
    caveats: list[str] = []


def _read(folder: str, model: type[Any]) -> dict[str, Any]:
    found = {}
    for path in sorted(files("transforms").joinpath(folder).iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yml"):
            continue
        name = path.name.removesuffix(".yml")
        fields = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "from" in fields:
            fields["from_"] = fields.pop("from")
        try:
            found[name] = model(name=name, **fields)
        except ValueError as error:
            raise DefinitionError(f"transforms/{folder}/{path.name}: {in_words(error)}. Mend the definition.") from None
    return found


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by name."""
    return _read("metrics", Metric)


@cache
def scopes() -> dict[str, Scope]:
    """Every scope by name, in the order in which they are shown."""
    found: dict[str, Scope] = _read("scopes", Scope)
    return dict(sorted(found.items(), key=lambda item: item[1].order))
