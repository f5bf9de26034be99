"""The Sentencing Commission's files: one CSV a fiscal year of sentencing, with many columns that nobody reads.

In: matters. Out: `opafy<yy>nid.csv`: only the month of the sentence, the statutes in no order, no link to a docket,
the Commission's own district codes, and a few offenders missing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TextIO

from sources.facts import table
from sources.synthetic.dice import Dice
from sources.synthetic.links import Links
from sources.synthetic.matter import CONVICTED, Matter
from sources.synthetic.plants import Spoiler
from sources.synthetic.world import District, World

NAMED = ["USSCIDN", "DISTRICT", "SENTMON", "SENTYR", "NOUSTAT", *(f"NWSTAT{n}" for n in range(1, 7)), "DISPOSIT",
         "SENTTOT", "SENTTOT0", "TOTPRISN", "SENTIMP", "GDLINEHI", "NEWCIT"]  # fmt: skip
FILLERS = 300
FIRST_FILE = 2012
GUIDELINE = {"acteam": "2H4.1", "minor": "2G1.3"}


class CommissionExport:
    """The files of all years that one delivery holds."""

    def __init__(self, folder: Path, day: date, years: range, links: Links, spoiler: Spoiler) -> None:
        self._links, self._spoiler, self.day = links, spoiler, day
        self.folder, self.today, self.years = folder, day.toordinal(), years
        folder.mkdir(parents=True, exist_ok=True)
        self._codes = {row["lions_abbreviation"]: row["ussc_code"] for row in table("districts")}
        self._files: dict[int, TextIO] = {}
        self._filler = "," + ",".join("." * FILLERS)
        header = ",".join([*NAMED, *(f"X{n}" for n in range(1, FILLERS + 1))])
        for year in years:
            self._files[year] = (folder / f"opafy{year % 100:02d}nid.csv").open("w", encoding="utf-8", newline="")
            self._files[year].write(header + "\n")
        self._number, self._lines = 0, dict.fromkeys(years, 1)

    def start_district(self, world: World, district: District) -> None:
        """Draws that depend on the district alone, the same in every delivery."""
        self._dice = Dice(world.seed, district.number, 3)
        self._number = district.number * 1_000_000

    def add(self, matter: Matter) -> None:
        """Write the sentenced defendants of a matter."""
        for who in matter.defendants:
            if who.disposition not in CONVICTED or who.sentence is None:
                continue
            self._number += 1
            missing, turn = self._dice.chance(0.04), self._dice.between(0, 5)
            then = date.fromordinal(who.sentence.on)
            year = then.year + (then.month >= 10)
            if missing or year not in self._files or who.sentence.entered > self.today:
                continue
            self._links.add("defendant", "ussc", str(self._number), f"{matter.number}/{who.id}")
            statutes = list(dict.fromkeys(_shape(charge, turn) for _, _, charge in who.counts))[:6]
            statutes = statutes[turn % (len(statutes) or 1) :] + statutes[: turn % (len(statutes) or 1)]
            given, pleaded = who.sentence, who.reason == "PLED"
            is_life, months = given.kind == "LIF", given.months
            row = [
                str(self._number), self._codes[matter.district.code], str(then.month), str(then.year),
                str(len(statutes)), *(statutes + ["."] * 6)[:6], "1" if pleaded else "3",
                "470" if is_life else str(months) if months else ".", str(months),
                "9996" if is_life else str(months), "1" if months or is_life else "4",
                GUIDELINE.get(matter.kind, "2X5.1"), "1",
            ]  # fmt: skip
            self._write(year, row)
            if self._spoiler.is_due(self._lines[year]):
                self._write(year, [f"9{self._number}", row[1], "13", *row[3:]])  # a month that is none
                self._spoiler.note("ussc", self.day, (Path(self._files[year].name).name, self._lines[year]), "bad_date")

    def _write(self, year: int, row: list[str]) -> None:
        """Write one line."""
        self._files[year].write(",".join(row) + self._filler + "\n")
        self._lines[year] += 1

    def finish(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


def _shape(charge: str, turn: int) -> str:
    """A statute as the Commission writes it: 18:1594C, 181591, or with a dash."""
    plain = charge.removesuffix(".F").lstrip("0")
    return plain.replace(":", "-") if turn == 3 else plain
