"""XLSX: cells as text; real dates become YYYY-MM-DD and whole numbers lose their `.0`. Macros are never run.

In: a workbook, of which the contract names the sheets and the header (which may be two rows, the upper one merged
across columns). Out: batches; each sheet counts as a file of its own, so that a line number means one row.
"""

import datetime as dt
import fnmatch
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pyarrow as pa
from python_calamine import CalamineWorkbook

from sources.contract import Contract
from sources.errors import ContractError, DeliveryError
from sources.landing import SourceFile
from sources.readers.batches import Record, batches
from sources.readers.header import SEARCHED, check_header, find_header
from sources.source_file import check_members

MAX_CELLS = 60_000_000
SEAM = 1 << 12  # bytes that are looked at once more, for formulas that stand across two chunks
PREFIX = rb"(?:\w+:)?"  # of a namespace
#: A row or a cell with the place that it says, wherever in its tag; one that says none follows the one before it.
TAG = re.compile(rb"<" + PREFIX + rb"""(c|row)(?=[\s/>])(?:[^<]*?\sr\s*=\s*["']([A-Za-z]*)(\d+)["'])?""")
FORMULA = rb"(?:</P:f\s*>|<P:f(?:\s[^<]*)?/>)"
NO_VALUE = rb"(?:<P:v(?:\s[^<>]*)?/>|<P:v(?:\s[^<>]*)?>\s*</P:v\s*>|</P:c\s*>)"
UNSOLVED = re.compile((FORMULA + rb"\s*" + NO_VALUE).replace(b"P:", PREFIX))
_faithful: set[bytes] = set()  # digests of workbooks whose sheets can be read; each sheet opens its workbook anew


def sheets(contract: Contract, file: SourceFile) -> list[SourceFile]:
    """The sheets that hold records, each as a file of its own; the first sheet where the contract names none."""
    if contract.file.sheets is None:
        return [file]
    names = [n for n in _workbook(contract, file).sheet_names if fnmatch.fnmatch(n, contract.file.sheets)]
    if not names:
        raise ContractError(
            f"{contract.agency}/{contract.name}: {file.name} has no sheet named {contract.file.sheets}. Ask the agency."
        )
    return [replace(file, name=f"{file.name}#{name}", sheet=name) for name in names]


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of one sheet; `line` is the row number that Excel shows."""
    book = _workbook(contract, file)
    sheet = book.get_sheet_by_index(0) if file.sheet is None else book.get_sheet_by_name(file.sheet)
    yield from batches(contract, _records(contract, sheet))


def rows(file: SourceFile) -> Iterator[list[str]]:
    """The rows of the first sheet as text, for a look at a workbook that no contract reads."""
    sheet = _opened(file.name, file).get_sheet_by_index(0)
    for row in sheet.iter_rows():
        yield [_text(cell) or "" for cell in row]


def _workbook(contract: Contract, file: SourceFile) -> CalamineWorkbook:
    return _opened(f"{contract.agency}/{contract.name}", file)


def _opened(place: str, file: SourceFile) -> CalamineWorkbook:
    data = file.read()
    try:
        if (digest := hashlib.sha256(data).digest()) not in _faithful:
            _check(place, file.name, data)
            _faithful.add(digest)
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except DeliveryError:
        raise
    except BaseException as error:  # the Rust library's panic is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise ContractError(
            f"{place}: {file.name} is not a readable XLSX workbook (damaged, locked or another format). "
            "Ask the agency to send it again."
        ) from None


def _check(place: str, name: str, data: bytes) -> None:
    """Refuse a workbook that must not be unpacked, and one with a sheet that cannot be read faithfully."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_members(name, archive.infolist())
        for member in archive.namelist():  # a sheet may bear any name
            _check_sheet(place, archive, member)


def _check_sheet(place: str, archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a sheet that cannot be read faithfully: cells spread too wide, or formulas without their results."""
    row = column = width = height = 0
    rest = seam = b""
    with archive.open(name) as stream:
        while chunk := stream.read(1 << 22):
            data = rest + chunk
            end = data.rfind(b"<")  # the last tag may not be whole
            data, rest = data[:end], data[end:]
            for kind, letters, digits in TAG.findall(data):
                row = int(digits) if digits else row + (kind == b"row")
                column = 0 if kind == b"row" else _number(letters.upper()) if letters else column + 1
                if column:
                    height, width = max(height, row), max(width, column)
            if UNSOLVED.search(seam + data):
                raise ContractError(
                    f"{place}: a sheet has formulas without stored results. Ask for the sheet saved as values."
                )
            seam = data[-SEAM:]
    if width * height > MAX_CELLS:
        raise ContractError(
            f"{place}: a sheet spreads over {height:,} rows and {width:,} columns. Ask for one without stray cells."
        )


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _records(contract: Contract, sheet: Any) -> Iterator[Record]:
    top, rows = _top(contract, sheet)
    at, header = _found(contract, top, sheet)
    places = check_header(contract, header)
    for number, row in enumerate((*top[at:], *rows), start=at + 1):
        cells = [_text(row[p]) if p is not None and p < len(row) else None for p in places]
        if any(cell is not None for cell in cells):
            yield number, None, cells


def names(contract: Contract, file: SourceFile) -> list[str]:
    """What the first sheet that holds records calls its columns."""
    first = sheets(contract, file)[0]
    book = _workbook(contract, first)
    sheet = book.get_sheet_by_index(0) if first.sheet is None else book.get_sheet_by_name(first.sheet)
    return _found(contract, _top(contract, sheet)[0], sheet)[1]


def _top(contract: Contract, sheet: Any) -> tuple[list[list[Any]], Iterator[list[Any]]]:
    """The first rows, among which the header is, and the rows after them."""
    indent = [""] * (sheet.start[1] if sheet.start else 0)
    rows = ([*indent, *row] for row in sheet.iter_rows())
    return list(islice(rows, max(SEARCHED, contract.file.header_row + 1))), rows


def _found(contract: Contract, top: list[list[Any]], sheet: Any) -> tuple[int, list[str]]:
    """How many rows to leave out, and the names of the columns."""
    texts = [[_text(cell) or "" for cell in row] for row in top]
    at, depth = _header_place(contract, texts, sheet)
    if at + depth > len(top):
        raise ContractError(f"{contract.agency}/{contract.name}: the sheet is empty. Ask the agency to send it again.")
    return at + depth, _header(texts, at, depth, sheet)


def _header_place(contract: Contract, names: list[list[str]], sheet: Any) -> tuple[int, int]:
    """Index of the first header row, and how many rows the header has."""
    depth = contract.file.header_rows
    if contract.file.header_row or depth == 1:
        return find_header(contract, names), depth
    return find_header(contract, [_header(names, i, depth, sheet) for i in range(len(names) - 1)]), depth


def _header(names: list[list[str]], at: int, depth: int, sheet: Any) -> list[str]:
    """The columns' names; under a merged title, "title / name"."""
    if depth == 1:
        return names[at]
    upper, lower = list(names[at]), names[at + 1]
    for (top, left), (_, right) in sheet.merged_cell_ranges or []:
        if top == at:
            upper[left : right + 1] = [upper[left]] * (right + 1 - left)
    pairs = zip(upper, lower, strict=True)
    return [f"{over} / {under}" if over and under else over or under for over, under in pairs]


def _text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
