"""CSV and its kin, record by record, so that a stray quote costs one record and never the rest of the file.

Lines without a quote are cut by Arrow, a block at a time; each line with quotes is parsed alone, and one whose quotes
do not pair is refused alone. Only the needed columns are kept, so 22,000 columns cost no more than their bytes.
A file whose contract says `quoted_newlines` is read by `sources.readers.quoted` instead.
"""

import csv
from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.csv

from sources.contract import Contract
from sources.errors import ContractError
from sources.landing import SourceFile
from sources.readers.batches import Record, batch, schema
from sources.readers.header import SEARCHED, check_header, find_header
from sources.readers.lines import blocks, unmarked, utf8

csv.field_size_limit(1 << 26)


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of a delimited file; the header is checked first."""
    with file.open() as stream:
        stream, encoding = unmarked(stream, contract.file.encoding)
        found = blocks(stream, cr_ends=True)
        first = next(found, b"")
        if first is None:
            place = f"{contract.agency}/{contract.name}"
            raise ContractError(f"{place}: the first line is too long to be a header. Ask for a clean export.")
        lines = _lines(contract, first)
        skipped, names = header(contract, [utf8(line, encoding) for line in lines[: max(SEARCHED, _top(contract))]])
        cut = Cut(contract, names, encoding)
        yield from cut.lines(lines[skipped:], skipped + 1)
        line = len(lines) + 1
        for block in found:
            if block is None:
                yield batch(contract, [(line, "record.long", ())])
                line += 1
            else:
                lines = _lines(contract, block)
                yield from cut.lines(lines, line)
                line += len(lines)


def _top(contract: Contract) -> int:
    return contract.file.header_row


def _lines(contract: Contract, block: bytes) -> list[bytes]:
    """The lines of a block: CR, LF and CRLF all end one."""
    if contract.file.drop_bytes:
        block = block.translate(None, bytes(contract.file.drop_bytes))
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


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

    def lines(self, lines: list[bytes], start: int) -> Iterator[pa.RecordBatch]:
        """One batch of the plain lines and one of those with quotes or faults."""
        plain: list[bytes] = []
        numbers: list[int] = []
        odd: list[Record] = []
        for number, line in enumerate(lines, start):
            if not line:
                continue
            text = line if line.isascii() else utf8(line, self.encoding)
            if text is None or b"\x00" in text:
                odd.append((number, "record.encoding", ()))
            elif b'"' in text:
                odd.append(self._quoted(number, text))
            else:
                plain.append(text)
                numbers.append(number)
        if plain:
            yield self._plain(plain, numbers, odd)
        if odd:
            yield batch(self.contract, odd)

    def _quoted(self, number: int, text: bytes) -> Record:
        if text.count(b'"') % 2:
            return number, "record.quote", ()
        fields = next(csv.reader([text.decode()], delimiter=self.delimiter))
        if len(fields) != self.width:
            return number, "record.fields", ()
        return number, None, [None if p is None else fields[p] for p in self.places]

    def _plain(self, lines: list[bytes], numbers: list[int], odd: list[Record]) -> pa.RecordBatch:
        """Lines without quotes; those with too few or too many fields join the odd ones."""
        bad: list[int] = []
        data = b"\n".join(lines) + b"\n"
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
        refused = set(bad)
        odd.extend((numbers[i], "record.fields", ()) for i in sorted(refused))
        kept = [n for i, n in enumerate(numbers) if i not in refused] if refused else numbers
        if table.num_rows != len(kept):
            raise ContractError(
                f"{self.contract.agency}/{self.contract.name}: records were lost while reading. Report it."
            )
        columns = [pa.array(kept, pa.int64()), pa.nulls(len(kept), pa.string())]
        for place in self.places:
            columns.append(pa.nulls(len(kept), pa.string()) if place is None else _whole(table.column(str(place))))
        return pa.record_batch(columns, schema=self.shape)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _skip(bad: list[int], row: pyarrow.csv.InvalidRow) -> str:
    bad.append(row.number - 1)
    return "skip"
