"""Rows of text -> record batches with `line`, `reject` and the needed columns; shared by the row-wise readers."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa

from sources.contract import Contract
from sources.errors import ContractError

BATCH = 50_000
Record = tuple[int, str | None, Sequence[str | None]]


def schema(contract: Contract) -> pa.Schema:
    """Schema of the raw layer for a contract."""
    return pa.schema([("line", pa.int64()), ("reject", pa.string()), *((n, pa.string()) for n in contract.needed)])


def batches(contract: Contract, records: Iterable[Record]) -> Iterator[pa.RecordBatch]:
    """Batches of at most 50,000 rows."""
    shape, rows, width = schema(contract), iter(records), len(contract.needed)
    while chunk := list(islice(rows, BATCH)):
        columns = list(
            zip(*(values if reject is None else (None,) * width for _, reject, values in chunk), strict=True)
        )
        yield pa.record_batch(
            [pa.array([r[0] for r in chunk], pa.int64()), pa.array([r[1] for r in chunk], pa.string())]
            + [pa.array(c, pa.string()) for c in columns],
            schema=shape,
        )


def check_header(contract: Contract, header: Sequence[str]) -> list[int]:
    """Positions of the needed columns; a header that the contract does not know stops the delivery."""
    place = f"{contract.agency}/{contract.name}"
    where = f"sources/contracts/{place}.yml"
    names = [h.strip() for h in header]
    if missing := [n for n in contract.needed if n not in names]:
        surplus = sorted(set(names) - set(contract.needed) - set(contract.ignored))
        hint = f" The file has {_quoted(surplus)}, which the contract does not know." if surplus else ""
        raise ContractError(f"{place}: column {_quoted(missing)} is missing.{hint} Ask the agency, or mend {where}.")
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise ContractError(f"{place}: column {_quoted(twice)} is there twice. Ask the agency which one counts.")
    unknown = [n for n in names if n and n not in contract.needed and n not in contract.ignored]
    if unknown and contract.ignore_rest is None:
        raise ContractError(f"{place}: column {_quoted(unknown)} is neither mapped nor ignored. Add it to {where}.")
    return [names.index(n) for n in contract.needed]


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{n[:40]}"' for n in names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
