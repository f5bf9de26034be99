"""Small deliveries made in a test: files in a folder, an agency with one contract, and what is read from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sources.contract import Agency, Contract
from sources.landing import Delivery, read_delivery
from sources.readers import keyed_hash, parts, read
from sources.readers.layout import layouts

Row = dict[str, Any]
COLUMNS: dict[str, Any] = {
    "case_ref": {"from": "id"},
    "state": {"from": "state"},
    "n_victims": {"from": "victims"},
}


def contract_of(columns: dict[str, Any] | None = None, feeds: str = "case_record", **fields: Any) -> Contract:
    """A contract of the invented agency "lab"."""
    file = {"format": "csv", "glob": "*.csv"} | fields.pop("file", {})
    return Contract(agency="lab", name="cases", feeds=feeds, file=file, columns=columns or COLUMNS, **fields)


def agency_of(contract: Contract, **fields: Any) -> Agency:
    """The invented agency "lab" with one contract."""
    known = {"label": "Lab", "name": "An invented agency", "mode": "append", "delivery": "folder"}
    return Agency(key="lab", contracts=[contract], **(known | fields))


def delivery_of(agency: Agency, folder: Path, name: str = "2026-09-30") -> Delivery:
    """The delivery that the files of a folder make."""
    return read_delivery(agency, name, folder, [p for p in folder.rglob("*") if p.is_file() or p.is_symlink()])


@pytest.fixture
def rows(tmp_path) -> Callable[..., list[Row]]:
    """What a reader gives for one file: its rows with line and reject, in the order of lines."""

    def given(data: bytes, contract: Contract | None = None, name: str = "cases.csv", readme: str = "") -> list[Row]:
        folder = tmp_path / "delivery"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        if readme:
            (folder / "README.TXT").write_text(readme, encoding="latin-1")
        found = contract or contract_of()
        delivery = delivery_of(agency_of(found), folder)
        layout = layouts(delivery)
        batches = [
            batch
            for file in delivery.matching(found)
            for part in parts(found, file)
            for batch in read(found, part, layout, keyed_hash(b"k"))
        ]
        table = pa.Table.from_batches(batches) if batches else None
        return sorted(table.to_pylist(), key=lambda row: row["line"]) if table else []

    return given
