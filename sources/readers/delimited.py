"""CSV and its kin, record by record, so that a stray quote costs one record and never the rest of the file.

A file whose contract says `quoted_newlines` is read with quotes across lines; every other file is one record a line,
and a line with an odd number of quotes is refused alone.
"""

import codecs
import csv
import io
from collections.abc import Iterator

import pyarrow as pa

from sources.contract import Contract
from sources.errors import ContractError
from sources.landing import SourceFile
from sources.readers.batches import Record, batches, check_header

csv.field_size_limit(1 << 24)


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of a delimited file; the header is checked first."""
    with file.open() as stream:
        head = codecs.lookup(contract.file.encoding).name
        encoding = "utf-8-sig" if head == "utf-8" else head
        lines = io.TextIOWrapper(stream, encoding=encoding, errors="surrogateescape", newline="")
        yield from batches(contract, _records(contract, lines))


def _records(contract: Contract, lines: io.TextIOWrapper) -> Iterator[Record]:
    spec = contract.file
    for _ in range(spec.header_row - 1):
        lines.readline()
    header = next(csv.reader([lines.readline()], delimiter=spec.delimiter), None)
    if not header:
        raise ContractError(f"{contract.agency}/{contract.name}: the file is empty. Ask the agency to send it again.")
    places, width = check_header(contract, header), len(header)
    parsed = _across_lines(lines, spec) if spec.quoted_newlines else _line_by_line(lines, spec)
    for line, fields in parsed:
        line += spec.header_row
        if fields is None:
            yield line, "record.quote", ()
        elif len(fields) != width:
            yield line, "record.fields", ()
        elif any(not field.isprintable() and not _is_text(field) for field in fields):
            yield line, "record.encoding", ()
        else:
            yield line, None, [fields[p] for p in places]


def _is_text(field: str) -> bool:
    return "\x00" not in field and not any("\ud800" <= c <= "\udfff" for c in field)


def _across_lines(lines: io.TextIOWrapper, spec: object) -> Iterator[tuple[int, list[str] | None]]:
    reader = csv.reader(lines, delimiter=getattr(spec, "delimiter", ","), strict=False)
    start = 1
    for fields in reader:
        if fields:
            yield start, fields
        start = reader.line_num + 1


def _line_by_line(lines: io.TextIOWrapper, spec: object) -> Iterator[tuple[int, list[str] | None]]:
    delimiter = getattr(spec, "delimiter", ",")
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if not text:
            continue
        if text.count('"') % 2:
            yield number, None
        else:
            yield number, next(csv.reader([text], delimiter=delimiter))
