"""The records of many files as chunks of rows: files are cut side by side, memory does not grow with them.

In: files of one contract. Out: Arrow tables (file, line, reject, the needed columns as text) in the order of files and
lines, and how many records each file has.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from typing import TypeVar

import pyarrow as pa

from sources.contract import Contract
from sources.landing import SourceFile
from sources.readers import Hasher, parts, pieces
from sources.readers.batches import schema
from sources.readers.layout import Layouts

CHUNK = 250_000
THREADS = os.cpu_count() or 1
T = TypeVar("T")


class Records:
    """The records of the files of one contract; `counts` holds those of each file once they were read."""

    def __init__(self, contract: Contract, files: list[SourceFile], layouts: Layouts, hasher: Hasher) -> None:
        self.contract, self.layouts, self.hasher = contract, layouts, hasher
        self.parts = [part for file in files for part in parts(contract, file)]
        self.counts = {part.name: 0 for part in self.parts}
        self.shape = schema(contract).insert(0, pa.field("file", pa.string()))

    def quietly(self) -> "Records":
        """The same records, to be read once more without telling how far it is."""
        again = copy(self)
        again.parts = [replace(part, on_bytes=None) for part in self.parts]
        again.counts = dict.fromkeys(self.counts, 0)
        return again

    def chunks(self, told: Callable[[int], None]) -> Iterator[pa.Table]:
        """Tables of about 250,000 rows, at least one; `told` gets the rows of each batch."""
        held: list[pa.RecordBatch] = []
        rows = 0
        for batch in self._batches():
            told(batch.num_rows)
            held.append(batch)
            rows += batch.num_rows
            if rows >= CHUNK:
                yield pa.Table.from_batches(held)
                held, rows = [], 0
        if held or not any(self.counts.values()):
            yield pa.Table.from_batches(held, self.shape)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        work = (
            (lambda name=part.name, piece=piece: (name, list(piece())))
            for part in self.parts
            for piece in pieces(self.contract, part, self.layouts, self.hasher)
        )
        for name, batches in side_by_side(work):
            for batch in batches:
                self.counts[name] += batch.num_rows
                names = pa.array([name]).take(pa.array([0] * batch.num_rows, pa.int32()))
                yield pa.record_batch([names, *batch.columns], schema=self.shape)


def side_by_side(work: Iterable[Callable[[], T]]) -> Iterator[T]:
    """The results of tasks in their order, as many at work as there are processors and a few ahead."""
    with ThreadPoolExecutor(THREADS) as pool:
        waiting: deque[Future[T]] = deque()
        for task in work:
            waiting.append(pool.submit(task))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
