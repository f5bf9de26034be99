"""Intake: the files of one delivery -> raw and staged Parquet and the fate of every record, in one folder.

In: a `Delivery` and its `Agency`. Out: a folder `raw/`, `staged/`, `fates/`, and `Intake` with the tallies.
The sum (read = staged + quarantined + skipped) is checked for every file here: nothing is lost.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sources.contract import Agency, Contract
from sources.errors import ContractError, DeliveryError, TransientError, WorkspaceError, is_transient
from sources.landing import Delivery, SourceFile
from sources.readers import Hasher, parts, read
from sources.readers.batches import schema
from sources.readers.layout import Layouts, layouts
from transforms.staging import Fate, stage, unparsed

Progress = Callable[[str, int], None]
Bytes = Callable[[int, int], None]


@dataclass
class Tally:
    """Records of one file of one contract, by fate."""

    contract: str
    file: str
    n_read: int = 0
    n_staged: int = 0
    n_quarantined: int = 0
    n_skipped: int = 0


@dataclass
class Intake:
    """What became of one delivery's records. `unparsed` counts, for each contract, statutes that could not be read."""

    tallies: list[Tally] = field(default_factory=list)
    why: dict[str, dict[str, int]] = field(default_factory=dict)
    unparsed: dict[str, dict[str, int]] = field(default_factory=dict)

    def total(self, fate: str) -> int:
        """Sum over the files: read, staged, quarantined or skipped."""
        return sum(int(getattr(t, f"n_{fate}")) for t in self.tallies)


def take_in(
    con: duckdb.DuckDBPyConnection,
    agency: Agency,
    delivery: Delivery,
    folder: Path,
    hasher: Hasher,
    progress: Progress = lambda _what, _rows: None,
    on_bytes: Bytes = lambda _read, _all: None,
) -> Intake:
    """Read, stage and tally every contract of the agency. Raises DeliveryError; the folder is then worthless.

    `progress` gets the rows of each batch; `on_bytes` the bytes read so far of all those that a contract reads.
    """
    for part in ("raw", "staged", "fates"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    found = layouts(delivery)
    counted = _Counted(agency, delivery, on_bytes)
    intake = Intake()
    for contract in agency.contracts:
        name = f"{contract.name}.parquet"
        try:
            raw, counts = _to_raw(contract, counted.files(contract), folder / "raw", found, hasher, progress)
            fates = stage(con, contract, raw, folder / "staged" / name, folder / "fates" / name, delivery.as_of)
            odd = unparsed(con, contract, folder / "staged" / name)
        except (OSError, duckdb.Error) as error:
            raise _in_words(contract, error) from None
        intake.tallies += _tallied(contract, counts, fates)
        intake.why[contract.name] = _reasons(fates)
        if odd:
            intake.unparsed[contract.name] = odd
    for file in delivery.files:
        file.check_unchanged()
    return intake


class _Counted:
    """The files of a delivery that are read, with the bytes read so far told on the way."""

    def __init__(self, agency: Agency, delivery: Delivery, on_bytes: Bytes) -> None:
        self._delivery, self._on_bytes, self._read = delivery, on_bytes, 0
        self._all = sum(f.size for c in agency.contracts for f in delivery.matching(c))

    def files(self, contract: Contract) -> list[SourceFile]:
        """The files of one contract; none is an error."""
        found = self._delivery.matching(contract)
        if not found:
            raise ContractError(
                f"{contract.agency}/{contract.name}: no file named {contract.file.glob} in the delivery. "
                "Ask the agency for the missing file."
            )
        return [replace(file, on_bytes=self._tell) for file in found]

    def _tell(self, n: int) -> None:
        self._read += n
        self._on_bytes(self._read, self._all)


def _in_words(contract: Contract, error: OSError | duckdb.Error) -> Exception:
    """An error of the machine, without the text that it quotes."""
    place = f"{contract.agency}/{contract.name}"
    if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error):
        return WorkspaceError(f"{place}: the disk is full. Make room where the workspace lies, then refresh again.")
    if is_transient(error) or isinstance(error, duckdb.IOException):
        return TransientError(f"{place}: the drive did not answer ({type(error).__name__}). See whether it is mounted.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return WorkspaceError(f"{place}: memory is not enough. Give DuckDB more memory or room to spill to disk.")
    return DeliveryError(
        f"{place}: the files cannot be read ({type(error).__name__}). Check the disk and the delivery."
    )


def _to_raw(
    contract: Contract, files: list[SourceFile], folder: Path, found: Layouts, hasher: Hasher, progress: Progress
) -> tuple[list[Path], dict[str, int]]:
    paths, counts = [], {}
    shape = schema(contract).insert(0, pa.field("file", pa.string()))
    for number, file in enumerate(part for whole in files for part in parts(contract, whole)):
        path = folder / f"{contract.name}.{number:03}.parquet"
        counts[file.name] = 0
        with pq.ParquetWriter(path, shape, compression="zstd") as writer:
            for batch in read(contract, file, found, hasher):
                names = pa.array([file.name] * batch.num_rows, pa.string())
                writer.write_batch(pa.record_batch([names, *batch.columns], schema=shape))
                counts[file.name] += batch.num_rows
                progress(f"{contract.agency} {contract.name}", batch.num_rows)
        paths.append(path)
    return paths, counts


def _tallied(contract: Contract, counts: dict[str, int], fates: list[Fate]) -> list[Tally]:
    tallies = {name: Tally(contract.name, name, n) for name, n in counts.items()}
    for fate in fates:
        tally = tallies[fate.file]
        setattr(tally, f"n_{fate.fate}", getattr(tally, f"n_{fate.fate}") + fate.n)
    for tally in tallies.values():
        if tally.n_read != tally.n_staged + tally.n_quarantined + tally.n_skipped:
            raise DeliveryError(
                f"{contract.agency}/{contract.name}: {tally.file}: {tally.n_read:,} records read, but "
                f"{tally.n_staged:,} staged + {tally.n_quarantined:,} quarantined + {tally.n_skipped:,} skipped. "
                "This is an error of Palermo: report it, and keep the file."
            )
    return list(tallies.values())


def _reasons(fates: list[Fate]) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for fate in fates:
        if fate.fate != "staged":
            reasons[fate.why] = reasons.get(fate.why, 0) + fate.n
    return dict(sorted(reasons.items()))
