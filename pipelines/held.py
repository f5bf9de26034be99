"""What a held delivery would have changed: rows export by export, and the public counts that would have moved.

In: receipts and the marts as they stand. Out: tables `held` and `held_changes` (docs/decisions/0002). Where a delivery
could not be read there is nothing to compare, and both are empty of it. The last held delivery of an agency speaks.
"""

import datetime as dt
from dataclasses import asdict, replace
from pathlib import Path

import duckdb
import pandas as pd

from pipelines import gate, past
from pipelines.edition import Receipts
from pipelines.receipt import Receipt
from pipelines.workspace import Workspace
from sources.contract import agencies
from transforms import changes
from transforms.held import Rows, would_change

ROWS = ["agency", "delivery", *Rows.__dataclass_fields__]
MOVED = ["agency", "delivery", *changes.COLUMNS, *changes.CAUSES]


def tables(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts) -> dict[str, pd.DataFrame]:
    """Both tables, without rows where no held delivery could be read."""
    rows, moved = [], []
    for key, found in receipts.items():
        used = gate.in_use(agencies()[key], found)
        read = [r for r in gate.held(agencies()[key], found) if _rows(workspace, r, "").is_dir()]
        if not used or not read:
            continue
        at = {"agency": key, "delivery": read[-1].name}
        rows += [at | asdict(one) for one in _compared(workspace, con, key, used, read[-1])]
        supposed = receipts | {key: [replace(r, status="good") if r is read[-1] else r for r in found]}
        moved.append(_moved(workspace, con, receipts, supposed, used[-1].day, read[-1].day).assign(**at))
    changed = pd.concat(moved, ignore_index=True)[MOVED] if moved else pd.DataFrame(columns=MOVED)
    return {"held": pd.DataFrame(rows, columns=ROWS), "held_changes": changed}


def _rows(workspace: Workspace, r: Receipt, contract: str) -> Path:
    folder = workspace.deliveries / r.agency / r.key / "staged"
    return folder / f"{contract}.parquet" if contract else folder


def _compared(
    workspace: Workspace, con: duckdb.DuckDBPyConnection, key: str, used: list[Receipt], held: Receipt
) -> list[Rows]:
    agency = agencies()[key]
    replaces = agency.mode in ("cumulative", "replace")
    return [
        would_change(
            con,
            contract,
            [_rows(workspace, r, contract.name) for r in used],
            _rows(workspace, held, contract.name),
            replaces=replaces,
        )
        for contract in agency.contracts
    ]


def _moved(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    receipts: Receipts,
    supposed: Receipts,
    since: dt.date,
    until: dt.date,
) -> pd.DataFrame:
    now, then = past.exported(workspace, con, receipts), past.supposed(workspace, supposed)
    return changes.changes(con, now, then, since, until)
