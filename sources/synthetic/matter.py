"""A matter of the invented world with all that happens to it.

In: nothing; `docket.py` draws it, `lions.py` and `truth.py` read it. Out: a `Matter`; every event has the day it
happened and the day a clerk entered it. Days are ordinals, 0 means never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from sources.synthetic.world import GROWING, District

CONVICTED = ("GT", "NC", "GD")


@dataclass(slots=True)
class History:
    """One stay in a court (or before one): gs_court_hist."""

    id: int
    court: str
    filed: int
    entered: int
    disposition: str = ""
    reason: str = ""
    disposed: int = 0
    disposed_entered: int = 0
    trial_days: int = 0
    docket: str = ""


@dataclass(slots=True)
class Instrument:
    """A complaint, indictment or information with its charges: gs_instrument, gs_inst_charge."""

    id: int
    history: int
    kind: str
    filed: int
    entered: int
    charges: list[tuple[int, str]]


@dataclass(slots=True)
class Sentence:
    """What a convicted defendant got: gs_sentence."""

    on: int
    entered: int
    kind: str
    months: int
    restitution: int


@cache
def is_chapter_77(charge: str) -> bool:
    """True for 18 USC 1581 to 1597, as in 18:1591.F or 18:1594C."""
    title, _, section = charge.partition(":")
    digits = section[:4]
    return title == "18" and digits.isdigit() and 1581 <= int(digits) <= 1597


@dataclass(slots=True)
class Defendant:
    """A suspect and, once `history` is set, a defendant charged in district court."""

    id: int
    number: int
    entered: int
    history: int = 0
    joined_entered: int = 0
    arrested: int = 0
    counts: list[tuple[Instrument, int, str]] = field(default_factory=list)
    disposition: str = ""
    reason: str = ""
    disposed: int = 0
    disposed_entered: int = 0
    sentence: Sentence | None = None
    is_shrunk: bool = False

    def outcome_of(self, charge: str) -> tuple[str, str]:
        """Disposition and reason of a count: the defendant's, unless the chapter 77 counts went in a plea."""
        dropped = self.is_shrunk and is_chapter_77(charge)
        return ("DM", "GWOD") if dropped else (self.disposition, self.reason)


@dataclass(slots=True)
class Matter:
    """A gs_case record and everything below it."""

    district: District
    id: str
    kind: str
    received: int
    entered: int
    lead_charge: str = ""
    programs: list[tuple[int, str]] = field(default_factory=list)
    agencies: list[tuple[int, str]] = field(default_factory=list)
    n_victims: int = 0
    victims: list[int] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    instruments: list[Instrument] = field(default_factory=list)
    defendants: list[Defendant] = field(default_factory=list)
    closed: int = 0
    closed_entered: int = 0
    plant: str = ""

    @property
    def number(self) -> str:
        """The office's number with its district, as other agencies write it."""
        return f"{self.district.code}-{self.id}"

    @property
    def is_criminal(self) -> bool:
        """True unless it is a civil matter."""
        return self.kind != "civil"

    @property
    def is_counted(self) -> bool:
        """True for a criminal matter that is neither miscellaneous nor opened in error."""
        return self.kind in (*GROWING, "other")

    @property
    def case(self) -> History | None:
        """The district court history, if the matter became a case."""
        return next((history for history in self.histories if history.court == "DC"), None)

    @property
    def last_entered(self) -> int:
        """The day after which nothing about the matter changes any more."""
        days = [self.entered, self.closed_entered]
        days += [max(history.entered, history.disposed_entered) for history in self.histories]
        days += [instrument.entered for instrument in self.instruments]
        for defendant in self.defendants:
            sentenced = defendant.sentence.entered if defendant.sentence else 0
            days.append(max(defendant.entered, defendant.joined_entered, defendant.disposed_entered, sentenced))
        return max(days)
