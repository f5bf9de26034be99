"""Downloads: CSV, Parquet and XLSX of the published tables, and the data package that describes them.

In: an edition and its folder. Out: `downloads/`. Text that a spreadsheet would run as a formula is made inert, and the
same edition gives the same bytes.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from reports import book
from reports.edition import Edition

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: no clock in the files
LICENCE = "Public domain in the United States where made by the federal government; see the sources of each table."


@dataclass(frozen=True)
class Download:
    """One file of the folder `downloads`: path, what it holds, and its rows; a workbook has no one frame."""

    path: str
    says: str
    rows: int
    frame: pd.DataFrame | None = None
    size: int = 0


def safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before any text that a spreadsheet would run (OWASP, CSV injection)."""
    found = frame.copy()
    for column in found.columns:
        if found[column].dtype == object:
            marks = {v: f"'{v}" for v in found[column].unique() if isinstance(v, str) and v.startswith(RISKY)}
            found[column] = found[column].replace(marks) if marks else found[column]
    return found


def csv_bytes(frame: pd.DataFrame) -> Any:
    """CSV with dates as dates and empty for null. Arrow writes it: pandas takes ten times as long for all cells."""
    import pyarrow as pa
    from pyarrow import csv

    table = pa.Table.from_pandas(safe(frame), preserve_index=False)
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.date32()))
    out = pa.BufferOutputStream()
    csv.write_csv(table, out, csv.WriteOptions(quoting_style="needed"))
    return out.getvalue().to_pybytes()


def write(edition: Edition, site: Path) -> list[Download]:
    """Write everything into `site/downloads` and list it."""
    folder = site / "downloads"
    (folder / "trends").mkdir(parents=True, exist_ok=True)
    (folder / "districts").mkdir()
    found = [*_tables(edition, folder), *_cells(edition, folder)]
    found.append(_book(edition, folder))
    package = json.dumps(datapackage(edition, found), indent=1, sort_keys=True)
    (folder / "datapackage.json").write_text(package, encoding="utf-8")
    (folder / "citation.txt").write_text(citation(edition) + "\n", encoding="utf-8")
    return [replace(d, size=(folder / d.path).stat().st_size) for d in found]


def _tables(edition: Edition, folder: Path) -> Iterator[Download]:
    """Every table but the cells, whole, as CSV."""
    for name in sorted(set(edition.tables) - {"cells"}):
        frame = edition.tables[name]
        (folder / f"{name}.csv").write_bytes(csv_bytes(frame))
        yield Download(f"{name}.csv", f"Table {name}", len(frame), frame)


def _cells(edition: Edition, folder: Path) -> Iterator[Download]:
    """All numbers as Parquet and as a zipped CSV; groups by metric and districts one by one as plain CSV."""
    cells = edition.cells
    cells.to_parquet(folder / "cells.parquet", index=False, compression="zstd")
    yield Download("cells.parquet", "Every number, typed", len(cells), cells)
    _zip(folder / "cells.csv.zip", {"cells.csv": csv_bytes(cells)})
    yield Download("cells.csv.zip", "Every number as CSV, zipped", len(cells), cells)
    for metric, part in cells[cells["area_kind"] != "district"].groupby("metric", sort=True):
        lean = _lean(part)
        (folder / "trends" / f"{metric}.csv").write_bytes(csv_bytes(lean))
        label = edition.manifest["metrics"][metric]["label"]
        yield Download(f"trends/{metric}.csv", f"{label} by group, scope and period", len(lean), lean)
    source, scope = edition.lead
    kept = cells[(cells["area_kind"] == "district") & (cells["period_kind"] == "fy")]
    kept = kept[(kept["source"] == source) & (kept["scope"] == scope)]
    for code, part in kept.groupby("area", sort=True):
        (folder / "districts" / f"{code}.csv").write_bytes(csv_bytes(_lean(part)))


def _lean(part: pd.DataFrame) -> pd.DataFrame:
    """The columns that a reader of one table needs; limits to four digits. The whole is in cells.parquet."""
    return part[book.NUMBER].round(4)


def _book(edition: Edition, folder: Path) -> Download:
    sheets, rows = book.sheets(edition), 0
    data = book.workbook(sheets)
    rows = sum(len(frame) for _, frame in sheets)
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        _zip(folder / "palermo.xlsx", {name: made.read(name) for name in made.namelist()})
    return Download("palermo.xlsx", "Workbook: notes, definitions, trends, districts, comparison, deliveries", rows)


def _zip(path: Path, parts: dict[str, Any]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), data, compress_type=zipfile.ZIP_DEFLATED)


def dictionary() -> dict[str, str]:
    """What every column holds."""
    text = files("reports").joinpath("dictionary.yml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


def datapackage(edition: Edition, downloads: list[Download]) -> dict[str, Any]:
    """The Frictionless description of the folder (Data Package v1), with the data dictionary."""
    resources = [_resource(d, d.frame) for d in downloads if d.frame is not None]
    return {
        "profile": "tabular-data-package", "name": f"palermo-{edition.manifest['edition']}",
        "title": f"{edition.manifest['programme']}: published tables", "version": edition.manifest["edition"],
        "description": citation(edition), "resources": resources, "keywords": ["trafficking", "prosecution", "ACTeam"],
        "created": f"{edition.manifest['data_date']}T00:00:00Z",
    }  # fmt: skip


def _resource(download: Download, frame: pd.DataFrame) -> dict[str, Any]:
    zipped = {"compression": "zip"} if download.path.endswith(".zip") else {}
    form = "parquet" if download.path.endswith(".parquet") else "csv"
    return {
        "name": download.path.split(".")[0].replace("/", "-").replace("_", "-").lower() + f"-{form}",
        "path": download.path, "title": download.says, "format": form, "encoding": "utf-8",
        "profile": "tabular-data-resource" if form == "csv" else "data-resource",
        "schema": {"fields": fields(frame), "missingValues": [""]},
    } | zipped  # fmt: skip


def fields(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Name, type and meaning of every column."""
    says = dictionary()
    return [
        {"name": c, "type": _type(frame[c]), "description": says.get(c, c.replace("_", " "))} for c in frame.columns
    ]


def _type(column: "pd.Series[Any]") -> str:
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pd.api.types.is_float_dtype(column) else "string"


def citation(edition: Edition) -> str:
    """How to cite a number of this edition."""
    m = edition.manifest
    stamp = " INVENTED DATA: demo." if m["is_invented"] else ""
    return (
        f"{m['programme']}: prosecution and conviction trends. Edition {m['edition']}, data to {m['data_date']}, "
        f"code {m['code_version']}, study file {m['study_sha256'][:12]}.{stamp} "
        "A single number is cited by its address, <source>/<metric>/<scope>/<area>/<period>@<edition>."
    )
