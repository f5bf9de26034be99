"""The parameters of the invented world and the districts it happens in.

In: `world.yml`, the districts of `sources/facts` and the study file. Out: a `World` with expected matters by district,
year and type.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from sources import definition
from sources.synthetic.dice import Dice

GROWING = ("acteam", "minor")
TYPES = ("acteam", "minor", "other", "civil", "miscellaneous", "opened_in_error")


@dataclass(frozen=True)
class District:
    """A federal district: its LIONS and court codes, size as a share of the mean, and group in the study."""

    number: int
    code: str
    pacer: str
    city: str
    weight: float
    group: str


@dataclass(frozen=True)
class World:
    """Everything that is decided before the first matter is drawn."""

    seed: int
    scale: float
    parameters: dict[str, Any]
    districts: list[District]
    phase_starts: dict[str, int]
    deliveries: list[date]

    @property
    def years(self) -> range:
        """The fiscal years of the world."""
        return range(self.parameters["first_fiscal_year"], self.parameters["last_fiscal_year"] + 1)

    def expected(self, district: District, year: int, kind: str) -> float:
        """Matters of a type expected in a district and fiscal year."""
        a_year = self.parameters["matters_a_year"][kind] * self.scale
        growth = self.parameters["growth"]
        if kind in GROWING:
            a_year *= growth[year - self.years.start] / (sum(growth) / len(growth))
        effect = self.effect(district, year) if kind == "acteam" else 1.0
        return float(a_year * district.weight / len(self.districts) * effect)

    def effect(self, district: District, year: int) -> float:
        """The planted rate ratio of a district in a fiscal year."""
        started = year >= self.phase_starts.get(district.group, 9999)
        return float(self.parameters["effects"][district.group]) if started else 1.0


def load(seed: int, scale: float, n_deliveries: int) -> World:
    """The world of a seed."""
    parameters = _yaml("sources.synthetic", "world.yml")
    study = _yaml("sources.facts", "study_acteam.yml")
    groups = {code: phase["key"] for phase in study["phases"] for code in phase["districts"]}
    groups |= dict.fromkeys(study["spillover"]["districts"], "spillover")
    starts = {phase["key"]: int(phase["first_fiscal_year"]) for phase in study["phases"]}
    starts["spillover"] = min(starts.values())
    deliveries = parameters["deliveries"][:n_deliveries]
    return World(seed, scale, parameters, _districts(parameters, groups, seed), starts, deliveries)


def _districts(parameters: dict[str, Any], groups: dict[str, str], seed: int) -> list[District]:
    """The districts with their sizes; sizes have mean 1."""
    with (files("sources.facts") / "districts.csv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    dice = Dice(seed, 1_000_001)
    factors = {
        code: parameters[size]["factor"] for size in ("large", "small") for code in parameters[size]["districts"]
    }
    sizes = [
        factors.get(row["lions_abbreviation"], 1.0) * 2.718281828 ** (parameters["size_sigma"] * dice.normal())
        for row in rows
    ]
    mean = sum(sizes) / len(sizes)
    return [
        District(
            number=number,
            code=row["lions_abbreviation"],
            pacer=row["pacer_court_id"],
            city=row["principal_office_city"],
            weight=size / mean,
            group=groups.get(row["lions_abbreviation"], "other"),
        )
        for number, (row, size) in enumerate(zip(rows, sizes, strict=True))
    ]


def _yaml(package: str, name: str) -> dict[str, Any]:
    """A fact file."""
    loaded: dict[str, Any] = definition.read(files(package) / name)
    return loaded
