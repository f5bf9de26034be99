"""Bad and awkward rows put into the LIONS dump on purpose, and the list of all of them.

In: the matters of a district as they are written. Out: extra or altered records, and a line of `planted.csv` for each
in every delivery it is part of. Extra records have numbers of their own and nothing below them, so counts stay exact.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TextIO

from sources.synthetic.delivery import LionsDelivery
from sources.synthetic.dice import Dice
from sources.synthetic.lions import LINE, REDACTED, case_record
from sources.synthetic.matter import Matter
from sources.synthetic.world import District, World

# Kinds that alter or accompany a matter that is counted, with what should become of the row.
ON_MATTER = {
    "cr_in_record": "staged",
    "latin1": "staged",
    "redacted_lead_charge": "staged",
    "received_after_filing": "staged",
    "exact_duplicate": "skipped",
    "key_conflict": "quarantined",
    "unknown_code_part_court": "quarantined",
    "bad_date_court_hist": "quarantined",
}
# Kinds that are gs_case records of their own.
ALONE = ("bad_date", "missing_required", "short_record", "long_record", "unknown_code")
PLANT_EVERY = 8  # rows of a file between two planted ones
EXTRA_ID = 900_000_000
RECEIVED_AFTER = 20  # days


class PlantedRows:
    """The list `planted.csv`, written as the rows are."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(["delivery", "agency", "file", "line", "kind", "fate"])
        self.counts: Counter[str] = Counter()

    def add(self, delivery: str, agency: str, place: tuple[str, int], kind: str, fate: str) -> None:
        """Note one planted row."""
        self._rows.writerow([delivery, agency, *place, kind, fate])
        self.counts[f"{agency} {kind}"] += 1

    def close(self) -> None:
        """Finish the list."""
        self._file.close()


class Spoiler:
    """The rows of one delivery that must not get through: a few, one after every so many good ones."""

    def __init__(self, planted: PlantedRows, each: int) -> None:
        self._planted, self._due = planted, each

    def is_due(self, line: int) -> bool:
        """Whether a planted row follows this line."""
        return self._due > 0 and line % PLANT_EVERY == 0

    def note(self, agency: str, day: date, place: tuple[str, int], kind: str) -> None:
        """Note the row that was written at a place."""
        self._due -= 1
        self._planted.add(day.isoformat(), agency, place, kind, "quarantined")


class Planter:
    """Decides where the rows go, writes the extra ones and notes them all."""

    def __init__(self, world: World, planted: PlantedRows, is_dirty: bool) -> None:
        dice = Dice(world.seed, 1_000_002)
        each = world.parameters["planted"] if is_dirty else 0
        last = len(world.districts) - 1
        due = [(dice.between(0, last), kind) for kind in (*ON_MATTER, *ALONE) for _ in range(each)]
        self._due = sorted(due)
        self._waiting: deque[str] = deque()
        self._later: list[Matter] = []
        self._first_day = world.deliveries[0].toordinal()
        self._planted = planted
        self._number = 90_000

    def start_district(self, district: District, deliveries: Iterable[LionsDelivery]) -> None:
        """Make the plants of a district due and write the ones that need no matter."""
        here = [kind for number, kind in self._due if number == district.number]
        self._waiting.extend(kind for kind in here if kind in ON_MATTER)
        for kind in (kind for kind in here if kind in ALONE):
            self._number += 1
            record = _bad_case(kind, district, f"2015R{self._number}")
            for delivery in deliveries:
                self._write(delivery, "GS_CASE", record, kind, "quarantined")

    def mark(self, matter: Matter) -> None:
        """Give the matter the next waiting plant, if it is an old case that no later delivery changes."""
        if not self._waiting or not matter.is_counted or matter.case is None:
            return
        if matter.last_entered + RECEIVED_AFTER > self._first_day:
            return
        matter.plant = self._waiting.popleft()
        if matter.plant == "received_after_filing":
            matter.received = matter.case.filed + RECEIVED_AFTER
            matter.entered = max(matter.entered, matter.received)
        if matter.plant in ("exact_duplicate", "key_conflict"):
            self._later.append(matter)

    def after_case(self, matter: Matter, delivery: LionsDelivery) -> None:
        """Note an altered gs_case record that was just written."""
        if ON_MATTER.get(matter.plant) == "staged":
            self._note(delivery, "GS_CASE", matter.plant, "staged")

    def after_matter(self, matter: Matter, delivery: LionsDelivery) -> None:
        """Add the extra record that accompanies a matter."""
        key = (matter.district.code, matter.id)
        if matter.plant == "unknown_code_part_court" and matter.case:
            entered = ("", "", "", "15-JUN-2015")
            record = LINE["GS_PART_COURT"] % (*key, EXTRA_ID, matter.case.id, "ZZ", *entered)
            self._write(delivery, "GS_PART_COURT", record, "unknown_code", "quarantined")
        if matter.plant == "bad_date_court_hist":
            rest = ("", "", "", "", "", "15-JUN-2015")
            record = LINE["GS_COURT_HIST"] % (*key, EXTRA_ID, "DC", "PL", "", "31-FEB-2015", *rest)
            self._write(delivery, "GS_COURT_HIST", record, "bad_date", "quarantined")

    def end_district(self, deliveries: Iterable[LionsDelivery]) -> None:
        """Write duplicates and conflicts, well after the records they repeat."""
        for delivery in deliveries:
            for matter in self._later:
                closed = matter.received + 45 if matter.plant == "key_conflict" else None
                record = case_record(matter, delivery.today, closed)
                self._write(delivery, "GS_CASE", record, matter.plant, ON_MATTER[matter.plant])
        self._later.clear()

    def late(self, matter: Matter, delivery: LionsDelivery, before: LionsDelivery | None) -> None:
        """Note a matter that the delivery before should have held already."""
        if before and matter.is_criminal and matter.received < before.today < matter.entered:
            self._note(delivery, "GS_CASE", "late", "staged")

    def _write(self, delivery: LionsDelivery, table: str, record: str, kind: str, fate: str) -> None:
        """Write an extra record and note it."""
        delivery.write(table, record)
        self._note(delivery, table, kind, fate)

    def _note(self, delivery: LionsDelivery, table: str, kind: str, fate: str) -> None:
        """Note the record just written."""
        self._planted.add(delivery.day.isoformat(), "eousa", delivery.place(table), kind, fate)


def _bad_case(kind: str, district: District, matter_id: str) -> str:
    """A gs_case record that must not get through."""
    received = {"bad_date": "31-FEB-2015", "missing_required": ""}.get(kind, "10-FEB-2015")
    entered = "12-FEB-2015"
    record = LINE["GS_CASE"] % (
        district.code, matter_id, "Q" if kind == "unknown_code" else "R", REDACTED, received, "US", "CRM", "", "",
        "18:1591.F", entered, entered, "A", "", "",
    )  # fmt: skip
    if kind == "short_record":
        return record[:200] + "\r\n"
    return record[:-2] + "SPILLED OVER\r\n" if kind == "long_record" else record
