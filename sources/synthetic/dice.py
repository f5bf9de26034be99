"""A fast stream of random draws for one district.

In: a seed and the number of the district. Out: draws that depend on nothing else, so a district is the same however
many others are written.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from math import exp, log
from typing import Any

import numpy as np

BLOCK = 4096
GOLDEN = 0.6180339887498949  # its multiples spread evenly over 0 to 1


class Dice:
    """Draws in blocks: a call of numpy for each number would take most of the time."""

    def __init__(self, *seed: int) -> None:
        self.rng = np.random.default_rng(np.random.SeedSequence(seed))
        self._uniform: list[float] = []
        self._normal: list[float] = []
        self._tables: dict[int, tuple[list[Any], list[float]]] = {}

    def uniform(self) -> float:
        """A number from 0 up to 1."""
        if not self._uniform:
            self._uniform = self.rng.random(BLOCK).tolist()
        return self._uniform.pop()

    def normal(self) -> float:
        """A standard normal number."""
        if not self._normal:
            self._normal = self.rng.standard_normal(BLOCK).tolist()
        return self._normal.pop()

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.uniform() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, weights: Mapping[Any, float]) -> Any:
        """A key of the table, by weight."""
        table = self._tables.get(id(weights))
        if table is None:
            table = list(weights), list(accumulate(weights.values()))
            self._tables[id(weights)] = table
        keys, edges = table
        return keys[min(bisect(edges, self.uniform() * edges[-1]), len(keys) - 1)]

    def days(self, lag: Sequence[float]) -> int:
        """A lognormal number of days, from its median and the sigma of its logarithm."""
        return int(exp(_log(lag[0]) + lag[1] * self.normal()))

    def entry(self, lag: Mapping[str, float]) -> int:
        """Days until a clerk enters an event: mostly quick, sometimes slow."""
        mean = lag["quick"] if self.chance(lag["share"]) else lag["slow"]
        return int(-mean * log(1.0 - self.uniform()))

    def gamma(self, shape: float) -> float:
        """A gamma number with mean 1."""
        return float(self.rng.gamma(shape, 1.0 / shape))

    def poisson(self, mean: float) -> int:
        """A Poisson count."""
        return int(self.rng.poisson(mean))


def by_number(weights: Mapping[Any, float], number: int) -> Any:
    """A key of the table by weight, from a record number alone: no draw, so that the stream runs on as it was."""
    edges = list(accumulate(weights.values()))
    return list(weights)[bisect(edges, number * GOLDEN % 1 * edges[-1])]


@cache
def _log(value: float) -> float:
    """The logarithm, remembered: medians repeat."""
    return log(value)
