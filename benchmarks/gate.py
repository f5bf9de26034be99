"""The gate of a LIONS dump: what judging costs, beside reading the rows that are judged.

`intake` is how a refresh reads them before the gate: from the dump to types, codes, fates and staged Parquet. `read` is
the least that can be done: the text of the dump into Arrow columns, nothing written. Size 1 is 0.2 million records.
"""

import json
from dataclasses import asdict
from pathlib import Path

import duckdb

from benchmarks import Bar, lions
from expectations.finding import Previous
from expectations.run import judge
from sources.readers import keyed_hash, read
from sources.readers.layout import layouts
from transforms.intake import Intake, Tally

TITLE = "The gate of a LIONS dump"


def prepare(folder: Path, size: float) -> int:
    """The dump, and what its intake leaves for the gate."""
    n_bytes = lions.prepare(folder, size)
    taken = lions.take(folder, "plain", lions.delivery(folder).key)
    (folder / "intake.json").write_text(json.dumps(asdict(taken)))
    return n_bytes


def warm(folder: Path) -> None:
    """Importing Great Expectations takes seconds, once a refresh."""
    import great_expectations  # noqa: F401

    lions.warm(folder)


def _read(folder: Path) -> int:
    delivery, hasher = lions.delivery(folder), keyed_hash(b"k" * 32)
    found = layouts(delivery)
    files = [(contract, file) for contract in lions.EOUSA.contracts for file in delivery.matching(contract)]
    return sum(batch.num_rows for contract, file in files for batch in read(contract, file, found, hasher))


def _judge(folder: Path) -> int:
    kept = json.loads((folder / "intake.json").read_text())
    intake = Intake([Tally(**tally) for tally in kept["tallies"]], kept["why"], kept["unparsed"])
    delivery, staged = lions.delivery(folder), dict[str, int]()
    for tally in intake.tallies:
        staged[tally.contract] = staged.get(tally.contract, 0) + tally.n_staged
    taken = folder / delivery.key
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder / "spill")}) as con:
        judge(con, lions.EOUSA, taken, intake, Previous(taken, staged, delivery.as_of))
    return intake.total("read")


WAYS = {"read": _read, "intake": lambda folder: lions.take(folder, "plain").total("read"), "gate": _judge}
BARS = [Bar("gate", (way,), at_most=1, of=of) for way in ("intake", "read") for of in ("seconds", "cpu")]
