"""Parquet: the needed columns only, as text; dates as YYYY-MM-DD, whole numbers without `.0`.

In: a Parquet file, read a group of rows at a time. Out: batches; `line` is the number of the row in the file.
"""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.contract import Contract
from sources.errors import ContractError, is_transient
from sources.landing import SourceFile
from sources.readers.batches import BATCH, schema
from sources.readers.header import check_header

DAY = "%Y-%m-%d"


def read(contract: Contract, file: SourceFile) -> Iterator[pa.RecordBatch]:
    """Batches of a Parquet file."""
    place = f"{contract.agency}/{contract.name}"
    try:
        found = pq.ParquetFile(file.path if file.member is None else io.BytesIO(file.read()))
        names = check_header(contract, found.schema_arrow.names)
        wanted = [found.schema_arrow.names[p] for p in names if p is not None]
        line = 1
        for batch in found.iter_batches(batch_size=BATCH, columns=wanted):
            yield _texts(contract, batch, line)
            line += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if is_transient(error):
            raise
        raise ContractError(
            f"{place}: {file.name} is not a readable Parquet file (damaged or another format). "
            "Ask the agency to send it again."
        ) from None


def _texts(contract: Contract, batch: pa.RecordBatch, line: int) -> pa.RecordBatch:
    rows = batch.num_rows
    columns = [pa.array(range(line, line + rows), pa.int64()), pa.nulls(rows, pa.string())]
    for name in contract.needed:
        known = name in batch.schema.names
        columns.append(_text(contract, name, batch.column(name)) if known else pa.nulls(rows, pa.string()))
    return pa.record_batch(columns, schema=schema(contract))


def _text(contract: Contract, name: str, column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(contract, name, column.dictionary_decode())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise ContractError(
            f"{contract.agency}/{contract.name}: column {name} holds {kind}, where text, a number or a date is "
            "expected. Ask the agency for a flat table."
        )
    if pa.types.is_floating(kind) and pc.all(pc.equal(column, pc.floor(column)), min_count=0).as_py():
        column = column.cast(pa.int64(), safe=False)  # a whole number with gaps is stored as a float
    if pa.types.is_timestamp(kind) and pc.all(pc.equal(column, pc.floor_temporal(column, unit="day"))).as_py():
        column = column.cast(pa.date32())
    return column.cast(pa.string())
