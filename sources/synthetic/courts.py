"""The courts' Integrated Database: a row for every defendant in every fiscal year in which the case was open.

In: matters. Out: `cr96on.txt`, 144 columns split by tabs, in a zip by Deflate64 (or plain, in cp1252): a pending
defendant returns every year, dates differ from the office's by some days, a few defendants are missing (sealed).
"""

from __future__ import annotations

import shutil
from datetime import date
from functools import cache
from pathlib import Path

from sources.facts import table
from sources.synthetic.clerks import Clerk
from sources.synthetic.deflate64 import write_zip
from sources.synthetic.dice import Dice
from sources.synthetic.links import Links
from sources.synthetic.matter import Defendant, Matter
from sources.synthetic.plants import Spoiler
from sources.synthetic.world import District, World

CHARGED = ("FTITLE", "FOFFLVL", "FOFFCD", "D2FOFFCD", "FSEV")
ENDED = (
    "TTITLE", "TOFFLVL", "TOFFCD", "D2TOFFCD", "TSEV", "DISP", "PRISTIM", "PRISCD", "PROBMON", "PROBCD", "SUPVREL",
    "FINEAMT",
)  # fmt: skip
COLUMNS = [
    "FISCALYR", "CIRCUIT", "DISTRICT", "OFFICE", "DOCKET", "DEFNO", "CTDEF", "NAME", "REOPSEQ", "TYPEREG", "TYPETRN",
    "TYPEMAG", "DEFLGKY", "CASLGKY", "MAGDOCK", "MAGDEF", "STATUSCD", "FUGSTAT", "FGSTRTDATE", "FGENDDATE", "FILEDATE",
    "PROCDATE", "PROCCD", "APPDATE", "APPCD", "FJUDGE", "FCOUNSEL",
    *(f"{name}{n}" for n in range(1, 6) for name in CHARGED),
    "COUNTY", "TRANDIST", "TRANOFF", "TRANDOCK", "TRANDEF", "UPDATE", "DISPDATE", "SENTDATE", "TERMDATE", "INT1",
    "INT2", "INT3", "TERMOFF", "TJUDGE", "TCOUNSEL",
    *(f"{name}{n}" for n in range(1, 6) for name in ENDED),
    "PRISTOT", "PROBTOT", "FINETOT", "CTFILTRN", "CTFIL", "CTFILWOR", "CTFILR", "CTTRTRN", "CTTR", "CTTRWOR", "CTTRR",
    "CTPN", "CTPNWOF", "SOURCE", "VER", "LOADDATE", "TAPEYEAR",
]  # fmt: skip
DISPOSITION = {"GT": "4", "NC": "5", "GD": "4", "NG": "3", "ND": "2", "DM": "14", "DJ": "1", "NB": "1", "TR": "0",
               "RE": "0", "OC": "1", "OE": "15"}  # fmt: skip
NO_DAY = "01/01/1900"
OPEN = {  # what is filled in, as it is before the end
    **dict.fromkeys(("CIRCUIT", "DISTRICT", "DOCKET", "DEFNO", "NAME", "DEFLGKY", "CASLGKY", "FILEDATE"), "-8"),
    **{f"{name}{n}": "-8" for name in ("FTITLE", "TTITLE", "DISP") for n in range(1, 6)},
    **dict.fromkeys(("DISPDATE", "SENTDATE", "TERMDATE"), NO_DAY),
    "PRISTOT": "-8",
}
ALWAYS = {"OFFICE": "1", "CTDEF": "1", "REOPSEQ": "0", "FOFFLVL1": "4"}
BETWEEN = COLUMNS[1 : COLUMNS.index("CTFILTRN")]  # the columns between the year and the counting flags
ROW = "\t".join(f"%({name})s" if name in OPEN else ALWAYS.get(name, "-8") for name in BETWEEN)
NO_FLAGS = "\t".join(["-8"] * 10)


