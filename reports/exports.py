"""Downloads: CSV, Parquet and XLSX of the published tables, and the data package that describes them.

In: an edition. Out: the folder `downloads` of a site. Text that a spreadsheet would run as a formula is made inert, and
the same edition gives the same bytes.
"""

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import book
from reports.edition import Edition, load
from reports.package import Download, Schema, citation, csv_name, datapackage, schema, title

if TYPE_CHECKING:
    import pyarrow as pa

MARKS = r"[,\"\r\n]"
RISKY = r"^([=+\-@\t\r\n])"
SCHEMA = "numbers.schema.json"  # of every file that holds numbers alone
LEAN = [name for name in book.NUMBER if name != "id"]  # it is made of the others
MADE = ["id", "starts_on", "ends_on"]  # of source, metric, scope, area and period; whole in cells.parquet
MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: no clock in the files


def csv_bytes(table: "pa.Table") -> bytes:
    """CSV with dates as dates and empty for null; text that a spreadsheet would run gets an apostrophe before it.

    The apostrophe is the remedy of OWASP, CSV injection. Arrow writes: pandas takes ten times as long for all cells.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.date32()))
        elif pa.types.is_string(field.type) and pc.any(pc.match_substring_regex(table.column(i), RISKY)).as_py():
            inert = pc.replace_substring_regex(table.column(i), RISKY, r"'\1")
            table = table.set_column(i, field.name, inert)
        elif pa.types.is_floating(field.type) and pc.any(pc.is_inf(table.column(i))).as_py():
            written = table.column(i).cast(pa.string())
            endless = pc.replace_substring(written, "inf", "INF")  # as the data package has it
            table = table.set_column(i, field.name, endless)
    out = pa.BufferOutputStream()
    csv.write_csv(table, out, csv.WriteOptions(quoting_style=_quoting(table)))
    found: bytes = out.getvalue().to_pybytes()
    return found


def _quoting(table: "pa.Table") -> str:
    """Arrow's "needed" quotes every text; where no text holds a mark of the format none needs it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [table.column(i) for i, field in enumerate(table.schema) if pa.types.is_string(field.type)]
    marked = any(pc.any(pc.match_substring_regex(column, MARKS)).as_py() for column in texts)
    return "needed" if marked or any(pc.any(pc.equal(column, "")).as_py() for column in texts) else "none"


def _rounded(numbers: "pa.Table") -> "pa.Table":
    """Values to six digits and limits to four: more says nothing and fills the file; Parquet has them all."""
    import pyarrow.compute as pc

    for name, digits in (("value", 6), ("lower", 4), ("upper", 4)):
        column = pc.round(numbers[name].cast("double"), ndigits=digits)
        numbers = numbers.set_column(numbers.schema.get_field_index(name), name, column)
    return numbers


def _arrow(frame: pd.DataFrame) -> "pa.Table":
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def write(edition: Edition, site: Path, written: Callable[[], Download]) -> list[Download]:
    """Write all but the workbook into `site/downloads` and list it, with the workbook that `written()` waits for."""
    folder = site / "downloads"
    (folder / "trends").mkdir(parents=True, exist_ok=True)
    (folder / "districts").mkdir()
    with ThreadPoolExecutor(1) as beside:  # Arrow and zlib leave Python's lock free
        whole = beside.submit(_cells, edition, folder)
        found = [*_tables(edition, folder), *_parts(edition, folder), written(), *whole.result()]
    (folder / SCHEMA).write_text(_json(schema("cells", edition.cells[LEAN])), encoding="utf-8")
    (folder / "datapackage.json").write_text(_json(datapackage(edition, found)), encoding="utf-8")
    (folder / "citation.txt").write_text(citation(edition) + "\n", encoding="utf-8")
    return [replace(d, size=(folder / d.path).stat().st_size) for d in found]


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True)


def _tables(edition: Edition, folder: Path) -> Iterator[Download]:
    """Every table but the cells, whole, as CSV; the long ones zipped."""
    for name in sorted(set(edition.tables) - {"cells", "splits"}):
        frame = edition.tables[name]
        data, path = csv_bytes(_arrow(frame)), csv_name(name)
        if path.endswith(".zip"):
            _zip(folder / path, {f"{name}.csv": data})
        else:
            (folder / path).write_bytes(data)
        yield Download(path, title(name), len(frame), schema(name, frame))


def _cells(edition: Edition, folder: Path) -> list[Download]:
    """All numbers as Parquet, which is the edition's own file, and as a zipped CSV without the level that is pooled."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    cells = pq.read_table(edition.every_cell)
    shutil.copyfile(edition.every_cell, folder / "cells.parquet")
    pooled = pc.and_(pc.equal(cells["area_kind"], "district"), pc.equal(cells["period_kind"], "quarter"))
    listed = _rounded(cells.filter(pc.invert(pooled)).drop_columns(MADE))
    _zip(folder / csv_name("cells"), {"cells.csv": csv_bytes(listed)})
    whole = schema("cells", edition.cells)
    found = [
        Download("cells.parquet", "Every number, typed, with its address and days", len(cells), whole),
        Download(
            csv_name("cells"),
            "Numbers as CSV, zipped: all but the quarters of districts, which are in cells.parquet alone",
            len(listed),
            _without(whole, MADE),
        ),
    ]
    if (parts := edition.tables.get("splits")) is not None:
        _zip(folder / csv_name("splits"), {"splits.csv": csv_bytes(_rounded(_arrow(parts.drop(columns=MADE))))})
        says = "Numbers of parts as CSV, zipped: labor or sex, reason, category, pair"
        found.append(Download(csv_name("splits"), says, len(parts), _without(schema("splits", parts), MADE)))
    return found


def _without(described: Schema, columns: list[str]) -> Schema:
    return described | {"fields": [field for field in described["fields"] if field["name"] not in columns]}


def _parts(edition: Edition, folder: Path) -> Iterator[Download]:
    """Groups by metric and districts one by one, by fiscal year, as CSV with what a reader of one table needs."""
    cells = edition.cells[edition.cells["period_kind"] == "fy"].reset_index(drop=True)
    lean = _arrow(cells[LEAN].round(4))  # limits to four digits; quarters and addresses are in cells.parquet
    is_district = cells["area_kind"] == "district"
    source, scope = edition.lead
    is_lead = is_district & (cells["source"] == source) & (cells["scope"] == scope)
    for metric, rows in cells[~is_district].groupby("metric", sort=True).groups.items():
        (folder / f"trends/{metric}.csv").write_bytes(csv_bytes(lean.take(rows.to_numpy())))
        label = edition.manifest["metrics"][metric]["label"]
        yield Download(f"trends/{metric}.csv", f"{label} by group, scope and fiscal year", len(rows), SCHEMA)
    for code, rows in cells[is_lead].groupby("area", sort=True).groups.items():
        _zip(folder / f"districts/{code}.csv.zip", {f"{code}.csv": csv_bytes(lean.take(rows.to_numpy()))})
        yield Download(f"districts/{code}.csv.zip", f"{code}: every measure by fiscal year", len(rows), SCHEMA)


def workbook(edition: Path, site: Path) -> Download:
    """Write the workbook into `site/downloads`."""
    sheets, folder = book.sheets(load(edition)), site / "downloads"
    folder.mkdir(exist_ok=True)
    book.write(sheets, folder / "palermo.xlsx")
    rows = sum(len(frame) for _, frame in sheets)
    return Download("palermo.xlsx", "Workbook: notes, definitions, trends, districts, comparison, deliveries", rows)


def _zip(path: Path, parts: dict[str, Any]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), data, compress_type=zipfile.ZIP_DEFLATED)
