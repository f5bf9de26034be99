"""Intake: the files of one delivery -> raw and staged Parquet and the fate of every record, in one folder.

In: a `Delivery` and its `Agency`. Out: a folder `raw/`, `staged/`, `fates/`, and `Intake` with the tallies.
The sum (read = staged + quarantined + skipped) is checked for every file here: nothing is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sources.contract import Agency, Contract
from sources.errors import ContractError, DeliveryError
from sources.landing import Delivery
from sources.readers import Hasher, read
from sources.readers.batches import schema
from sources.readers.layout import Layouts, layouts
from transforms.staging import Fate, stage

Progress = Callable[[str, int], None]


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
    """What became of one delivery's records."""

    tallies: list[Tally] = field(default_factory=list)
    why: dict[str, dict[str, int]] = field(default_factory=dict)

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
) -> Intake:
    """Read, stage and tally every contract of the agency. Raises DeliveryError; the folder is then worthless."""
    for part in ("raw", "staged", "fates"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    found = layouts(delivery)
    intake = Intake()
    for contract in agency.contracts:
        raw, counts = _to_raw(contract, delivery, folder / "raw", found, hasher, progress)
        name = f"{contract.name}.parquet"
        fates = stage(con, contract, raw, folder / "staged" / name, folder / "fates" / name)
        intake.tallies += _tallied(contract, counts, fates)
        intake.why[contract.name] = _reasons(fates)
    return intake


def _to_raw(
    contract: Contract, delivery: Delivery, folder: Path, found: Layouts, hasher: Hasher, progress: Progress
) -> tuple[list[Path], dict[str, int]]:
    files = delivery.matching(contract)
    if not files:
        raise ContractError(
            f"{contract.agency}/{contract.name}: no file named {contract.file.glob} in the delivery. "
            "Ask the agency for the missing file."
        )
    paths, counts = [], {}
    for number, file in enumerate(files):
        path = folder / f"{contract.name}.{number:03}.parquet"
        shape = schema(contract).insert(0, pa.field("file", pa.string()))
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
