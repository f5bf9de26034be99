"""How the matters of a district are drawn.

In: a world, a district, a fiscal year and a type. Out: a `Matter` with its fate: miscellaneous, opened in error,
declined, filed with charges, outcomes and sentences, or still open.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from math import exp

from sources.synthetic.clerks import docket_number
from sources.synthetic.dice import GOLDEN, Dice, by_number
from sources.synthetic.matter import (
    CONVICTED,
    Defendant,
    History,
    Instrument,
    Matter,
    Sentence,
    is_chapter_77,
)
from sources.synthetic.world import GROWING, District, World

DISPOSITIONS: dict[str, dict[tuple[str, str], float]] = {
    "plea": {("GT", "PLED"): 0.985, ("NC", "PLED"): 0.01, ("GD", "PLED"): 0.005},
    "trial": {("GT", "JTRD"): 0.93, ("GT", "BTRD"): 0.07},
    "acquitted": {("NG", "JTRD"): 0.9, ("ND", "BTRD"): 0.1},
    "dismissed": {("DM", "GWOD"): 0.6, ("DJ", "DEMD"): 0.35, ("NB", "ACGJ"): 0.05},
    "transferred": {("TR", "RTWD"): 0.6, ("RE", "RUFO"): 0.4},
    "other": {("OC", "DFOC"): 0.8, ("OE", "OEOE"): 0.2},
}


class Docket:
    """Draws the matters of one district; record numbers run through the district."""

    def __init__(self, world: World, district: District) -> None:
        self.world, self.district, self.facts = world, district, world.parameters
        self.dice = Dice(world.seed, district.number)
        self._serial = count(1)
        self._of_year: dict[int, int] = {}

    def next(self) -> int:
        """The next record number."""
        return next(self._serial)

    def matter_id(self, year: int) -> str:
        """The next matter number of a calendar year, as 2012R00123."""
        self._of_year[year] = self._of_year.get(year, 0) + 1
        return f"{year}R{self._of_year[year]:05d}"

    def draw(self, fiscal_year: int, kind: str) -> Matter:
        """A matter of a type, received in a fiscal year, with all that follows."""
        dice, facts = self.dice, self.facts
        start = date(fiscal_year - 1, 10, 1).toordinal()
        received = start + dice.between(0, date(fiscal_year, 9, 30).toordinal() - start)
        matter_id = self.matter_id(date.fromordinal(received).year)
        matter = Matter(self.district, matter_id, kind, received, received + dice.entry(facts["entry"]["matter"]))
        if kind == "civil":
            self._civil(matter)
        else:
            self._criminal(matter)
        return matter

    def _civil(self, matter: Matter) -> None:
        """A civil matter: one agency and a filing."""
        filed = matter.received + self.dice.between(0, 60)
        matter.agencies.append((self.next(), "SDOS"))
        matter.histories.append(History(self.next(), "DC", filed, max(matter.entered, filed)))

    def _criminal(self, matter: Matter) -> None:
        """The record of a criminal matter, then its fate."""
        dice, facts = self.dice, self.facts
        subject = matter.kind if matter.is_counted else ("acteam" if dice.chance(0.3) else "other")
        field_of = "trafficking" if subject in GROWING else "other"
        matter.lead_charge = dice.pick(facts["statutes"][subject]["lead"])
        matter.programs = [(self.next(), program) for program in self._programs(subject, matter.received)]
        matter.agencies = [(self.next(), agency) for agency in self._agencies(field_of)]
        if field_of == "trafficking":
            victims = facts["victims"]
            matter.n_victims = min(798, int(victims["median"] * exp(victims["sigma"] * dice.normal())))
            matter.victims = [self.next() for _ in range(min(matter.n_victims, victims["entered_at_most"]))]
        matter.defendants = [
            Defendant(self.next(), number, matter.entered)
            for number in range(1, dice.pick(facts["defendants"][field_of]) + 1)
        ]
        self._fate(matter, subject, field_of)

    def _programs(self, subject: str, received: int) -> list[str]:
        """Program categories, first entered first; 05E may be missing on matters before the code."""
        dice, programs, share = self.dice, self.facts["programs"][subject], self.facts["share_05e"]
        first = dice.pick(programs["first"])
        era = "before" if received < self.facts["recoded_on"].toordinal() else "after"
        if first == "05E" and not dice.chance(share[era]):
            first = "050"
        return [first, *(code for code, part in programs["further"].items() if dice.chance(part) and code != first)]

    def _agencies(self, field_of: str) -> list[str]:
        """One to three referring agencies, the lead first."""
        dice, table = self.dice, self.facts["agencies"][field_of]
        wanted = 1 + dice.chance(self.facts["joint_share"][field_of])
        wanted += wanted == 2 and dice.chance(self.facts["third_agency_share"])
        chosen: list[str] = []
        while len(chosen) < wanted:
            agency = dice.pick(table)
            if agency not in chosen:
                chosen.append(agency)
        return chosen

    def _fate(self, matter: Matter, subject: str, field_of: str) -> None:
        """Miscellaneous, opened in error, declined, filed or still open."""
        dice = self.dice
        if matter.kind == "miscellaneous":
            first = History(self.next(), "MD", matter.received, matter.entered, "CW", "AWCP")
            self._dispose(first, matter.received + dice.between(1, 90))
        elif matter.kind == "opened_in_error":
            first = History(self.next(), "NC", 0, matter.entered, "OE", "OEOE")
            self._dispose(first, matter.received + dice.between(0, 20))
        else:
            first = History(self.next(), "NC", 0, matter.entered)
        matter.histories.append(first)
        fate = dice.pick(self.facts["fate"][field_of]) if matter.is_counted else ""
        if fate == "declined":
            self._decline(matter, first)
        elif fate == "filed":
            self._file(matter, subject, field_of)

    def _decline(self, matter: Matter, first: History) -> None:
        """The office declines, at once or after a look."""
        dice = self.dice
        at_once = dice.chance(self.facts["immediate_declination_share"])
        first.disposition = "ID" if at_once else "DE"
        lag = dice.between(0, 5) if at_once else dice.days(self.facts["lags"]["referral_to_declination"])
        self._dispose(first, matter.received + lag)
        era = "before" if first.disposed < self.facts["new_reasons_on"].toordinal() else "after"
        first.reason = by_number(self.facts["declination_reasons"][era], first.id)
        matter.closed, matter.closed_entered = first.disposed, first.disposed_entered

    def _dispose(self, history: History, day: int) -> None:
        """Dates of a disposition of a court history."""
        history.disposed = day
        history.disposed_entered = max(history.entered, day + self.dice.entry(self.facts["entry"]["disposition"]))

    def _file(self, matter: Matter, subject: str, field_of: str) -> None:
        """A complaint perhaps, then an indictment in district court and perhaps a superseding one."""
        dice, facts = self.dice, self.facts
        same_week = dice.chance(facts["same_week_share"])
        filed = matter.received + (dice.between(0, 7) if same_week else dice.days(facts["lags"]["referral_to_charge"]))
        if dice.chance(facts["complaint_share"]):
            self._complain(matter, min(filed, matter.entered, matter.received + dice.between(0, 3)))
        entered = max(matter.entered, filed + dice.entry(facts["entry"]["filing"]))
        case = History(self.next(), "DC", filed, entered)
        case.docket = docket_number(matter.id, case.id, facts["noise"])
        matter.histories.append(case)
        kind = "IN" if dice.chance(0.85) else "IF"
        first = Instrument(self.next(), case.id, kind, filed, entered, self._charges(matter, subject))
        matter.instruments.append(first)
        later = max(0, len(matter.defendants) - max(1, dice.between(1, len(matter.defendants))))
        superseding = None
        if dice.chance(facts["superseding_share"][field_of]):
            superseding = self._supersede(matter, case, first, subject)
        for defendant in matter.defendants:
            joins = superseding is not None and defendant.number > len(matter.defendants) - later
            self._charge(defendant, case, [superseding] if joins and superseding else [first, superseding], field_of)
        self._conclude(matter, case)

    def _complain(self, matter: Matter, day: int) -> None:
        """The magistrate stage: the first court history and a complaint with the lead charge."""
        first = matter.histories[0]
        first.court, first.filed = "MG", day
        charges = [(self.next(), matter.lead_charge)]
        matter.instruments.append(Instrument(self.next(), first.id, "CO", day, max(matter.entered, day), charges))

    def _charges(self, matter: Matter, subject: str) -> list[tuple[int, str]]:
        """The lead charge and further ones."""
        further = self.facts["statutes"][subject]["further"]
        names = [c for c, share in further.items() if c != matter.lead_charge and self.dice.chance(share)]
        return [(self.next(), name) for name in [matter.lead_charge, *names]]

    def _supersede(self, matter: Matter, case: History, first: Instrument, subject: str) -> Instrument:
        """A superseding indictment some months later, in the same case."""
        filed = first.filed + self.dice.between(30, 300)
        entered = max(case.entered, filed + self.dice.entry(self.facts["entry"]["filing"]))
        charges = self._charges(matter, subject)
        instrument = Instrument(self.next(), case.id, "SN", filed, entered, charges)
        matter.instruments.append(instrument)
        return instrument

    def _charge(self, who: Defendant, case: History, by: list[Instrument | None], field_of: str) -> None:
        """Counts, outcome and sentence of one defendant; a few have no count rows."""
        dice, facts = self.dice, self.facts
        papers = [paper for paper in by if paper is not None]
        who.history, who.joined_entered = case.id, papers[0].entered
        who.arrested = papers[0].filed + (dice.between(0, 17) if dice.chance(0.6) else dice.between(-27, 70))
        if papers[0].kind == "SN" or dice.chance(0.97):
            charged = [(p, c) for p in papers for i, (_, c) in enumerate(p.charges) if i == 0 or dice.chance(0.6)]
            who.counts = [(paper, number, charge) for number, (paper, charge) in enumerate(charged, 1)]
        outcome = dice.pick(facts["outcomes"])
        if outcome == "never":
            return
        who.disposition, who.reason = dice.pick(DISPOSITIONS[outcome])
        who.disposed = papers[-1].filed + dice.days(facts["lags"]["charge_to_outcome"])
        entered = who.disposed + dice.entry(facts["entry"]["disposition"])
        who.disposed_entered = max(papers[-1].entered, entered)
        if who.disposition in CONVICTED:
            sections = {is_chapter_77(charge) for _, _, charge in who.counts}
            who.is_shrunk = who.reason == "PLED" and len(sections) == 2 and who.id * GOLDEN % 1 < facts["shrinkage"]
            who.sentence = self._sentence(who, field_of)

    def _sentence(self, who: Defendant, field_of: str) -> Sentence:
        """Prison months, life, time served or none, and restitution."""
        dice, facts = self.dice, self.facts["sentence"]
        day = who.disposed + dice.days(self.facts["lags"]["outcome_to_sentence"])
        entered = max(who.disposed_entered, day + dice.entry(self.facts["entry"]["disposition"]))
        months, kind = (0 if dice.chance(facts["none"]) else max(1, dice.days(facts[field_of]))), ""
        if field_of == "trafficking" and dice.chance(facts["life"]):
            months, kind = 0, "LIF"
        elif dice.chance(facts["time_served"]):
            months, kind = 0, "TIM"
        restitution = dice.days(facts["restitution"]) if dice.chance(facts["restitution_share"]) else 0
        return Sentence(day, entered, kind, min(months, 960), restitution)

    def _conclude(self, matter: Matter, case: History) -> None:
        """The case ends with its last defendant, if all are disposed of."""
        everyone = matter.defendants
        if not all(who.disposed for who in everyone):
            return
        last = max(everyone, key=lambda who: who.disposed)
        case.disposition, case.reason, case.disposed = last.disposition, last.reason, last.disposed
        case.disposed_entered = matter.closed_entered = max(who.disposed_entered for who in everyone)
        case.trial_days = self.dice.between(2, 15) if any(who.reason[1:] == "TRD" for who in everyone) else 0
        matter.closed = case.disposed
