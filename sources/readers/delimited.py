"""CSV and its kin, record by record, so that a stray quote costs one record and never the rest of the file.

Arrow cuts a block at a time; a line with quotes is taken out of its block and parsed alone, and one whose quotes do
not pair is refused alone. Only the needed columns are kept, so 22,000 columns cost no more than their bytes.
A file whose contract says `quoted_newlines` is read by `sources.readers.quoted` instead.
"""

import csv
from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from sources.contract import Contract
from sources.errors import ContractError
from sources.landing import SourceFile
from sources.readers.batches import Record, batch, schema
from sources.readers.header import SEARCHED, check_header, find_header
from sources.readers.lines import blocks, n_ends, unmarked, utf8

csv.field_size_limit(1 << 26)
Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


def pieces(contract: Contract, file: SourceFile) -> Iterator[partial[list[pa.RecordBatch]]]:
    """A piece for each block of a delimited file; the header is checked first."""
    with file.open() as stream:
        stream, encoding = unmarked(stream, contract.file.encoding)
        found = blocks(stream, cr_ends=True)
        first = next(found, b"")
        if first is None:
            place = f"{contract.agency}/{contract.name}"
            raise ContractError(f"{place}: the first line is too long to be a header. Ask for a clean export.")
        first = _lf(first)
        top = first.split(b"\n", max(SEARCHED, contract.file.header_row))[:-1]
        cleaned = [utf8(line.translate(None, bytes(contract.file.drop_bytes)), encoding) for line in top]
        skipped, names = header(contract, cleaned)
        cut = Cut(contract, names, encoding)
        yield partial(cut.block, first[sum(len(line) + 1 for line in top[:skipped]) :], skipped + 1)
        line = first.count(b"\n") + 1
        for block in found:
            if block is None:
                yield partial(list, [batch(contract, [(line, "record.long", ())])])
                line += 1
            else:
                block = _lf(block)
                yield partial(cut.block, block, line)
                line += n_ends(block)


def _lf(block: bytes) -> bytes:
    """Whole lines, each ended by LF: CR, LF and CRLF all end one."""
    block = block.replace(b"\r\n", b"\n")
    if b"\r" in block:
        block = block.replace(b"\r", b"\n")
    return block if block.endswith(b"\n") or not block else block + b"\n"


def header(contract: Contract, lines: list[bytes | None]) -> tuple[int, list[str]]:
    """How many lines to leave out, and the names of the columns."""
    texts = [(line or b"").decode() for line in lines]
    rows = [next(csv.reader([text], delimiter=contract.file.delimiter), []) for text in texts]
    at = find_header(contract, rows)
    if at >= len(rows) or not any(rows[at]):
        raise ContractError(f"{contract.agency}/{contract.name}: the file is empty. Ask the agency to send it again.")
    return at + 1, rows[at]


class Cut:
    """Cuts lines into the needed fields of one file."""

    def __init__(self, contract: Contract, header: list[str], encoding: str) -> None:
        self.contract, self.encoding, self.width = contract, encoding, len(header)
        self.places = check_header(contract, header)
        self.delimiter = contract.file.delimiter
        self.shape = schema(contract)
        self._wanted = [str(p) for p in self.places if p is not None]

    def block(self, block: bytes, start: int) -> list[pa.RecordBatch]:
        """The records of one block, by line, each ended by LF: only lines with quotes, other letters or faults are
        looked at alone.
        """
        for byte in self.contract.file.drop_bytes:  # they are rare: five times as fast as bytes.translate
            block = block.replace(bytes([byte]), b"")
        bytes_ = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(bytes_ == 10)
        begins = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
        is_plain = begins < ends
        segments, done, odd = [], 0, list[Record]()
        for i in self._suspects(block, bytes_, ends, begins):
            segments.append(block[done : begins[i]])
            done = ends[i] + 1
            found = self._alone(start + int(i), block[begins[i] : ends[i]])
            if isinstance(found, bytes):
                segments.append(found + b"\n")
            else:
                is_plain[i] = False
                odd += [found] if found else []
        data = b"".join([*segments, block[done:]]) if segments else block
        plain = self._plain(data, np.flatnonzero(is_plain) + start, odd) if is_plain.any() else None
        return _by_line(plain, batch(self.contract, odd) if odd else None)

    def _suspects(self, block: bytes, bytes_: Bytes, ends: Places, begins: Places) -> list[int]:
        """Places of the lines that are empty or hold a quote, a NUL or a byte beyond ASCII."""
        marks = [bytes_ == mark for mark in (0, 34) if bytes([mark]) in block]
        if not block.isascii():
            marks.append(bytes_ > 127)
        lines = [np.searchsorted(ends, np.flatnonzero(mark)) for mark in marks]
        return list(np.unique(np.concatenate([np.flatnonzero(begins == ends), *lines])))

    def _alone(self, number: int, line: bytes) -> bytes | Record | None:
        """A line by itself: as UTF-8 if it is plain after all, a record, or None where it is empty."""
        if not line:
            return None
        text = utf8(line, self.encoding)
        if text is None or b"\x00" in text:
            return number, "record.encoding", ()
        return self._quoted(number, text) if b'"' in text else text

    def _quoted(self, number: int, text: bytes) -> Record:
        if text.count(b'"') % 2:
            return number, "record.quote", ()
        fields = next(csv.reader([text.decode()], delimiter=self.delimiter))
        if len(fields) != self.width:
            return number, "record.fields", ()
        return number, None, [None if p is None else fields[p] for p in self.places]

    def _plain(self, data: bytes, numbers: Places, odd: list[Record]) -> pa.RecordBatch:
        """Lines without quotes; those with too few or too many fields join the odd ones."""
        bad: list[int] = []
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            pa.csv.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=[str(i) for i in range(self.width)]
            ),
            pa.csv.ParseOptions(
                delimiter=self.delimiter,
                quote_char=False,
                ignore_empty_lines=False,
                invalid_row_handler=partial(_skip, bad),
            ),
            pa.csv.ConvertOptions(
                check_utf8=False, include_columns=self._wanted, column_types=dict.fromkeys(self._wanted, pa.string())
            ),
        ).combine_chunks()
        odd.extend((int(numbers[i]), "record.fields", ()) for i in sorted(bad))
        kept = np.delete(numbers, bad)
        if table.num_rows != len(kept):
            raise ContractError(
                f"{self.contract.agency}/{self.contract.name}: records were lost while reading. Report it."
            )
        columns = [pa.array(kept), pa.nulls(len(kept), pa.string())]
        for place in self.places:
            columns.append(pa.nulls(len(kept), pa.string()) if place is None else _whole(table.column(str(place))))
        return pa.record_batch(columns, schema=self.shape)


def _by_line(plain: pa.RecordBatch | None, odd: pa.RecordBatch | None) -> list[pa.RecordBatch]:
    """One batch in the order of the lines."""
    if plain is None or odd is None:
        return [found for found in (plain, odd) if found is not None]
    table = pa.Table.from_batches([plain, odd])
    return list(table.take(pa.compute.sort_indices(table.column("line"))).combine_chunks().to_batches())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _skip(bad: list[int], row: pyarrow.csv.InvalidRow) -> str:
    bad.append(row.number - 1)
    return "skip"
