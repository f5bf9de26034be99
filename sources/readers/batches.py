"""Rows of text -> record batches with `line`, `reject` and the needed columns; shared by the row-wise readers."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa

from sources.contract import Contract

BATCH = 50_000
Record = tuple[int, str | None, Sequence[str | None]]


def schema(contract: Contract) -> pa.Schema:
    """Schema of the raw layer for a contract."""
    return pa.schema([("line", pa.int64()), ("reject", pa.string()), *((n, pa.string()) for n in contract.needed)])


def batches(contract: Contract, records: Iterable[Record]) -> Iterator[pa.RecordBatch]:
    """Batches of at most 50,000 rows; a refused or skipped record has a line, the reason and no fields."""
    rows = iter(records)
    while chunk := list(islice(rows, BATCH)):
        yield batch(contract, chunk)


def batch(contract: Contract, chunk: Sequence[Record]) -> pa.RecordBatch:
    """One batch of records."""
    width = len(contract.needed)
    fields = (values if reject is None else (None,) * width for _, reject, values in chunk)
    columns = list(zip(*fields, strict=True))
    return pa.record_batch(
        [pa.array([r[0] for r in chunk], pa.int64()), pa.array([r[1] for r in chunk], pa.string())]
        + [pa.array(c, pa.string()) for c in columns],
        schema=schema(contract),
    )
