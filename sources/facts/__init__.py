"""Facts carried as data, each with its source: districts, statutes, sites, published figures, the default study."""

import csv
from functools import cache
from importlib.resources import files
from io import StringIO


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `facts/<name>.csv`, all text, in file order."""
    text = files("sources.facts").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(StringIO(text)))


@cache
def districts() -> dict[str, dict[str, str]]:
    """The 94 federal judicial districts by abbreviation (the LIONS style: GAN, TXW)."""
    return {row["abbreviation"]: row for row in table("districts")}
