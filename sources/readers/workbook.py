"""XLSX: the first sheet, cells as text; real dates become YYYY-MM-DD and whole numbers lose their `.0`."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from python_calamine import CalamineWorkbook

from sources.contract import Contract
from sources.errors import ContractError
from sources.landing import SourceFile
from sources.readers.batches import Record, batches, check_header


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of the first sheet; `line` is the row number that Excel shows."""
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.read())).get_sheet_by_index(0)
    except Exception:
        place = f"{contract.agency}/{contract.name}"
        raise ContractError(f"{place}: not a readable XLSX workbook. Ask the agency to send it again.") from None
    yield from batches(contract, _records(contract, sheet))


def _records(contract: Contract, sheet: Any) -> Iterator[Record]:
    rows = sheet.to_python(skip_empty_area=False)
    top = contract.file.header_row
    if len(rows) < top:
        raise ContractError(f"{contract.agency}/{contract.name}: the sheet is empty. Ask the agency to send it again.")
    places = check_header(contract, [_text(cell) or "" for cell in rows[top - 1]])
    for number, row in enumerate(rows[top:], start=top + 1):
        cells = [_text(row[p]) if p < len(row) else None for p in places]
        if any(cell is not None for cell in cells):
            yield number, None, cells


def _text(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
