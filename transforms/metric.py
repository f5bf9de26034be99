"""A metric: a published quantity, defined once in `metrics/<name>.yml`, with the scopes and splits it is counted under.

In: YAML. Out: `Metric`, `Scope` and `Split` values; `transforms.counting` turns them into SQL.
"""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, computed_field, model_validator

from sources import definition
from sources.errors import DefinitionError
from sources.schema import tables

Tier = Literal["public_docket", "restricted"]
AreaKind = Literal["nation", "group", "district"]
PeriodKind = Literal["fy", "quarter", "twelve_months"]
EVERY_AREA: list[AreaKind] = ["nation", "group", "district"]
EVERY_PERIOD: list[PeriodKind] = ["fy", "quarter", "twelve_months"]


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
    """A published quantity.

    `kind` says how it reads and which of numerator, denominator and value are given; `method` how it is reached:
    `rows` counts the rows of a mart that are dated in the period; `open` those that have begun and not ended on its
    last day; `incidence` and `survival` follow a cohort for `follow_up_months` and longer, with the open censored; the
    others are made of the published counts of other metrics (`of`). A restricted rate names the count
    that it divides by (`base`): it is hidden wherever that one is.
    """

    name: str
    label: str
    question: str
    family: Literal["volume", "rates", "time", "complexity", "coordination", "resources", "severity", "momentum"]
    kind: Literal["count", "rate", "ratio", "median"]
    method: Literal["rows", "open", "incidence", "survival", "sums", "change", "peak", "above"] = "rows"
    unit: str
    counts: str
    from_: str
    dated_by: str
    ends_by: str | None = None
    follow_up_months: int | None = None
    matures: bool = False  # grows with outcomes for years, not only while records arrive
    of: list[str] = []
    base: str | None = None
    numerator: Part
    denominator: Part | None = None
    value: Part | None = None
    needs: list[str]
    areas: list[AreaKind] = EVERY_AREA
    periods: list[PeriodKind] = EVERY_PERIOD
    splits: list[str] = ["labor_or_sex"]
    tier: Tier
    sources: list[str]
    scopes: list[str] | None = None
    excludes: list[str] = []
    reading: str
    caveats: list[str] = []
    owner: str
    changed: list[Change]
    example: str

    @model_validator(mode="after")
    def _shape(self) -> "Metric":
        if (self.kind in {"rate", "ratio"}) != (self.denominator is not None):
            raise ValueError("a rate or ratio has a denominator, nothing else has")
        if (self.kind == "median") != (self.value is not None):
            raise ValueError("a median has a value, nothing else has")
        if (self.method == "open") != (self.ends_by is not None):
            raise ValueError("what is open has a column that ends it (ends_by), nothing else has")
        if (self.method == "incidence") != (self.follow_up_months is not None):
            raise ValueError("a share of a cohort says after how many months (follow_up_months), nothing else does")
        if (self.method in {"sums", "change", "peak", "above"}) != bool(self.of):
            raise ValueError("a metric made of others names them (of), nothing else does")
        if (self.tier == "restricted" and self.denominator is not None) != (self.base is not None):
            raise ValueError("a restricted rate names the count that it divides by (base), nothing else does")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def page(self) -> str:
        """The page of the report that answers its question."""
        return "coordination" if self.family in ("complexity", "coordination", "resources") else "trends"

    @property
    def counts_rows(self) -> bool:
        """Whether its numbers are counts of rows."""
        return (self.kind, self.method) == ("count", "rows")

    @property
    def adds_up(self) -> bool:
        """Whether its numbers are counts that add up over districts and fiscal years."""
        return self.counts_rows and "district" in self.areas and "fy" in self.periods

    @property
    def tells_days(self) -> bool:
        """Whether the records that it counts are public and what it says of them, restricted days, is not."""
        needed = (tables()[table].columns[column] for table, column in (name.split(".") for name in self.needs))
        return self.tier == "public_docket" and any(column.tier == "restricted" for column in needed)

    @property
    def formula(self) -> str:
        """The formula in words, as shown anywhere."""
        if self.denominator is not None:
            return f"{self.numerator.says} / {self.denominator.says}"
        if self.value is not None:
            return f"median of {self.value.says}, over {self.numerator.says}"
        return self.numerator.says

    def is_under(self, scope: "Scope") -> bool:
        """Whether it is published under a scope."""
        return self.tier in scope.tiers and (self.scopes is None or scope.name in self.scopes)

    def sources_under(self, scope: "Scope") -> list[str]:
        """The sources that it is published for under a scope."""
        return [s for s in self.sources if self.is_under(scope) and (scope.sources is None or s in scope.sources)]


class Scope(Frozen):
    """Which matters, cases and defendants are counted: a condition on the flags that every mart carries.

    `areas`, `periods` and `tiers` say how finely metrics are published under it.
    """

    name: str
    label: str
    says: str
    sql: str
    order: int
    sources: list[str] | None = None
    areas: list[AreaKind] = EVERY_AREA
    periods: list[PeriodKind] = EVERY_PERIOD
    tiers: list[Tier] = ["public_docket", "restricted"]
    caveats: list[str] = []


class SplitPart(Frozen):
    """One part of a split: its label, and the condition on a mart that puts a row into it."""

    label: str
    sql: str
    until: dt.date | None = None


class Split(Frozen):
    """A metric cut into parts, by fiscal year, for the nation and the groups.

    `cuts` is `rows` where each part has its own numerator and denominator, `numerator` where the denominator is whole.
    The parts are named, or the values of a `column`; such parts are published where they occur, without zeros.
    """

    name: str
    label: str
    says: str
    cuts: Literal["rows", "numerator"]
    parts: dict[str, SplitPart] = {}
    column: str | None = None
    scopes: list[str] | None = None
    caveats: list[str] = []

    @model_validator(mode="after")
    def _shape(self) -> "Split":
        if bool(self.parts) == (self.column is not None):
            raise ValueError("a split has parts or a column")
        return self


def _read(folder: str, model: type[Any]) -> dict[str, Any]:
    found = {}
    for path in sorted(files("transforms").joinpath(folder).iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".yml"):
            continue
        name = path.name.removesuffix(".yml")
        fields = definition.read(path)
        if "from" in fields:
            fields["from_"] = fields.pop("from")
        try:
            found[name] = model(name=name, **fields)
        except ValueError as error:
            raise DefinitionError(f"transforms/{folder}/{path.name}: {error}. Mend the definition.") from None
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


@cache
def splits() -> dict[str, Split]:
    """Every split by name."""
    return _read("splits", Split)


def splits_of(found: Iterable[Metric]) -> list[Split]:
    """The splits of some metrics, each once."""
    return [splits()[name] for name in dict.fromkeys(name for metric in found for name in metric.splits)]
