"""One delivery of the LIONS dump: its disks, their fixed-width files and a README on each.

In: records, district by district. Out: `DISK01/README.TXT` and `DISK01/gs_case.txt` and so on, or the same as zips.
"""

from __future__ import annotations

import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import TextIO

from sources.synthetic.lions import LAYOUT, WIDTH

DISKS = {
    "DISK01": ("GS_CASE", "GS_CASE_PROG_CAT", "GS_ASSIGNMENT"),
    "DISK02": ("GS_INST_CHARGE", "GS_PART_VICTIM", "GS_PART_COUNT"),
    "DISK03": ("GS_PARTICIPANT",),
    "DISK04": ("GS_COURT_HIST", "GS_PART_COURT", "GS_INSTRUMENT", "GS_SENTENCE", "GS_EVENT"),
}
DISK_OF = {table: disk for disk, tables in DISKS.items() for table in tables}


class LionsDelivery:
    """The open files of one dump; `write` returns nothing but counts every record."""

    def __init__(self, folder: Path, day: date, is_zipped: bool) -> None:
        self.folder, self.day, self.is_zipped = folder, day, is_zipped
        self.today = day.toordinal()
        self.n_records: dict[str, int] = {}
        self._files: dict[str, TextIO] = {}
        for disk, tables in DISKS.items():
            (folder / disk).mkdir(parents=True, exist_ok=True)
            for table in tables:
                if table != "GS_PARTICIPANT":
                    self._open(table, f"{table.lower()}.txt")

    def start_district(self, code: str) -> None:
        """Participants have a file for each district."""
        if "GS_PARTICIPANT" in self._files:
            self._files["GS_PARTICIPANT"].close()
        self._open("GS_PARTICIPANT", f"gs_participant_{code}.txt")

    def write(self, table: str, record: str) -> None:
        """Add a record to the file of its table."""
        self._files[table].write(record)
        self.n_records[table] += 1

    def place(self, table: str) -> tuple[str, int]:
        """Where the record just written stands: the file inside the delivery and the record number."""
        disk = DISK_OF[table] + (".ZIP" if self.is_zipped else "")
        return f"{disk}/{Path(self._files[table].name).name}", self.n_records[table]

    def finish(self) -> None:
        """Close the files, write the README of every disk and zip the disks if asked."""
        for file in self._files.values():
            file.close()
        for disk, tables in DISKS.items():
            (self.folder / disk / "README.TXT").write_text(self._readme(disk, tables), "latin-1", newline="\r\n")
            if self.is_zipped:
                self._zip(disk)

    def _open(self, table: str, name: str) -> None:
        """A new file of a table."""
        path = self.folder / DISK_OF[table] / name
        self._files[table] = path.open("w", encoding="latin-1", newline="", buffering=1 << 18)
        self.n_records[table] = 0

    def _readme(self, disk: str, tables: tuple[str, ...]) -> str:
        """The README in the shape of the official one: file listing, then table layouts."""
        paths = sorted(path for path in (self.folder / disk).iterdir() if path.suffix == ".txt")
        sizes = [path.stat().st_size for path in paths]
        lines = ["This file contains a listing of the files in this ZIP file, followed by file layouts"]
        lines += ["(if necessary).", "", "", "File Listing:", "", ""]
        stamp = f"{self.day:%m/%d/%Y} 10:49 AM"
        lines += [f"{stamp}{size:>25,} {path.name}" for path, size in zip(paths, sizes, strict=True)]
        lines += ["", "", f"{len(paths)} File(s) {sum(sizes):,} bytes", "", "", "", "Table Layouts:", "", ""]
        return "\n".join([*lines, *(line for table in tables for line in _layout(table))])

    def _zip(self, disk: str) -> None:
        """Pack a disk and drop its folder; fixed times keep the bytes the same."""
        folder = self.folder / disk
        with zipfile.ZipFile(self.folder / f"{disk}.ZIP", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(folder.iterdir()):
                info = zipfile.ZipInfo(path.name, (self.day.year, self.day.month, self.day.day, 10, 49, 0))
                info.compress_type, info.file_size = zipfile.ZIP_DEFLATED, path.stat().st_size
                with path.open("rb") as source, archive.open(info, "w") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
        shutil.rmtree(folder)


def _layout(table: str) -> list[str]:
    """The layout of one table, a line for each column."""
    columns = LAYOUT[table]
    wide = max(len(column["column"]) for column in columns) + 2
    lines = [f"{table} - {WIDTH[table]} Characters", "", "", f"{'Name':<{wide}}{'Null?':<12}{'Type':<16}Position"]
    for column in columns:
        null = "NOT NULL" if column["not_null"] == "yes" else ""
        position = f"({column['start']}:{column['end']})"
        lines.append(f"{column['column']:<{wide}}{null:<12}{column['oracle_type']:<16}{position}")
    return [*lines, "", "", ""]
