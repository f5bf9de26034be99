"""Fixed-width records (LIONS): CRLF-terminated, latin-1, a lone CR may stand inside a record.

A block in which every record has its width is cut column by column, without a step for each record; any other block
is split record by record. A record of the wrong width is refused alone. Memory is one block, whatever the size of the
file.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from sources.contract import Contract
from sources.landing import SourceFile
from sources.readers.batches import batch, schema
from sources.readers.layout import Layout, Layouts
from sources.readers.lines import blocks, n_ends

Cells = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def pieces(contract: Contract, file: SourceFile, layouts: Layouts) -> Iterator[partial[list[pa.RecordBatch]]]:
    """A piece for each block of one fixed-width file; blank fields are null, surrounding blanks are gone."""
    assert contract.file.table is not None
    layout = layouts.of(f"{contract.agency}/{contract.name}", contract.file.table, contract.needed, contract.optional)
    line = 1
    with file.open() as stream:
        for block in blocks(stream):
            if block is None:
                yield partial(list, [batch(contract, [(line, "record.long", ())])])
                line += 1
            else:
                n = n_ends(block)
                yield partial(_cut, contract, layout, block, n, line)
                line += n + (not block.endswith(b"\n"))


def _cut(contract: Contract, layout: Layout, block: bytes, n_lf: int, line: int) -> list[pa.RecordBatch]:
    """The needed columns of the records of one block, in which LF stands so many times."""
    records, rejects = _records(block, n_lf, layout.width)
    n = len(records)
    arrays = [pa.array(np.arange(line, line + n)), rejects]
    for name in contract.needed:
        place = layout.columns.get(name)
        arrays.append(_column(_cells(records, *place)) if place else pa.nulls(n, pa.string()))
    return [pa.record_batch(arrays, schema=schema(contract))]


def _records(block: bytes, n_lf: int, width: int) -> tuple[Cells, pa.Array]:
    """Records as rows of bytes (refused ones blank), and the rule that each record breaks, or null."""
    end = b"\r\n" if b"\r\n" in block else b"\n"
    step = width + len(end)
    if len(block) % step == 0 and n_lf == len(block) // step:
        rows = np.frombuffer(block, np.uint8).reshape(-1, step)
        if (rows[:, -1] == 10).all() and (len(end) == 1 or (rows[:, -2] == 13).all()):
            return rows, pa.nulls(len(rows), pa.string())
    parts = block.split(b"\n")
    if not parts[-1]:
        parts.pop()
    if len(end) == 2:  # among records that end in CRLF, one that ends in LF alone is as good
        parts = [p.removesuffix(b"\r") for p in parts]
    rejects = [None if len(p) == width else "record.short" if len(p) < width else "record.long" for p in parts]
    kept = b"".join(p if r is None else b" " * width for p, r in zip(parts, rejects, strict=True))
    return np.frombuffer(kept, np.uint8).reshape(-1, width), pa.array(rejects, pa.string())


def _cells(records: Cells, start: int, end: int) -> Cells:
    """The bytes of one column, copied field by field (byte by byte takes four times as long)."""
    size = end - start + 1
    field = np.dtype({"names": ["f"], "formats": [f"V{size}"], "offsets": [start - 1], "itemsize": records.shape[1]})
    return np.ascontiguousarray(records.view(field)["f"]).view(np.uint8).reshape(-1, size)


def _column(cells: Cells) -> pa.Array:
    """One column as text: latin-1, control characters and a lone CR are blanks, trimmed, blank is null."""
    if not cells.size:
        return pa.nulls(0, pa.string())
    if cells.min() < 32:
        cells = np.where(cells < 32, np.uint8(32), cells)
    if cells.max() < 128:
        n, size = cells.shape
        starts = np.arange(0, n * size + 1, size, dtype=np.int32)
        texts = pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(starts), pa.py_buffer(cells)])
        return _filled(pa.compute.ascii_trim(texts, " "))
    packed: Any = cells.view(f"S{cells.shape[1]}").ravel()
    return _filled(pa.compute.utf8_trim(pa.array(np.char.decode(packed, "latin-1")), " "))


def _filled(texts: pa.Array) -> pa.Array:
    """Texts without nulls, where an empty one becomes null."""
    starts = np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1]
    is_filled = np.packbits(np.diff(starts) > 0, bitorder="little")
    return pa.Array.from_buffers(pa.string(), len(texts), [pa.py_buffer(is_filled), *texts.buffers()[1:]])
