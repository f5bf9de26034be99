"""The docket of the Human Trafficking Prosecution Unit: a workbook kept by hand, a sheet for each fiscal year.

In: matters. Out: `htpu_docket_<day>.xlsx`: title rows, a header in two rows with merged titles, notes on a sheet of
their own, and the matter's number missing here and there.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from sources.synthetic.dice import Dice
from sources.synthetic.exports import workbook
from sources.synthetic.links import Links
from sources.synthetic.matter import Matter
from sources.synthetic.plants import Spoiler
from sources.synthetic.world import District, World

GROUPS = [("Matter", ("DJ No.", "District", "USAO No.")), ("Dates", ("Opened", "Closed")),
          ("HTPU", ("Role", "ACTeam", "Last training")), ("Remarks", ("",))]  # fmt: skip
ROLES = {"Co-counsel": 0.5, "Lead": 0.2, "Advice": 0.3}
FIRST_YEAR = 2010


class DocketExport:
    """One workbook."""

    def __init__(self, folder: Path, world: World, day: date, links: Links, spoiler: Spoiler) -> None:
        self.day, self.world, self._links, self._spoiler = day, world, links, spoiler
        self._n = 0
        self.path = folder / f"htpu_docket_{day}.xlsx"
        self._rows: dict[int, list[list[object]]] = defaultdict(list)

    def start_district(self, world: World, district: District) -> None:
        """Draws that depend on the district alone, the same in every workbook."""
        self._dice, self._number = Dice(world.seed, district.number, 6), 0

    def add(self, matter: Matter) -> None:
        """Note the matter if the unit has a part in it."""
        if matter.kind != "acteam":
            return
        dice, facts = self._dice, self.world.parameters["htpu"]
        taken, lag, linked = dice.chance(facts["share"]), dice.between(0, 200), dice.chance(facts["linked"])
        role, trained = dice.pick(ROLES), dice.between(30, 900)
        opened = date.fromordinal(matter.received + lag)
        year = opened.year + (opened.month >= 10)
        if not taken:
            return
        self._number += 1  # also where it is not written yet: a number never changes
        if year < FIRST_YEAR or opened > self.day or matter.entered > self.day.toordinal():
            return
        number = f"50-{matter.district.number:02d}-{self._number:04d}"
        self._links.add("case", "crt_htpu", number, matter.number)
        closed = matter.closed if matter.closed and matter.closed_entered <= self.day.toordinal() else 0
        started = self.world.phase_starts.get(matter.district.group, 9999)
        self._rows[year].append([
            number, matter.district.code,
            matter.number if linked else None, opened,
            date.fromordinal(max(closed, opened.toordinal())) if closed else None, role,
            "Yes" if year >= started else "No", opened - timedelta(trained) if trained < 600 else "n/a", None,
        ])  # fmt: skip

    def finish(self) -> None:
        """Write the workbook."""
        book = workbook(self.path, self.day)
        book.add_worksheet("Notes").write_row(0, 0, ["Invented docket. One sheet a fiscal year."])
        for year in sorted(self._rows or [FIRST_YEAR]):
            sheet = book.add_worksheet(f"FY{year}")
            if not self._rows:
                continue
            sheet.write_row(0, 0, ["Human Trafficking Prosecution Unit: docket (invented)"])
            place = 0
            for title, names in GROUPS:
                if len(names) > 1:
                    sheet.merge_range(2, place, 2, place + len(names) - 1, title)
                else:
                    sheet.write(2, place, title)
                place += len(names)
            sheet.write_row(3, 0, [name or None for _, names in GROUPS for name in names])
            line = 4
            for row in self._rows[year]:
                sheet.write_row(line, 0, row)
                line += 1
                self._n += 1
                if self._spoiler.is_due(self._n):
                    sheet.write_row(line, 0, [f"{row[0]}9", row[1], None, "pending", *row[4:]])
                    line += 1
                    self._spoiler.note("crt_htpu", self.day, (f"{self.path.name}#FY{year}", line), "bad_date")
        book.close()
