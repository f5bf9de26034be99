"""Fixed-width records (LIONS): CRLF-terminated, latin-1, a lone CR may stand inside a record.

A block in which every record has its width is cut by numpy, all columns at once; any other block is split record by
record. A record of the wrong width is refused alone. Memory is one block, whatever the size of the file.
"""

from collections.abc import Iterator
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute

from sources.contract import Contract
from sources.landing import SourceFile
from sources.readers.batches import schema
from sources.readers.layout import Layout, Layouts

BLOCK = 16 << 20


def read(contract: Contract, file: SourceFile, layouts: Layouts) -> Iterator[pa.RecordBatch]:
    """Batches of one fixed-width file; blank fields are null, surrounding blanks are gone."""
    assert contract.file.table is not None
    layout = layouts.of(f"{contract.agency}/{contract.name}", contract.file.table, contract.needed)
    line = 1
    with file.open() as stream:
        for block in _blocks(stream):
            records, rejects = _records(block, layout.width)
            yield _batch(contract, layout, records, rejects, line)
            line += len(rejects)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks that end at the end of a record."""
    rest = b""
    while chunk := stream.read(BLOCK):
        chunk = rest + chunk
        end = chunk.rfind(b"\n") + 1
        rest = chunk[end:]
        if end:
            yield chunk[:end]
    if rest.strip(b"\x1a"):
        yield rest


def _records(block: bytes, width: int) -> tuple["np.ndarray[tuple[int, int], np.dtype[np.uint8]]", list[str | None]]:
    """Records as rows of bytes (refused ones blank), and the rule that each record breaks, or None."""
    end = b"\r\n" if b"\r\n" in block[: width * 4 + 64] or b"\r\n" in block else b"\n"
    step = width + len(end)
    if len(block) % step == 0 and block.count(b"\n") == len(block) // step:
        rows = np.frombuffer(block, np.uint8).reshape(-1, step)
        if (rows[:, -1] == 10).all() and (len(end) == 1 or (rows[:, -2] == 13).all()):
            return rows[:, :width], [None] * len(rows)
    parts = block.split(end)
    if not parts[-1]:
        parts.pop()
    rejects = [None if len(p) == width else "record.short" if len(p) < width else "record.long" for p in parts]
    kept = b"".join(p if r is None else b" " * width for p, r in zip(parts, rejects, strict=True))
    return np.frombuffer(kept, np.uint8).reshape(-1, width), rejects


def _batch(
    contract: Contract,
    layout: Layout,
    records: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]",
    rejects: list[str | None],
    line: int,
) -> pa.RecordBatch:
    arrays = [pa.array(np.arange(line, line + len(rejects))), pa.array(rejects, pa.string())]
    for name in contract.needed:
        start, end = layout.columns[name]
        arrays.append(_column(np.ascontiguousarray(records[:, start - 1 : end])))
    return pa.record_batch(arrays, schema=schema(contract))


def _column(cells: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> pa.Array:
    """One column as text: latin-1, control characters and a lone CR are blanks, trimmed, blank is null."""
    cells = np.where(cells < 32, np.uint8(32), cells)
    packed = cells.view(f"S{cells.shape[1]}").ravel()
    texts = packed if (cells < 128).all() else np.char.decode(packed, "latin-1")
    trimmed = pa.array(np.char.strip(texts)).cast(pa.string())
    return pa.compute.if_else(pa.compute.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
