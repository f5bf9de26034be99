"""What the simulation found of the primary interval, and what it may be called because of that.

In: `simulation.yml`, which `make simulate` writes with docs/evaluation/simulation.md. Out: `Proof`. The interval is
called a 95 % one only where it held the true ratio 93 to 97 times in 100 and false alarms were 6 in 100 at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sources import definition

COVERS = (93.0, 97.0)
REJECTS = 6.0


@dataclass(frozen=True)
class Proof:
    """Coverage and false alarms in percent, by number of sites."""

    draws: int
    seed: int
    covers: dict[int, float]
    rejects: dict[int, float]

    @property
    def is_held(self) -> bool:
        """Whether the criterion is met at every number of sites."""
        least, most = COVERS
        return all(least <= c <= most for c in self.covers.values()) and max(self.rejects.values()) <= REJECTS

    @property
    def name(self) -> str:
        """What the interval may be called."""
        return "95 % interval" if self.is_held else "interval (in simulation not a 95 % one)"

    @property
    def words(self) -> str:
        """What was found, in a sentence."""
        held = " and ".join(f"{c:.0f} times in 100 with {n} sites" for n, c in self.covers.items())
        return f"In invented worlds with a known ratio it held that ratio {held}."


@cache
def proof() -> Proof:
    """The committed result of the simulation."""
    found = definition.read(files("transforms").joinpath("evaluation/simulation.yml"))
    return Proof(**found)
