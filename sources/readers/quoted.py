"""CSV with line ends inside quotes: small files only, because nothing but the quotes says where a record ends.

A quote that is left open would swallow the records after it without a word. So a record that runs over more than 200
lines, or to the end of the file, stops the delivery.
"""

import csv
import io
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from sources.contract import Contract
from sources.errors import ContractError
from sources.landing import SourceFile
from sources.readers.batches import Record, batches
from sources.readers.delimited import header
from sources.readers.header import check_header
from sources.readers.lines import unmarked, utf8

MAX_LINES = 200


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of a delimited file whose quoted fields may hold line ends."""
    with file.open() as stream:
        stream, encoding = unmarked(stream, contract.file.encoding)
        yield from batches(contract, _records(contract, stream, encoding))


def _records(contract: Contract, stream: IO[bytes], encoding: str) -> Iterator[Record]:
    top = [stream.readline().rstrip(b"\r\n") for _ in range(contract.file.header_row)]
    skipped, names = header(contract, [utf8(line, encoding) for line in top])
    places, width = check_header(contract, names), len(names)
    lines = io.TextIOWrapper(
        stream, "utf-8" if encoding == "detect" else encoding, errors="surrogateescape", newline=""
    )
    counted = _Quotes(lines)
    reader = csv.reader(counted, delimiter=contract.file.delimiter)
    start = skipped + 1
    for fields in _guarded(contract, reader, counted, skipped):
        if fields:
            yield _record(start, fields, width, places)
        start = skipped + reader.line_num + 1


def _record(line: int, fields: list[str], width: int, places: list[int | None]) -> Record:
    if len(fields) != width:
        return line, "record.fields", ()
    if any("\x00" in f or any("\ud800" <= c <= "\udfff" for c in f) for f in fields if not f.isprintable()):
        return line, "record.encoding", ()
    return line, None, [None if p is None else fields[p] for p in places]


class _Quotes:
    """Lines, with the number of quotes seen since the record began."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.n_quotes, self.n_lines = lines, 0, 0

    def __iter__(self) -> "_Quotes":
        return self

    def __next__(self) -> str:
        if self.n_lines > MAX_LINES:
            raise csv.Error
        line = next(self._lines)
        self.n_lines += 1
        self.n_quotes += line.count('"')
        return line


def _guarded(contract: Contract, reader: Iterator[list[str]], lines: _Quotes, skipped: int) -> Iterator[list[str]]:
    begun = skipped + 1
    try:
        for fields in reader:
            if lines.n_quotes % 2:
                raise csv.Error
            begun += lines.n_lines
            lines.n_quotes = lines.n_lines = 0
            yield fields
    except csv.Error:
        raise ContractError(
            f"{contract.agency}/{contract.name}: a quote that opens in the record at line {begun} does not close "
            f"within {MAX_LINES} lines, so the records after it cannot be told apart. Ask for a clean export."
        ) from None
