"""Hostile deliveries, one function each: it writes a drop folder. `hostile_cases.py` says what must become of each.

A verdict is `taken` (with the rules that records broke), `held` (with words of the reason) or `waits` (for the next
refresh). Every one carries the planted value, which no message may show.
"""

import datetime as dt
import io
import os
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from sources.synthetic.deflate64 import write_zip

FIXTURES = Path(__file__).parents[1] / "fixtures"
PLANTED = "PLANTEDVALUE"
DAY = "2026-09-30"
NAME = f"fbi_cases_{DAY}.csv"
HEADER = [
    "agency", "agency_case_id", "opened_on", "closed_on", "classification", "field_office", "district", "referral_date",
    "usao_matter_id", "lead_statute", "subjects", "victims_identified", "joint_agencies", "status",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One hostile delivery: who sends it, how it is made, and what must become of it."""

    name: str
    make: Callable[[Path], None]
    verdict: str
    says: str = ""
    rules: dict[str, int] = field(default_factory=dict)
    staged: int | None = None
    agency: str = "fbi"


def row(n: int = 1, **changed: str) -> list[str]:
    """A good row of the FBI's export, with some fields changed."""
    good = dict.fromkeys(HEADER, "") | {
        "agency": "FBI", "agency_case_id": f"{PLANTED}-{n}", "opened_on": "2015-01-02", "field_office": PLANTED,
        "classification": "50D", "district": "GAN", "subjects": "1", "victims_identified": "0", "status": "OPEN",
    }  # fmt: skip
    return list((good | changed).values())


def text(*rows: list[str], header: list[str] | None = None, sign: str = ",", end: str = "\n") -> str:
    """A file of rows."""
    return "".join(sign.join(r) + end for r in [header or HEADER, *rows])


def put(data: str | bytes, name: str = NAME) -> Callable[[Path], None]:
    """A drop folder of one file."""
    return lambda folder: (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def zipped(members: dict[str, bytes], name: str = f"fbi_{DAY}.zip", cut: int | None = None) -> Callable[[Path], None]:
    """A drop folder of one zip, perhaps cut short."""

    def make(folder: Path) -> None:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        if cut:
            (folder / name).write_bytes((folder / name).read_bytes()[:cut])

    return make


def changed(**fields: str) -> Callable[[Path], None]:
    """Three good rows, the middle one with other fields."""
    return put(text(row(1), row(2, **fields), row(3)))


def renamed(old: str, new: str) -> Callable[[Path], None]:
    return put(text(row(), header=[new if name == old else name for name in HEADER]))


def reordered(folder: Path) -> None:
    rows = [list(reversed(r)) for r in (row(1), row(2))]
    put(text(*rows, header=list(reversed(HEADER))))(folder)


def without(name: str) -> Callable[[Path], None]:
    at = HEADER.index(name)
    return put(text(row()[:at] + row()[at + 1 :], header=HEADER[:at] + HEADER[at + 1 :]))


def link(folder: Path) -> None:
    (folder.parent / "elsewhere.csv").write_text(text(row()))
    (folder / NAME).symlink_to(folder.parent / "elsewhere.csv")


def linked_folder(folder: Path) -> None:
    (folder / DAY).mkdir()
    put(text(row()))(folder / DAY)
    (folder / DAY / "more").symlink_to(folder / DAY)


def directory(folder: Path) -> None:
    (folder / NAME).mkdir()


def folder_named(name: bytes, file: bytes = NAME.encode()) -> Callable[[Path], None]:
    """A delivery in a folder, with names in bytes."""

    def make(folder: Path) -> None:
        (folder / os.fsdecode(name)).mkdir()
        put(text(row()), os.fsdecode(file))(folder / os.fsdecode(name))

    return make


def half_written(folder: Path) -> None:
    put(text(row()))(folder)
    (folder / NAME).rename(folder / f"{NAME}.part")


def half_written_inside(folder: Path) -> None:
    (folder / DAY).mkdir()
    put(text(row()))(folder / DAY)
    (folder / DAY / "more.csv.crdownload").write_text("x")


def twice(folder: Path) -> None:
    put(text(row()))(folder)
    put(text(row()), f"fbi_cases_{DAY} (1).csv")(folder)


def locked(folder: Path) -> None:
    zipped({NAME: text(row()).encode()})(folder)
    data = bytearray((folder / f"fbi_{DAY}.zip").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (folder / f"fbi_{DAY}.zip").write_bytes(data)


def wrong_crc(folder: Path) -> None:
    zipped({NAME: os.urandom(100_000)})(folder)
    data = bytearray((folder / f"fbi_{DAY}.zip").read_bytes())
    data[50_000:50_100] = bytes(100)
    (folder / f"fbi_{DAY}.zip").write_bytes(data)


def lying_sizes(folder: Path) -> None:
    """A bomb that says it is small: the size in the list of members is false."""
    zipped({NAME: text(row()).encode() + b"0" * (64 << 20)})(folder)
    data = bytearray((folder / f"fbi_{DAY}.zip").read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 1000)
    (folder / f"fbi_{DAY}.zip").write_bytes(data)


def from_fixture(agency: str, change: Callable[[Path], None]) -> Callable[[Path], None]:
    """The agency's awkward fixture with one more thing wrong."""

    def make(folder: Path) -> None:
        shutil.copytree(FIXTURES / agency, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.yml"))
        change(folder)

    return make


def edited(path: str, *pairs: tuple[bytes, bytes]) -> Callable[[Path], None]:
    """Replace bytes in one file of a fixture."""

    def change(folder: Path) -> None:
        data = (folder / path).read_bytes()
        for old, new in pairs:
            assert old in data
            data = data.replace(old, new)
        (folder / path).write_bytes(data)

    return change


def removed(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


LIONS = f"{DAY}/DISK01"


def lions(change: Callable[[Path], None]) -> Callable[[Path], None]:
    return from_fixture("eousa", change)


def second_readme(folder: Path) -> None:
    plain = (folder / LIONS / "README.TXT").read_text("latin-1")
    (folder / LIONS / "README2.TXT").write_text(plain.replace("(4:13)", "(4:12)"), "latin-1")


BOOK = f"{DAY}/hsi_cases_{DAY}.xlsx"


def hsi(change: Callable[[Path], None]) -> Callable[[Path], None]:
    return from_fixture("hsi", change)


def book(edit: Callable[[openpyxl.Workbook], None]) -> Callable[[Path], None]:
    """HSI's workbook, edited."""

    def change(folder: Path) -> None:
        found = openpyxl.load_workbook(folder / BOOK)
        edit(found)
        found.save(folder / BOOK)

    return hsi(change)


def cell(place: str, value: object) -> Callable[[Path], None]:
    return book(lambda found: found.active.__setitem__(place, value))


def sheet_xml(old: bytes, new: bytes) -> Callable[[Path], None]:
    """HSI's workbook with other bytes in its sheet, which no library would write."""

    def change(folder: Path) -> None:
        with zipfile.ZipFile(folder / BOOK) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        assert old in parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(old, new, 1)
        zipped(parts, BOOK)(folder)

    return hsi(change)


def last_row(cells: bytes) -> Callable[[Path], None]:
    """Cells in the last row that a sheet can have."""
    return sheet_xml(b"</sheetData>", b'<row r="1048576">' + cells + b"</row></sheetData>")


def with_macro(folder: Path) -> None:
    with zipfile.ZipFile(folder / BOOK, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + PLANTED.encode())


def replaced(path: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / path).write_bytes(data)


def cut_short(path: str, n: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / path).write_bytes((folder / path).read_bytes()[:n])

    return change


LINES = f"{DAY}/hsi_subjects_{DAY}.jsonl"


def json_line(data: bytes) -> Callable[[Path], None]:
    return hsi(lambda folder: (folder / LINES).open("ab").write(data + b"\n") and None)


PARQUET = f"oig_investigations_{DAY}.parquet"


def parquet(edit: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        pq.write_table(edit(pq.read_table(folder / PARQUET)), folder / PARQUET)

    return from_fixture("dol_oig", change)


def nested(table: pa.Table) -> pa.Table:
    return table.set_column(0, "case_no", pa.array([[PLANTED]] * len(table)))


def bad_deflate64(folder: Path) -> None:
    path = folder / DAY / "cr96on_0.zip"
    write_zip(path, "cr96on.txt", [(folder / DAY / "cr96on.txt").read_bytes()], dt.date(2026, 9, 30))
    (folder / DAY / "cr96on.txt").unlink()
    data = bytearray(path.read_bytes())
    data[400:500] = bytes(100)
    path.write_bytes(data)


def beside_itself(path: str) -> Callable[[Path], None]:
    """A file and a zip of it."""

    def change(folder: Path) -> None:
        zipped({Path(path).name: (folder / path).read_bytes()}, f"{path}.zip")(folder)

    return change


def inner_zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(NAME, text(row()))
    return data.getvalue()


def other_sheets(folder: Path) -> None:
    path = next(folder.glob("*.xlsx"))
    found = openpyxl.load_workbook(path)
    for sheet in found.worksheets:
        sheet.title = sheet.title.replace("FY", "Year ")
    found.save(path)
