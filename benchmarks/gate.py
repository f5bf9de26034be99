"""What the gate costs, as a ratio to reading the rows that it judges.

    python -m benchmarks.gate 5 50     # scales of the invented world: about 1 and 10 million records of LIONS

Reading is the least that can be done: the text of the delivery into Arrow columns, nothing written. Intake is what a
refresh does: reading, raw and staged Parquet, types, codes and fates. Seconds are those of all cores together.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from expectations.finding import Previous
from expectations.run import judge
from sources.contract import agencies
from sources.landing import Delivery, candidates, read_delivery
from sources.readers import keyed_hash, read
from sources.readers.layout import layouts
from sources.synthetic import generate
from transforms.intake import Intake, take_in

EOUSA = agencies()["eousa"]
HASHER = keyed_hash(b"k" * 32)
T = TypeVar("T")


def main(scales: list[float]) -> None:
    """Print one line for each scale."""
    import great_expectations  # noqa: F401  (importing it takes seconds once a refresh, whatever the rows)

    print("records     reading   intake   gate   gate / reading   gate / intake")
    for scale in scales:
        with tempfile.TemporaryDirectory(prefix="palermo-gate-") as folder:
            _print(Path(folder), scale)


def _print(folder: Path, scale: float) -> None:
    generate(folder, scale=scale, n_deliveries=1)
    name, root, paths = candidates(EOUSA, folder / "landing" / "eousa")[0]
    delivery = read_delivery(EOUSA, name, root, paths)
    taken = folder / delivery.key
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder / "spill")}) as con:
        _, reading = _timed(lambda: _read(delivery))
        intake, writing = _timed(lambda: take_in(con, EOUSA, delivery, taken, HASHER))
        before = Previous(taken, {c.name: _staged(intake, c.name) for c in EOUSA.contracts}, delivery.as_of)
        _, judging = _timed(lambda: judge(con, EOUSA, taken, intake, before))
    print(
        f"{intake.total('read'):>10,} {reading:>8.1f} {writing:>8.1f} {judging:>6.1f} "
        f"{judging / reading:>16.2f} {judging / writing:>15.2f}"
    )


def _read(delivery: Delivery) -> None:
    found = layouts(delivery)
    for contract in EOUSA.contracts:
        for file in delivery.matching(contract):
            for _ in read(contract, file, found, HASHER):
                pass


def _staged(intake: Intake, contract: str) -> int:
    return sum(t.n_staged for t in intake.tallies if t.contract == contract)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    since = time.process_time()
    return work(), time.process_time() - since


if __name__ == "__main__":
    main([float(scale) for scale in sys.argv[1:]] or [5.0, 50.0])