class CourtsExport:
    """One quarterly file; the truth of the planted rows is kept by place."""

    def __init__(self, folder: Path, world: World, day: date, is_zipped: bool, links: Links, spoiler: Spoiler) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.day, self.today, self.is_zipped = day, day.toordinal(), is_zipped
        self.facts, self._links = world.parameters["courts"], links
        self.path = folder / "cr96on.txt"
        self._file = self.path.open("w", encoding="utf-8" if is_zipped else "cp1252", newline="")
        self._file.write("\t".join(COLUMNS) + "\r\n")
        self._codes = {row["lions_abbreviation"]: row for row in table("districts")}
        self._n, self._n_lines, self._spoiler = 0, 1, spoiler

    def start_district(self, world: World, district: District) -> None:
        """Draws that depend on the district alone, the same in every file."""
        self._dice = Dice(world.seed, district.number, 2)
        self._clerk = Clerk(Dice(world.seed, district.number, 12), world)

    def add(self, matter: Matter) -> None:
        """Write the years of each defendant of a case, as far as they are known."""
        case, off = matter.case, self._clerk.day(0, "court_days_off")
        for who in matter.defendants:
            sealed, late = self._dice.chance(self.facts["missing"]), self._dice.between(0, 3)
            if case and who.history and not sealed and who.joined_entered <= self.today:
                first = min((paper.filed for paper, _, _ in who.counts), default=case.filed) + late + off
                row = self._row(matter, who, first)
                self._links.add("defendant", "fjc", row["DEFLGKY"], f"{matter.number}/{who.id}")
                self._links.add("case", "fjc", row["CASLGKY"], matter.number)
                self._write(who, row, first)
                if self._spoiler.is_due(self._n_lines):
                    self._spoil(matter, who, first)

    def finish(self) -> None:
        """Close the file, and pack it."""
        self._file.close()
        if self.is_zipped:
            with self.path.open("rb") as file:
                pieces = iter(lambda: file.read(1 << 20), b"")
                write_zip(self.path.with_name("cr96on_0.zip"), "cr96on.txt", pieces, self.day)
            self.path.unlink()
        else:
            shutil.move(self.path, self.path.with_name("cr96on_2026.txt"))

    def _spoil(self, matter: Matter, who: Defendant, first: int) -> None:
        """A defendant of nobody, filed on a day that is none."""
        spoilt = {"FILEDATE": "02/30/2014", "DEFLGKY": f"SPOILED{self._n_lines}"}
        row = ROW % (self._row(matter, who, first) | spoilt)
        self._file.write(f"2014\t{row}\t{NO_FLAGS}\t-8\t-8\t-8\t2014\r\n")
        self._n_lines += 1
        name = "cr96on_0.zip/cr96on.txt" if self.is_zipped else "cr96on_2026.txt"
        self._spoiler.note("fjc", self.day, (name, self._n_lines), "bad_date")

    def _ended(self, who: Defendant) -> int:
        """The day of termination as known on the day of the file: the sentence's, if there is to be one."""
        given = who.sentence
        day, entered = (given.on, given.entered) if given else (who.disposed, who.disposed_entered)
        return day if day and entered <= self.today else 0

    def _write(self, who: Defendant, row: dict[str, str], filed: int) -> None:
        """A line for each fiscal year from filing to termination, or to the year of the file."""
        ended = self._ended(who)
        first, last = _fiscal_year(filed), _fiscal_year(max(ended or self.today, filed))
        pending = ROW % row
        lines = [self._line(year, pending, year == first, False) for year in range(first, last + (not ended))]
        if ended:
            lines.append(self._line(last, ROW % (row | self._end(who, ended)), last == first, True))
        self._file.writelines(lines)
        self._n_lines += len(lines)

    def _line(self, year: int, row: str, is_first: bool, is_last: bool) -> str:
        """A year of a defendant."""
        flags = f"{is_first:d}\t{is_first:d}\t-8\t-8\t{is_last:d}\t{is_last:d}\t-8\t-8\t{not is_last:d}\t-8"
        return f"{year}\t{row}\t{flags}\tINVENTED\t-8\t{_day(self.today)}\t{year}\r\n"

    def _row(self, matter: Matter, who: Defendant, filed: int) -> dict[str, str]:
        """What is known from the filing on."""
        self._n += 1
        code, docket = self._codes[matter.district.code], _docket(matter)
        district = code["fjc_code"] if self._n % 9 else code["fjc_code"].lstrip("0") or "0"
        case, number = f"{code['fjc_code']}1{docket}", f"{who.number:03d}"
        row = OPEN | {
            "CIRCUIT": code["circuit"], "DISTRICT": district, "DOCKET": docket, "DEFNO": number, "NAME": _name(self._n),
            "DEFLGKY": case + number, "CASLGKY": case, "FILEDATE": _day(filed),
        }  # fmt: skip
        for n, charge in enumerate(_statutes(who) or [matter.lead_charge], 1):
            row[f"FTITLE{n}"] = _title(charge, self._n)
        return row

    def _end(self, who: Defendant, ended: int) -> dict[str, str]:
        """How it ended; the courts call the offence of conviction the first one."""
        statutes = _statutes(who)
        row = {f"TTITLE{n}": _title(charge, self._n) for n, charge in enumerate(statutes, 1)}
        row |= {f"DISP{n}": "1" for n in range(2, len(statutes) + 1)}
        row |= {"DISP1": DISPOSITION[who.disposition], "DISPDATE": _day(who.disposed), "TERMDATE": _day(ended)}
        if given := who.sentence:
            special = "-4" if given.kind == "LIF" else "-2" if not given.months else ""
            row |= {"SENTDATE": _day(given.on), "PRISTOT": special or str(given.months)}
        return row


def _statutes(who: Defendant) -> list[str]:
    """The first five statutes of the charges."""
    return list(dict.fromkeys(charge for _, _, charge in who.counts))[:5]


def _name(n: int) -> str:
    """No name, but what makes the names of the real file hard to read: quotes, tabs, control bytes, other letters."""
    if n % 400 == 0:
        return '"DEFENDANT ""A""\tNO."'
    return "DEFENDANT\x1e\x00" if n % 300 == 0 else "DEFENDANT \xd1" if n % 50 == 0 else "DEFENDANT"


def _title(charge: str, n: int) -> str:
    """A statute as the courts write it; leading zeros come and go."""
    return charge.lstrip("0") if n % 3 else charge


def _docket(matter: Matter) -> str:
    """The docket number: the year and five digits."""
    return f"{matter.id[2:4]}{int(matter.id[5:]):05d}"


@cache
def _day(day: int) -> str:
    return date.fromordinal(day).strftime("%m/%d/%Y")


@cache
def _fiscal_year(day: int) -> int:
    then = date.fromordinal(day)
    return then.year + (then.month >= 10)
