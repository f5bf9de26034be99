"""Intake: the files of one delivery -> staged Parquet and the fate of every record, in one folder.

In: a `Delivery` and its `Agency`. Out: a folder `staged/`, `fates/`, `raw/` (what was refused), and `Intake` with the
tallies.
The sum (read = staged + quarantined + skipped) is checked for every file here: nothing is lost.
"""

import datetime as dt
import errno
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock

import duckdb

from sources.contract import Agency, Contract
from sources.errors import ContractError, DeliveryError, TransientError, WorkspaceError, is_transient
from sources.landing import Delivery, SourceFile
from sources.readers import Hasher
from sources.readers.layout import layouts
from transforms.staging import Fate, stage, unparsed
from transforms.stream import THREADS, Records

Progress = Callable[[str, int], None]
Bytes = Callable[[int, int], None]
#: DuckDB makes a list of words a join, and a join on two threads does not keep the order of the rows.
IN_ORDER = {"disabled_optimizers": "in_clause"}


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

    def one(contract: Contract) -> Intake:
        with con.cursor() as cursor:
            records = Records(contract, counted.files(contract), found, hasher)
            return _taken_in(cursor, records, folder, delivery.as_of, progress)

    with _in_order(con), ThreadPoolExecutor(THREADS) as pool:
        for part_of in pool.map(one, agency.contracts):
            intake.tallies += part_of.tallies
            intake.why |= part_of.why
            intake.unparsed |= part_of.unparsed
    for file in delivery.files:
        file.check_unchanged()
    return intake


@contextmanager
def _in_order(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Work by IN_ORDER: a connection whose settings are locked was opened with it, another one gets it for a while."""
    ((name, value),) = IN_ORDER.items()
    is_set = con.execute(f"select current_setting('{name}')").fetchone() == (value,)
    if not is_set:
        con.execute(f"set {name} = '{value}'")
    try:
        yield
    finally:
        if not is_set:
            con.execute(f"reset {name}")


def _taken_in(
    con: duckdb.DuckDBPyConnection, records: Records, folder: Path, as_of: dt.date, progress: Progress
) -> Intake:
    """One contract's files."""
    contract = records.contract
    try:
        told = partial(progress, f"{contract.agency} {contract.name}")
        fates = stage(con, records, folder, as_of, told)
        odd = unparsed(con, contract, folder / "staged" / f"{contract.name}.parquet")
    except (OSError, duckdb.Error) as error:
        raise _in_words(contract, error) from None
    tallies = _tallied(contract, records.counts, fates)
    return Intake(tallies, {contract.name: _reasons(fates)}, {contract.name: odd} if odd else {})


class _Counted:
    """The files of a delivery that are read, with the bytes read so far told on the way."""

    def __init__(self, agency: Agency, delivery: Delivery, on_bytes: Bytes) -> None:
        self._delivery, self._on_bytes, self._read, self._lock = delivery, on_bytes, 0, Lock()
        self._all = sum(f.size for c in agency.contracts for f in delivery.matching(c))

    def files(self, contract: Contract) -> list[SourceFile]:
        """The files of one contract; none is an error."""
        found = self._delivery.matching(contract)
        if not found:
            raise ContractError(
                f"{contract.agency}/{contract.name}: no file named {contract.file.glob} in the delivery. "
                "Ask the agency for the missing file."
            )
        if contract.is_by_place and (same := _same(found)):
            raise ContractError(
                f"{contract.agency}/{contract.name}: {same[0].name} and {same[1].name} have the same content, and its "
                "records bear no number by which each would count once. Take one of the two out of the delivery."
            )
        return [replace(file, on_bytes=self._tell) for file in found]

    def _tell(self, n: int) -> None:
        with self._lock:
            self._read += n
            self._on_bytes(self._read, self._all)


def _same(files: list[SourceFile]) -> tuple[SourceFile, SourceFile] | None:
    """Two files of one content, packed or not; None where all differ."""
    seen: dict[bytes, SourceFile] = {}
    for file in files if len(files) > 1 else ():
        with file.open() as stream:
            first = seen.setdefault(hashlib.file_digest(stream, "sha256").digest(), file)  # type: ignore[arg-type]
        if first is not file:
            return first, file
    return None


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
