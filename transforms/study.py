"""The study file: which districts had which programme from when, and what is compared with what.

In: `study.yml` of a workspace (the default is `sources/facts/study_acteam.yml`). Out: `Study`, and its hash.
"""

import datetime as dt
import hashlib
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from sources.errors import DefinitionError, in_words
from sources.facts import districts


class Frozen(BaseModel):
    """A definition: unknown fields are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(Frozen):
    """One wave of sites with its windows, in fiscal years (first and last, both included)."""

    key: str
    label: str
    announced_on: dt.date
    first_fiscal_year: int
    districts: list[str]
    before: tuple[int, int]
    after: tuple[int, int]

    @model_validator(mode="after")
    def _windows(self) -> "Phase":
        if not (self.before[0] <= self.before[1] < self.after[0] <= self.after[1]):
            raise ValueError(f"{self.key}: windows must be before < after, each from its first to its last year")
        if self.after[0] < self.first_fiscal_year or self.before[1] >= self.first_fiscal_year:
            raise ValueError(f"{self.key}: first_fiscal_year must lie after the first window and not after the second")
        return self


class Spillover(Frozen):
    """Districts that are neither treated nor a clean comparison."""

    districts: list[str]
    why: str


class Study(Frozen):
    """A programme and the comparison that is made of it."""

    programme: str
    question: str
    scope: str
    primary_outcome: str
    outcomes: list[str]
    phases: list[Phase]
    spillover: Spillover
    comparison: str
    published_comparison: str

    @model_validator(mode="after")
    def _districts(self) -> "Study":
        named = [d for phase in self.phases for d in phase.districts] + self.spillover.districts
        if twice := sorted({d for d in named if named.count(d) > 1}):
            raise ValueError(f"in two groups: {', '.join(twice)}")
        if unknown := sorted(set(named) - set(districts())):
            raise ValueError(f"not one of the 94 districts: {', '.join(unknown)}")
        return self

    def group_of(self, district: str) -> str:
        """The group of a district: a phase's key, `spillover` or `other`."""
        for phase in self.phases:
            if district in phase.districts:
                return phase.key
        return "spillover" if district in self.spillover.districts else "other"

    @property
    def groups(self) -> dict[str, str]:
        """Label of each group by key, in the order in which they are shown."""
        return {p.key: p.label for p in self.phases} | {"other": "Other districts", "spillover": "Spill-over districts"}


def default_text() -> str:
    """The study file that a new workspace starts with."""
    return files("sources").joinpath("facts/study_acteam.yml").read_text(encoding="utf-8")


def load(path: Path) -> Study:
    """Read and validate a study file."""
    try:
        return Study(**yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise DefinitionError(f"{path.name}: {in_words(error)}. Mend the study file.") from None


def digest(path: Path) -> str:
    """SHA-256 of the study file's bytes: printed in every report."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
