"""The tile map of the 94 districts: where each stands, and what its tile says.

In: `tiles.yml` (layout) and an edition. Out: style rules for the places, and tiles to print as links. A tile shows its
group by frame, pattern and a letter, and a missing number by dots and letters; colour alone says nothing.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from reports import words
from reports.edition import Edition
from sources import definition
from sources.facts import districts

#: How a tile writes a number that is not there; the key on the page says the whole.
SHORT = {"not shown": "n.s.", words.NOT_REPORTED: "n.r.", words.NOT_APPLICABLE: "n.a."}
SIDE = 6  # units of a state's square: divides by one, two and three


@dataclass(frozen=True)
class Tile:
    """One district: its abbreviation, the mark of its group, its number, and both in words."""

    district: str
    group: str
    look: str
    mark: str
    text: str
    spoken: str
    is_missing: bool


@cache
def places() -> dict[str, tuple[int, int, int, int]]:
    """(row, column, height, width) of every district in units, counted from 1."""
    states = definition.read(files("reports").joinpath("tiles.yml"))["states"]
    found = {}
    for state in states.values():
        top, left = (at * SIDE + 1 for at in state["at"])
        height = SIDE // len(state["rows"])
        for i, row in enumerate(state["rows"]):
            width = SIDE // len(row)
            for j, district in enumerate(row):
                found[district] = (top + i * height, left + j * width, height, width)
    return found


def css() -> str:
    """One rule a district: a strict policy allows no inline style."""
    rules = [f".t-{d}{{grid-area:{r}/{c}/span {h}/span {w}}}" for d, (r, c, h, w) in sorted(places().items())]
    return "\n".join(rules) + "\n"


def marks(edition: Edition) -> dict[str, tuple[str, str]]:
    """(style, letter) of every group: phases are numbered, spill-over districts carry an s."""
    phases = [p["key"] for p in edition.manifest["study"]["phases"]]
    roman = ["I", "II", "III", "IV", "V"]
    found = {key: (f"p{i + 1}", roman[i] if i < len(roman) else str(i + 1)) for i, key in enumerate(phases)}
    return found | {"spillover": ("sp", "s"), "other": ("ot", "")}


def tiles(edition: Edition) -> list[Tile]:
    """All districts with the primary outcome of the last final year, in alphabetical order of their codes."""
    source, scope = edition.lead
    metric = edition.manifest["study"]["primary_outcome"]
    label = edition.manifest["metrics"][metric]["label"].lower()
    now = edition.last_final(source, metric, scope) or ""
    look = marks(edition)
    found = []
    for code in sorted(places()):
        group = edition.group_of(code)
        cell = edition.cell(source, metric, scope, code, now)
        text = words.read(cell, "count")
        shown = cell is not None and cell.is_shown
        found.append(Tile(
            code, group, *look[group], text if shown else SHORT[text.split(" (")[0]],
            f"{districts()[code]['name']}, {edition.groups[group]}: {label} in {now}: {text}", not shown,
        ))  # fmt: skip
    return found
