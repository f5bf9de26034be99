"""What the exports should be counted as: the generator's own bookkeeping, independent of the files.

In: matters and the day of the last delivery. Out: `truth/metrics.csv` and `truth/cohorts.csv`.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from statistics import median
from typing import TypeVar

from sources.synthetic.matter import CONVICTED, Defendant, Matter, is_chapter_77
from sources.synthetic.world import World

LOST = ("NG", "ND", "DJ", "DM", "NB", "OC", "OE")
LAG = "median_days_referral_to_charge"
FOLLOWED = (12, 24, 36, 48)  # months after the charge
DAYS_A_MONTH = 30.4375
Key = tuple[str, str, str, str]
T = TypeVar("T", int, Counter[int])


@cache
def quarter(day: int) -> str:
    """The fiscal quarter of a day, as FY2012 Q1 (October to December 2011)."""
    then = date.fromordinal(day)
    year = then.year + (then.month >= 10)
    return f"FY{year} Q{(then.month - 10) % 12 // 3 + 1}"


class Truth:
    """Counts by metric, scope, district and fiscal quarter, as known on one day."""

    def __init__(self, world: World) -> None:
        self.groups = {district.code: district.group for district in world.districts}
        self.today = world.deliveries[-1].toordinal()
        self._tops: dict[Key, int] = defaultdict(int)
        self._bottoms: dict[Key, int] = defaultdict(int)
        self._days: dict[Key, Counter[int]] = defaultdict(Counter)
        self._cohorts: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, matter: Matter) -> None:
        """Count a matter and everything below it, as far as it is known."""
        if not matter.is_counted or matter.entered > self.today:
            return
        scopes = self._scopes(matter)
        self._count(matter, scopes, "matters_received", matter.received)
        first = matter.histories[0]
        if first.disposition in ("DE", "ID") and first.disposed_entered <= self.today:
            self._count(matter, scopes, "matters_declined", first.disposed)
        case = matter.case
        if case is None or case.entered > self.today:
            return
        charged = [who for who in matter.defendants if who.history and who.joined_entered <= self.today]
        self._count(matter, scopes, "cases_filed", case.filed)
        self._count(matter, scopes, "defendants_per_case", case.filed, len(charged), 1)
        if case.filed >= matter.received:
            for scope in scopes:
                key = (LAG, scope, matter.district.code, quarter(case.filed))
                self._days[key][case.filed - matter.received] += 1
        for who in charged:
            self._count_defendant(matter, scopes, who, case.filed)

    def write(self, path: Path) -> None:
        """Write the cells, by fiscal year and quarter, district, group and nation."""
        with path.open("w", encoding="utf-8", newline="") as text:
            text.write("metric,scope,district,period_kind,period,numerator,denominator,value\n")
            text.writelines(self._lines())

    def write_cohorts(self, path: Path) -> None:
        """Write what will have become of the defendants charged, known by nobody yet: the future is drawn already."""
        with path.open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(["scope", "period", "months", "charged", "convicted"])
            rows.writerows([*key, *self._cohorts[key]] for key in sorted(self._cohorts))

    def _follow(self, scopes: list[str], who: Defendant, charged: int) -> None:
        """Count a defendant of a cohort, and whether a conviction comes in time, whenever a clerk enters it."""
        for scope in scopes:
            for months in FOLLOWED:
                cell = self._cohorts[(scope, quarter(charged)[:6], months)]
                is_late = who.disposed - charged > round(months * DAYS_A_MONTH)
                cell[0] += 1
                cell[1] += who.disposition in CONVICTED and not is_late

    def _scopes(self, matter: Matter) -> list[str]:
        """The scopes a matter belongs to."""
        scopes = ["listed"]
        if any(program == "05E" for _, program in matter.programs):
            scopes.append("acteam")
        seen = [c for paper in matter.instruments if paper.entered <= self.today for _, c in paper.charges]
        if matter.plant != "redacted_lead_charge":
            seen.append(matter.lead_charge)
        return [*scopes, "chapter77"] if any(is_chapter_77(charge) for charge in seen) else scopes

    def _count_defendant(self, matter: Matter, scopes: list[str], who: Defendant, filed: int) -> None:
        """Count one charged defendant and the outcome."""
        days = [paper.filed for paper, _, _ in who.counts if paper.entered <= self.today]
        charged = min(days, default=filed)
        self._count(matter, scopes, "defendants_charged", charged)
        self._follow(scopes, who, charged)
        if not who.disposed or who.disposed_entered > self.today:
            return
        if who.disposition in CONVICTED:
            self._count(matter, scopes, "defendants_convicted", who.disposed)
            self._count(matter, scopes, "conviction_rate", who.disposed, 1, 1)
        elif who.disposition in LOST:
            self._count(matter, scopes, "conviction_rate", who.disposed, 0, 1)

    def _count(self, matter: Matter, scopes: list[str], metric: str, day: int, top: int = 1, bottom: int = 0) -> None:
        """Add to the cell of a day in every scope."""
        for scope in scopes:
            key = (metric, scope, matter.district.code, quarter(day))
            self._tops[key] += top
            if bottom:
                self._bottoms[key] += bottom

    def _lines(self) -> Iterator[str]:
        """The lines of the file, sorted; no word of theirs needs quotes."""
        tops, bottoms = self._wider(self._tops, int), self._wider(self._bottoms, int)
        for key in sorted(tops):
            top, bottom = tops[key], bottoms.get(key)
            yield f"{_place(key)},{top},{bottom},{top / bottom}\n" if bottom else f"{_place(key)},{top},,{top}\n"
        days = self._wider(self._days, Counter)
        for key in sorted(days):
            n = days[key].total()
            yield f"{_place(key)},,{n},{median(days[key].elements())}\n"

    def _wider(self, cells: dict[Key, T], zero: Callable[[], T]) -> dict[Key, T]:
        """The cells of districts by quarter, and what they add up to: those of groups, of the nation and of years."""
        groups = _summed(cells, zero, lambda metric, scope, place, when: (metric, scope, self.groups[place], when))
        nation = _summed(groups, zero, lambda metric, scope, _, when: (metric, scope, "ALL", when))
        by_quarter = {**cells, **groups, **nation}
        return by_quarter | _summed(
            by_quarter, zero, lambda metric, scope, place, when: (metric, scope, place, when[:6])
        )


def _summed(cells: dict[Key, T], zero: Callable[[], T], wider: Callable[[str, str, str, str], Key]) -> dict[Key, T]:
    """The cells added up, each in the wider one that it is part of."""
    found: dict[Key, T] = defaultdict(zero)
    for key, cell in cells.items():
        found[wider(*key)] += cell
    return found


def _place(key: Key) -> str:
    """The leading columns of a line."""
    metric, scope, district, period = key
    return f"{metric},{scope},{district},{'quarter' if ' ' in period else 'fy'},{period}"
