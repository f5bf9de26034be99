"""Readers: one file of a delivery -> record batches of text, every physical record accounted for.

Each batch has `line` (1-based place in the file), `reject` (the rule that the record itself breaks; or words, without
a dot, why it is skipped; or null) and the columns that the contract needs, as text. Identifiers are hashed here, so
that DuckDB never sees them.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pyarrow as pa

from sources.contract import Contract
from sources.landing import SourceFile
from sources.readers import delimited, fixed_width, json_lines, parquet, quoted, workbook
from sources.readers.layout import Layouts

REJECTS = {
    "fixed_width": ("record.short", "record.long"),
    "csv": ("record.quote", "record.fields", "record.encoding", "record.long"),
    "json_lines": ("record.json", "record.encoding", "record.long"),
    "xlsx": (),
    "parquet": (),
}  # what a reader refuses a record for, by format
Hasher = Callable[[str], str]
Piece = Callable[[], Iterable[pa.RecordBatch]]


def keyed_hash(key: bytes) -> Hasher:
    """HMAC-SHA256 under a key, the first 128 bits in hex; the same text gives the same hash under one key."""
    return lambda value: hmac.digest(key, value.encode(), "sha256").hex()[:32]


def parts(contract: Contract, file: SourceFile) -> list[SourceFile]:
    """What a file is counted as: itself, or the sheets of a workbook that the contract names."""
    return workbook.sheets(contract, file) if contract.file.format == "xlsx" else [file]


def read(contract: Contract, file: SourceFile, layouts: Layouts, hasher: Hasher) -> Iterator[pa.RecordBatch]:
    """The records of one file."""
    for piece in pieces(contract, file, layouts, hasher):
        yield from piece()


def pieces(contract: Contract, file: SourceFile, layouts: Layouts, hasher: Hasher) -> Iterator[Piece]:
    """The records of one file in pieces, in their order: drawn one by one, they can be read side by side."""
    for piece in _pieces(contract, file, layouts):
        yield partial(_hashed, piece, contract.hashed, hasher) if contract.hashed else piece


def _pieces(contract: Contract, file: SourceFile, layouts: Layouts) -> Iterator[Piece]:
    kind = contract.file.format
    if kind == "fixed_width":
        return fixed_width.pieces(contract, file, layouts)
    if kind == "csv" and not contract.file.quoted_newlines:
        return delimited.pieces(contract, file)
    by_row = {"csv": quoted, "json_lines": json_lines, "parquet": parquet, "xlsx": workbook}[kind]
    return (partial(tuple, (batch,)) for batch in by_row.read(contract, file))


def _hashed(piece: Piece, columns: set[str], hasher: Hasher) -> Iterator[pa.RecordBatch]:
    """A piece with hashes in place of identifiers; each distinct text is hashed once."""
    for batch in piece():
        for name in columns:
            coded = batch.column(name).dictionary_encode()
            words = [hasher(text.strip()) if text.strip() else None for text in coded.dictionary.to_pylist()]
            hashes = pa.array(words, pa.string()).take(coded.indices)
            batch = batch.set_column(batch.schema.get_field_index(name), name, hashes)
        yield batch
