"""The names of an export's columns, without reading its records.

In: a contract and a file. Out: names, empty where the row that should be the header hardly looks like one (it may be a
record, which must not be printed).
"""

import csv
import json

import pyarrow.parquet as pq

from sources.contract import Contract
from sources.landing import SourceFile
from sources.readers import delimited, json_lines, workbook
from sources.readers.layout import Layouts
from sources.readers.lines import blocks, unmarked, utf8


def names(contract: Contract, file: SourceFile, layouts: Layouts) -> list[str]:
    """What the file calls its columns."""
    kind = contract.file.format
    if kind == "fixed_width":
        found = list(layouts.tables[str(contract.file.table)].columns) if contract.file.table in layouts.tables else []
    elif kind == "csv":
        found = _delimited(contract, file)
    elif kind == "xlsx":
        found = workbook.names(contract, file)
    elif kind == "json_lines":
        found = _json(contract, file)
    else:
        found = pq.ParquetFile(file.path).schema_arrow.names if file.member is None else []
    present = sum(name in found for name in contract.needed)
    return [n for n in found if n] if present * 2 >= len(contract.needed) else []


def _first(contract: Contract, file: SourceFile) -> tuple[list[bytes], str]:
    with file.open() as stream:
        plain, encoding = unmarked(stream, contract.file.encoding)
        return (next(blocks(plain, cr_ends=True), b"") or b"").splitlines()[:60], encoding


def _delimited(contract: Contract, file: SourceFile) -> list[str]:
    lines, encoding = _first(contract, file)
    try:
        return [name.strip() for name in delimited.header(contract, [utf8(line, encoding) for line in lines])[1]]
    except csv.Error:
        return []


def _json(contract: Contract, file: SourceFile) -> list[str]:
    found: dict[str, None] = {}
    each = contract.file.each
    for line in _first(contract, file)[0]:
        try:
            fields = json.loads(line)
            inner = [entry for entry in fields.get(each) or [] if isinstance(entry, dict)]
        except (ValueError, AttributeError, TypeError):
            continue
        found |= dict.fromkeys(name for name in fields if name != each)
        found |= dict.fromkeys(f"{each}.{name}" for entry in inner for name in entry)
    return json_lines.field_names(contract, found)
