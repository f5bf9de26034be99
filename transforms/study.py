"""The study file: which districts had which programme from when, and what is compared with what.

In: `study.yml` of a workspace (the default is `sources/facts/study_acteam.yml`). Out: `Study`, and its hash.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from sources.errors import DefinitionError, in_words
from sources.facts import districts

KEY = re.compile(r"[a-z][a-z0-9_]*")
NOT_A_PHASE = ("other", "spillover", "unresolved")  # the groups that no phase can be


class Frozen(BaseModel):
    """A definition: unknown fields are refused, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(Frozen):
    """One wave of sites with its windows, in fiscal years (first and last, both included)."""

    key: str
    label: str
    announced_on: dt.date
    operational_on: dt.date | None = None  # None: not published
    first_fiscal_year: int
    start: str = ""  # why the phase counts from that year
    districts: list[str]
    before: tuple[int, int]
    after: tuple[int, int]

    @model_validator(mode="after")
    def _windows(self) -> "Phase":
        if not KEY.fullmatch(self.key):
            raise ValueError(f"{self.key}: a key is made of small letters, digits and _, and begins with a letter")
        if not (self.before[0] <= self.before[1] < self.after[0] <= self.after[1]):
            raise ValueError(f"{self.key}: windows must be before < after, each from its first to its last year")
        if self.after[0] < self.first_fiscal_year or self.before[1] >= self.first_fiscal_year:
            raise ValueError(f"{self.key}: first_fiscal_year must lie after the first window and not after the second")
        if self.operational_on and self.operational_on < self.announced_on:
            raise ValueError(f"{self.key}: operational_on lies before announced_on")
        if self.first_fiscal_year < fiscal_year(self.operational_on or self.announced_on):
            raise ValueError(f"{self.key}: first_fiscal_year lies before the phase was announced or operational")
        if not self.districts:
            raise ValueError(f"{self.key}: no district is named")
        return self


class Spillover(Frozen):
    """Districts that are neither treated nor a clean comparison."""

    districts: list[str]
    why: str


class Inference(Frozen):
    """Seed and number of draws of every resampling: fixed with the study, not after a look at the results."""

    seed: int = 20111
    draws: int = Field(default=1999, ge=99)
    power_draws: int = Field(default=500, ge=20)


class Dose(Frozen):
    """How much of the three elements a site had in a fiscal year, each from 0 (none) to 1 (in full)."""

    district: str
    fiscal_year: int
    expertise: float = Field(ge=0, le=1)
    leadership: float = Field(ge=0, le=1)
    coordination: float = Field(ge=0, le=1)


class Study(Frozen):
    """A programme and the comparison that is made of it."""

    programme: str
    question: str
    scope: str
    primary_outcome: str
    outcomes: list[str]
    phases: list[Phase] = Field(min_length=1)
    spillover: Spillover
    comparison: str
    published_comparison: str
    scopes_beside: list[str] = ["chapter77"]  # what a source with statutes alone can count
    estimators: list[str] = []  # none named: all
    inference: Inference = Inference()
    follow_up_years: dict[str, NonNegativeInt] = {}  # an outcome that matures: younger years are left out
    dose: list[Dose] = []

    @model_validator(mode="after")
    def _names(self) -> "Study":
        from transforms.evaluation.registry import ESTIMATORS
        from transforms.metric import metrics, scopes

        if self.primary_outcome not in self.outcomes:
            raise ValueError("primary_outcome is not one of outcomes")
        for field, names, known in (
            ("outcomes", self.outcomes, list(metrics())),
            ("follow_up_years", list(self.follow_up_years), self.outcomes),
            ("scope", [self.scope, *self.scopes_beside], list(scopes())),
            ("estimators", self.estimators, list(ESTIMATORS)),
        ):
            if unknown := sorted(set(names) - set(known)):
                raise ValueError(f"{field}: {', '.join(unknown)} not known; known are {', '.join(known)}")
        if uncounted := [o for o in self.outcomes if not metrics()[o].adds_up]:
            raise ValueError(f"outcomes: {', '.join(uncounted)} no count that adds up over districts and years")
        if whole := [s for s in (self.scope, *self.scopes_beside) if "district" not in scopes()[s].areas]:
            raise ValueError(f"scope: {', '.join(whole)} not counted by district, so nothing can be compared under it")
        if len(set(self.outcomes)) < len(self.outcomes):
            raise ValueError("outcomes: one is named twice")
        keys = [phase.key for phase in self.phases]
        if len(set(keys)) < len(keys) or set(NOT_A_PHASE) & set(keys):
            raise ValueError(f"phases: each needs a key of its own, and {', '.join(NOT_A_PHASE)} are taken")
        return self

    @model_validator(mode="after")
    def _doses(self) -> "Study":
        sites = {d: phase.first_fiscal_year for phase in self.phases for d in phase.districts}
        if outside := sorted({d.district for d in self.dose if d.fiscal_year < sites.get(d.district, 9999)}):
            raise ValueError(f"dose: {', '.join(outside)} no site, or a year before its start")
        at = [(d.district, d.fiscal_year) for d in self.dose]
        if len(set(at)) < len(at):
            raise ValueError("dose: a site and year is given twice")
        return self

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


def demo_text() -> str:
    """The study file of the demo: the same, with fewer draws, because a demo must end within a minute."""
    fewer = "inference: {seed: 20111, draws: 499, power_draws: 100}   # fewer draws than a study of real data"
    text, changed = re.subn(r"^inference:.*$", fewer, default_text(), flags=re.MULTILINE)
    if changed != 1:
        raise DefinitionError("sources/facts/study_acteam.yml: one line must begin with `inference:`.")
    return text


def fiscal_year(day: dt.date) -> int:
    """The federal fiscal year of a day: October to September."""
    return day.year + (day.month >= 10)


def load(path: Path) -> Study:
    """Read and validate a study file."""
    try:
        return Study.model_validate(yaml.safe_load(_bytes(path).decode("utf-8")))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise DefinitionError(f"{path.name}: {in_words(error)}. Mend the study file.") from None


def as_told(manifest: Mapping[str, Any]) -> Study:
    """The study of an edition, from its manifest, which names the groups besides."""
    return Study(**{key: value for key, value in manifest["study"].items() if key != "groups"})


def digest(path: Path) -> str:
    """SHA-256 of the study file's bytes: printed in every report."""
    return hashlib.sha256(_bytes(path)).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise DefinitionError(
            f"{path}: no study file. Put it back from a backup; palermo init {path.parent} writes a first one."
        ) from None
