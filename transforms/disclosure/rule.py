"""What the data owner lets out, and what it means to fail.

In: the settings of a workspace. Out: `Rule`, and `Exposure`, a hidden cell that published figures narrow down too far.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Counts of a restricted metric from 1 to `threshold - 1` are hidden, and nothing published may narrow them."""

    threshold: int = 11
    withheld: tuple[tuple[str, str], ...] = (("district", "quarter"),)  # never published: pooled
    nests: tuple[tuple[str, str], ...] = (("acteam", "listed"), ("chapter77", "listed"), ("htpu_proxy", "listed"))
    grows: tuple[tuple[str, str], ...] = ()  # scope as released and as it is now: it only grows; growth is no secret
    complementary: bool = True  # off only to show what it is for

    def is_small(self, count: float) -> bool:
        """A count that must not be known."""
        return 1 <= count < self.threshold

    @property
    def says(self) -> str:
        """The rule in words, for records and pages."""
        return f"counts of the restricted tier from 1 to {self.threshold - 1} are not shown"


@dataclass(frozen=True, order=True)
class Exposure:
    """A count that is known to lie between two limits that are too tight; it holds no true value."""

    metric: str
    scope: str
    area: str
    period: str
    lowest: int
    highest: int
    is_from_earlier: bool = False  # an earlier edition shows it: no pattern of today can take that back
