"""A Parquet file that grows by tables of rows, written by a thread of its own while the next rows are made.

In: a path. Out: the file, once closed; rows stand in the order in which they were given. An error of the disk comes up
with the next table or at the end.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 122_880  # what one thread of DuckDB reads at a time


class Written:
    """A Parquet file under way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None
        self._thread = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None

    def write(self, table: pa.Table) -> None:
        """Add rows; waits for those given before."""
        if self._last:
            self._last.result()
        self._last = self._thread.submit(self._write, table)

    def _write(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd", write_statistics=False)
        self._writer.write_table(table, row_group_size=ROW_GROUP)

    def close(self) -> Path:
        """End the file; it can be read now."""
        if self._last:
            self._last.result()
        if self._writer is not None:
            self._writer.close()
        return self._path

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown()
        if not error[0]:
            self.close()
        elif self._writer is not None:
            with suppress(OSError):
                self._writer.close()
