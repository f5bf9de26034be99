"""What each agency's clerks make of one matter: numbers left out or mistyped, days off, subjects miscounted.

In: what is true, and the shares of `noise` in `world.yml`. Out: what is written down. A clerk has dice of his own, so
that everything else is drawn as if nobody erred.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sources.synthetic.dice import GOLDEN, Dice
from sources.synthetic.matter import Matter
from sources.synthetic.world import World

ELSEWHERE = "18 USC 371"  # a conspiracy, written where nobody looked the statute up


class Clerk:
    """The clerks of one agency in one district."""

    def __init__(self, dice: Dice, world: World) -> None:
        self.dice, self.noise = dice, world.parameters["noise"]

    def number(self, true: str) -> str:
        """A matter's number, now and then with one digit mistyped."""
        is_wrong, place = self.dice.chance(self.noise["typo"]), self.dice.between(1, 3)
        return mistyped(true, place) if is_wrong else true

    def day(self, true: int, which: str) -> int:
        """A day, off by up to some weeks either way in a share of the records."""
        facts = self.noise[which]
        is_off, days = self.dice.chance(facts["share"]), self.dice.between(-facts["at_most"], facts["at_most"])
        return true + days if is_off else true

    def count(self, true: int) -> int:
        """A number of subjects, one or two too many or too few in a share of the records; never none."""
        is_off, by = self.dice.chance(self.noise["count_off"]), self.dice.between(1, 2)
        more = self.dice.chance(0.5) or true <= by
        return true + (by if more else -by) if is_off else true

    def statute(self, matter: Matter, true: str) -> str:
        """The lead statute, or in a share of the records another one of the matter's charges."""
        is_off = self.dice.chance(self.noise["statute_off"])
        others = [statute(c) for paper in matter.instruments for _, c in paper.charges if statute(c) != true]
        return (others[0] if others else ELSEWHERE) if is_off else true


def statute(charge: str) -> str:
    """A charge of LIONS (18:1591.F) as investigators write it (18 USC 1591)."""
    title, _, section = charge.partition(":")
    return f"{int(title)} USC {section[:4]}"


def mistyped(number: str, place: int) -> str:
    """The number with one of its last digits turned into the next one."""
    at = len(number) - place
    return f"{number[:at]}{(int(number[at]) + 1) % 10}{number[at + 1 :]}"


def docket_number(matter_id: str, record: int, noise: Mapping[str, Any]) -> str:
    """The courts' docket number of a case as LIONS has it: 1:12-cr-00123, missing or mistyped in a share of cases.

    By the record's number alone, without a draw.
    """
    if record * GOLDEN % 1 < noise["docket_missing"]:
        return ""
    docket = f"1:{matter_id[2:4]}-cr-{int(matter_id[5:]):05d}"
    return mistyped(docket, 1 + record % 3) if record * GOLDEN**2 % 1 > 1 - noise["typo"] else docket
