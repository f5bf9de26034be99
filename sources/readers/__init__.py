"""Readers: one file of a delivery -> record batches of text, every physical record accounted for.

Each batch has `line` (1-based place in the file), `reject` (the rule that the record itself breaks, or null) and the
columns that the contract needs, as text. Identifiers are hashed here, so that DuckDB never sees them.
"""

import hmac
from collections.abc import Callable, Iterator
from hashlib import sha256

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


def keyed_hash(key: bytes) -> Hasher:
    """HMAC-SHA256 under a key, the first 128 bits in hex; the same text gives the same hash under one key."""
    return lambda value: hmac.new(key, value.encode(), sha256).hexdigest()[:32]


def parts(contract: Contract, file: SourceFile) -> list[SourceFile]:
    """What a file is counted as: itself, or the sheets of a workbook that the contract names."""
    return workbook.sheets(contract, file) if contract.file.format == "xlsx" else [file]


def read(contract: Contract, file: SourceFile, layouts: Layouts, hasher: Hasher) -> Iterator[pa.RecordBatch]:
    """The records of one file."""
    kind = contract.file.format
    if kind == "fixed_width":
        batches = fixed_width.read(contract, file, layouts)
    elif kind == "csv":
        batches = (quoted if contract.file.quoted_newlines else delimited).read(contract, file)
    elif kind == "json_lines":
        batches = json_lines.read(contract, file)
    elif kind == "parquet":
        batches = parquet.read(contract, file)
    else:
        batches = workbook.read(contract, file)
    for batch in batches:
        yield _hashed(batch, contract.hashed, hasher) if contract.hashed else batch


def _hashed(batch: pa.RecordBatch, columns: set[str], hasher: Hasher) -> pa.RecordBatch:
    for name in columns:
        values = [None if v is None or not v.strip() else hasher(v.strip()) for v in batch.column(name).to_pylist()]
        batch = batch.set_column(batch.schema.get_field_index(name), name, pa.array(values, pa.string()))
    return batch
