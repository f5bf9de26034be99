"""Files of the FBI and HSI: one for each delivery, with planted rows.

In: investigations as they are drawn. Out: `fbi_cases_<day>.csv` and `hsi_cases_<day>.xlsx`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

from xlsxwriter import Workbook

from sources.synthetic.investigations import Investigation
from sources.synthetic.plants import PLANT_EVERY, PlantedRows

FBI_COLUMNS = (
    "agency,agency_case_id,opened_on,closed_on,classification,field_office,district,referral_date,usao_matter_id,"
    "lead_statute,subjects,victims_identified,joint_agencies,status"
)
HSI_COLUMNS = [
    "Case Number", "Open Date", "Close Date", "Program Code", "SAC Office", "Judicial District", "Date Referred",
    "USAO Number", "Lead Violation", "Subjects", "Victims", "Other Agencies", "Case Status",
]  # fmt: skip
CLASSIFICATION = {"acteam": "50D Human Trafficking", "minor": "31D Child Sex Trafficking"}
PROGRAM = {"acteam": "7H0", "minor": "7C1"}
EXCEL_ROWS = 1_048_576
FATES = {
    "ragged_row": "quarantined",
    "bad_date": "quarantined",
    "open_quote": "quarantined",
    "exact_duplicate": "skipped",
}


class FbiExport:
    """An append export: what is new or changed since the day of the one before."""

    def __init__(self, folder: Path, day: date, before: date | None, planted: PlantedRows, each: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.day, self.before, self._planted = day, before, planted
        self.name = f"fbi_cases_{day}.csv"
        self._file = (folder / self.name).open("w", encoding="utf-8", newline="")
        self._file.write(FBI_COLUMNS + "\n")
        self._line, self._due = 1, list(FATES) * each
        self._last: list[str] = []

    def add(self, found: Investigation) -> None:
        """Write the investigation if it is new or changed; now and then a planted row after it."""
        now = found.known(self.day.toordinal())
        if now is None or (self.before and now == found.known(self.before.toordinal())):
            return
        fields = self._fields(found)
        self._write(",".join(fields))
        self._last = fields
        if self._due and (self.before or self._line % PLANT_EVERY == 0):
            self._plant(self._due.pop(), fields)

    def finish(self) -> None:
        """Plant what a short file had no room for, and close it."""
        while self._due and self._last:
            self._plant(self._due.pop(), self._last)
        self._file.close()

    def _fields(self, found: Investigation) -> list[str]:
        """The fields of a row."""
        now = found.known(self.day.toordinal())
        assert now is not None
        district = found.district
        return [
            "FBI", fbi_number(found), date.fromordinal(found.opened).isoformat(),
            now.closed.isoformat() if now.closed else "", CLASSIFICATION[found.kind], district.city.replace(",", " "),
            district.code, now.referred.isoformat() if now.referred else "", now.matter, found.statute,
            str(found.subjects), str(found.victims), found.joint, now.status,
        ]  # fmt: skip

    def _plant(self, kind: str, fields: list[str]) -> None:
        """A row that must not get through, or the same row again."""
        row = list(fields)
        if kind != "exact_duplicate":
            row[1] = f"50D-{row[6]}-9{self.day:%m}{len(self._due):03d}"
        if kind == "ragged_row":
            row.append("SEE FILE")
        if kind == "bad_date":
            row[2] = "2015-02-31"
        if kind == "open_quote":
            row[5] = f'"{row[5]}'
        self._write(",".join(row))
        self._planted.add(self.day.isoformat(), "fbi", (self.name, self._line), kind, FATES[kind])

    def _write(self, row: str) -> None:
        """Write one line."""
        self._file.write(row + "\n")
        self._line += 1


def fbi_number(found: Investigation) -> str:
    """The number by which the FBI knows an investigation."""
    return f"50D-{found.district.code}-{found.number:06d}"


def hsi_number(found: Investigation) -> str:
    """The number by which HSI knows an investigation, in all its exports."""
    return f"HSI{found.district.number:02d}QT{found.number:06d}"


def workbook(path: Path, day: date) -> Workbook:
    """A workbook that is written row by row and forgotten; made on `day`, so that the bytes repeat."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": datetime.combine(day, time(10, 49))})
    return book


class HsiExport:
    """A workbook of all investigations; a damaged one has a renamed column."""

    def __init__(self, folder: Path, day: date, is_damaged: bool, planted: PlantedRows, each: int) -> None:
        self.day, self._planted, self._due, self._row = day, planted, each, 0
        self._last: list[object] = []
        self.path = folder / f"hsi_cases_{day}.xlsx"
        self._book = workbook(self.path, day)
        self._sheet = self._book.add_worksheet("Cases")
        header = ["Referral Dt" if is_damaged and name == "Date Referred" else name for name in HSI_COLUMNS]
        self._write(header)

    def add(self, found: Investigation) -> None:
        """Write the investigation, as far as a worksheet has rows; now and then a planted row after it."""
        now = found.known(self.day.toordinal())
        if now is None or self._row > EXCEL_ROWS - 100:
            return
        district = found.district
        row: list[object] = [
            hsi_number(found), date.fromordinal(found.opened), now.closed,
            PROGRAM[found.kind], district.city, district.pacer, now.referred, now.matter or None, found.statute,
            found.subjects, found.victims, found.joint or None, now.status.title(),
        ]  # fmt: skip
        self._write(row)
        self._last = row
        if self._due and self._row % PLANT_EVERY == 0:
            self._plant(row)

    def finish(self) -> None:
        """Save the workbook."""
        while self._due and self._last:
            self._plant(self._last)
        self._book.close()

    def _plant(self, row: list[object]) -> None:
        """A row with words in place of a date."""
        self._due -= 1
        self._write([f"{row[0]}9{self._due}", "pending", *row[2:]])
        self._planted.add(self.day.isoformat(), "hsi", (self.path.name, self._row), "bad_date", "quarantined")

    def _write(self, row: Sequence[object]) -> None:
        """Write one row; each value by its type, which is quicker than to let the library look for it."""
        for column, value in enumerate(row):
            if isinstance(value, str):
                self._sheet.write_string(self._row, column, value)
            elif isinstance(value, date):
                self._sheet.write_datetime(self._row, column, value)
            elif value is not None:
                self._sheet.write_number(self._row, column, value)
        self._row += 1
