"""Facts carried as data, each with its source: districts, statutes, sites, published figures, the default study."""

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

from sources import definition


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `facts/<name>.csv`, all text, in file order."""
    text = files("sources.facts").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(StringIO(text)))


@cache
def districts() -> dict[str, dict[str, str]]:
    """The 94 federal judicial districts by abbreviation (the LIONS style: GAN, TXW)."""
    return {row["abbreviation"]: row for row in table("districts")}


@cache
def charge_categories() -> dict[str, dict[str, Any]]:
    """Statutes by category: label, says, sections (title -> spans of sections)."""
    return _yaml("charge_categories")


@cache
def declination_reasons() -> dict[str, dict[str, Any]]:
    """Reasons to decline by group: label and the LIONS codes in it."""
    return _yaml("declination_reasons")


def _yaml(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = definition.read(files("sources.facts").joinpath(f"{name}.yml"))
    return found
