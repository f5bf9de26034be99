"""Every stage beside its yardsticks, in the same run and on the same bytes; figures in docs/benchmarks.md.

A stage is a module with TITLE, `prepare(folder, size)` (makes the input, returns its bytes), `warm(folder)` (what is
not timed: imports, hashes of files), WAYS (name -> function of the folder that does the work, returns rows) and BARS.
The runner finds it by its name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """What a way may cost, as a ratio to the sum of others, or in all where there are none to measure it by.

    `at_least` is for how many times faster it must be.
    """

    way: str
    against: tuple[str, ...]
    at_most: float | None = None
    at_least: float | None = None
    of: str = "seconds"

    def ratio(self, measured: dict[str, dict[str, float]]) -> float | None:
        """Cost over cost of the yardstick, or for `at_least` the other way round; None where a way was not run."""
        if any(way not in measured for way in (self.way, *self.against)):
            return None
        mine = measured[self.way][self.of]
        theirs = sum(measured[way][self.of] for way in self.against) if self.against else 1
        return theirs / mine if self.at_least else mine / theirs

    def is_reached(self, ratio: float) -> bool:
        """Whether a ratio is on the right side."""
        return ratio <= self.at_most if self.at_most else ratio >= (self.at_least or 0)

    @property
    def says(self) -> str:
        """The bar in words."""
        if not self.against:
            return f"{self.way} at most {self.at_most:,g} {self.of}"
        verb = f"at most {self.at_most:g} x" if self.at_most else f"at least {self.at_least:g} x faster than"
        return f"{self.way} {verb} ({' + '.join(self.against)}), {self.of}"
