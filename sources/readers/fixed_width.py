"""Fixed-width records (LIONS): CRLF-terminated, latin-1, a lone CR may stand inside a record.

A block in which every record has its width is cut by numpy, all columns at once; any other block is split record by
record. A record of the wrong width is refused alone. Memory is one block, whatever the size of the file.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from sources.contract import Contract
from sources.landing import SourceFile
from sources.readers.batches import batch, schema
from sources.readers.layout import Layout, Layouts
from sources.readers.lines import blocks

Cells = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def read(contract: Contract, file: SourceFile, layouts: Layouts) -> Iterator[pa.RecordBatch]:
    """Batches of one fixed-width file; blank fields are null, surrounding blanks are gone."""
    assert contract.file.table is not None
    layout = layouts.of(f"{contract.agency}/{contract.name}", contract.file.table, contract.needed, contract.optional)
    line = 1
    with file.open() as stream:
        for block in blocks(stream):
            if block is None:
                yield batch(contract, [(line, "record.long", ())])
                line += 1
                continue
            records, rejects = _records(block, layout.width)
            yield _batch(contract, layout, records, rejects, line)
            line += len(rejects)


def _records(block: bytes, width: int) -> tuple[Cells, list[str | None]]:
    """Records as rows of bytes (refused ones blank), and the rule that each record breaks, or None."""
    end = b"\r\n" if b"\r\n" in block else b"\n"
    step = width + len(end)
    if len(block) % step == 0 and block.count(b"\n") == len(block) // step:
        rows = np.frombuffer(block, np.uint8).reshape(-1, step)
        if (rows[:, -1] == 10).all() and (len(end) == 1 or (rows[:, -2] == 13).all()):
            return rows[:, :width], [None] * len(rows)
    parts = block.split(b"\n")
    if not parts[-1]:
        parts.pop()
    if len(end) == 2:  # among records that end in CRLF, one that ends in LF alone is as good
        parts = [p.removesuffix(b"\r") for p in parts]
    rejects = [None if len(p) == width else "record.short" if len(p) < width else "record.long" for p in parts]
    kept = b"".join(p if r is None else b" " * width for p, r in zip(parts, rejects, strict=True))
    return np.frombuffer(kept, np.uint8).reshape(-1, width), rejects


def _batch(contract: Contract, layout: Layout, records: Cells, rejects: list[str | None], line: int) -> pa.RecordBatch:
    arrays = [pa.array(np.arange(line, line + len(rejects))), pa.array(rejects, pa.string())]
    for name in contract.needed:
        if name in layout.columns:
            start, end = layout.columns[name]
            arrays.append(_column(np.ascontiguousarray(records[:, start - 1 : end])))
        else:
            arrays.append(pa.nulls(len(rejects), pa.string()))
    return pa.record_batch(arrays, schema=schema(contract))


def _column(cells: Cells) -> pa.Array:
    """One column as text: latin-1, control characters and a lone CR are blanks, trimmed, blank is null."""
    cells = np.where(cells < 32, np.uint8(32), cells)
    packed: Any = cells.view(f"S{cells.shape[1]}").ravel()
    texts = packed if (cells < 128).all() else np.char.decode(packed, "latin-1")
    trimmed = pa.array(np.char.strip(texts)).cast(pa.string())
    return pa.compute.if_else(pa.compute.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
