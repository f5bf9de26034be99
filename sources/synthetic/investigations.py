"""The case exports of the FBI (CSV, changes only) and HSI (XLSX, complete every month).

In: matters and dice. Out: one file of each agency for each delivery, planted rows included. The layouts are assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import ClassVar

from sources.synthetic.clerks import Clerk, statute
from sources.synthetic.dice import Dice
from sources.synthetic.matter import Matter
from sources.synthetic.world import GROWING, District, World

LETTERS = {"JUFB": "FBI", "HSCE": "HSI", "LABO": "DOL", "SDOS": "DSS", "HSCI": "USCIS", "JUDE": "DEA"}


@dataclass(slots=True)
class Investigation:
    """One investigation; days are ordinals, 0 means never."""

    agency: str
    number: int
    district: District
    kind: str
    statute: str
    opened: int
    entered: int
    closed: int
    subjects: int
    victims: int
    joint: str
    referred: int = 0
    matter: str = ""

    def known(self, today: int) -> State | None:
        """What the agency's system shows on a day, nothing before the investigation is entered."""
        if self.entered > today:
            return None
        closed = date.fromordinal(self.closed) if self.closed and self.closed <= today else None
        referred = date.fromordinal(self.referred) if self.referred and self.referred <= today else None
        status = "CLOSED" if closed else "REFERRED" if referred else "OPEN"
        return State(closed, referred, self.matter if referred else "", status)


@dataclass(frozen=True, slots=True)
class State:
    """The part of an investigation that changes."""

    closed: date | None
    referred: date | None
    matter: str
    status: str


class Caseload:
    """Draws the investigations behind the trafficking matters of a district."""

    exporting: ClassVar[dict[str, str]] = {"JUFB": "fbi", "HSCE": "hsi"}
    stream = 1

    def __init__(self, world: World, district: District) -> None:
        self.dice = Dice(world.seed, district.number, self.stream)
        self.clerk = Clerk(Dice(world.seed, district.number, 10 + self.stream), world)
        self.district = district
        self.facts = world.parameters["investigations"]
        self._number = count(1)

    def behind(self, matter: Matter) -> Iterator[Investigation]:
        """The investigations that led to a matter, and some that led nowhere."""
        if matter.kind not in GROWING:
            return
        for _, agency in matter.agencies:
            if agency in self.exporting and self.dice.chance(self.facts["covered"]):
                found = self._open(matter, agency)
                if not self.dice.chance(self.facts["unlinked"]):
                    found.matter = self.clerk.number(matter.number)
                found.referred = max(found.opened, self.clerk.day(matter.received, "days_off"))
                found.closed = max(matter.closed, found.referred) if matter.closed else 0
                found.subjects = self.clerk.count(found.subjects)
                found.statute = self.clerk.statute(matter, found.statute)
                yield found
                if self.dice.chance(self.facts["unreferred"]):
                    nowhere = self._open(matter, agency)
                    nowhere.closed = nowhere.opened + self.dice.between(60, 900)
                    yield nowhere

    def _open(self, matter: Matter, agency: str) -> Investigation:
        """An investigation opened some time before the matter was received."""
        dice = self.dice
        opened = matter.received - dice.days(self.facts["opening_to_referral"])
        return Investigation(
            agency=self.exporting[agency],
            number=next(self._number),
            district=self.district,
            kind=matter.kind,
            statute=statute(matter.lead_charge),
            opened=opened,
            entered=opened + dice.between(0, 20),
            closed=0,
            subjects=len(matter.defendants),
            victims=matter.n_victims,
            joint=";".join(LETTERS[other] for _, other in matter.agencies if other != agency),
        )
