"""Downloads: the same numbers, typed, described, the same bytes, and nothing that a spreadsheet would run."""

import csv
import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from openpyxl import load_workbook

from reports import exports, package
from reports.build import build
from tests.unit.reports.conftest import HOSTILE

DECISIONS = sorted((Path(__file__).parents[3] / "docs" / "decisions").glob("*.md"))
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def test_text_that_begins_like_a_formula_is_made_inert():
    frame = pd.DataFrame({"a": ["=1+1", "+1", "-1", "@x", "\tx", "plain", None], "n": [-1.0, 2, 3, 4, 5, 6, 7]})
    rows = list(csv.reader(io.StringIO(exports.csv_bytes(pa.Table.from_pandas(frame)).decode())))
    assert [r[0] for r in rows[1:]] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "plain", ""]
    assert rows[1][1] == "-1"


def test_no_csv_field_of_a_hostile_edition_runs(hostile):
    _folder, site = hostile
    seen = 0
    for path in sorted((site / "downloads").rglob("*.csv")):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
            for value in row:
                seen += HOSTILE in value
                assert not value.startswith(RUNS) or pd.to_numeric(value, errors="coerce") == pd.to_numeric(value), (
                    value
                )
    assert seen > 0


def test_workbook_is_typed_and_runs_nothing(hostile):
    _folder, site = hostile
    book = load_workbook(site / "downloads" / "palermo.xlsx")
    assert book.sheetnames[0] == "Notes"
    kinds = {c.data_type for sheet in book for row in sheet.iter_rows() for c in row}
    assert "f" not in kinds
    assert {"s", "n", "b"} <= kinds
    notes = {row[0].value: row[1].value for row in book["Notes"].iter_rows()}
    assert notes["Data"] == "INVENTED DATA: demo"
    published = [c for row in book["Published figures"].iter_rows() for c in row if c.value and c.value == HOSTILE]
    assert published and all(c.quotePrefix for c in published)


def test_workbook_holds_the_numbers_of_the_edition(hostile):
    folder, site = hostile
    cells = pd.read_parquet(folder / "tables" / "cells.parquet").query(
        "period_kind == 'fy' and area_kind != 'district'"
    )
    sheet = pd.read_excel(site / "downloads" / "palermo.xlsx", sheet_name="Trends")
    assert sheet["value"].tolist() == pytest.approx(cells["value"].tolist(), nan_ok=True)
    assert sheet["id"].tolist() == cells["id"].tolist()


def test_zipped_csv_holds_every_number_of_the_edition(hostile):
    folder, site = hostile
    key = ["source", "metric", "scope", "area", "period"]
    listed = pd.read_csv(site / "downloads" / "cells.csv.zip").set_index(key)
    cells = pd.read_parquet(folder / "tables" / "cells.parquet")
    pooled = (cells["area_kind"] == "district") & (cells["period_kind"] == "quarter")
    cells = cells[~pooled].set_index(key)
    assert "all but the quarters of districts" in (site / "downloads.html").read_text(encoding="utf-8")
    assert listed.index.is_unique and set(listed.index) == set(cells.index)
    for column in ("numerator", "denominator", "value", "lower", "upper"):
        both = listed[column].to_numpy(), cells.loc[listed.index, column].to_numpy()
        assert both[0] == pytest.approx(both[1], abs=1e-4, nan_ok=True)
    assert (listed["status"] == cells.loc[listed.index, "status"]).all()


def test_package_describes_every_column_of_every_file(hostile):
    _folder, site = hostile
    described = json.loads((site / "downloads" / "datapackage.json").read_text(encoding="utf-8"))
    names = [r["name"] for r in described["resources"]]
    assert len(names) == len(set(names))
    for resource in described["resources"]:
        path = site / "downloads" / resource["path"]
        schema = resource["schema"]
        if isinstance(schema, str):
            schema = json.loads((site / "downloads" / schema).read_text(encoding="utf-8"))
        columns = [f["name"] for f in schema["fields"]]
        assert all(f["description"] for f in schema["fields"]), resource["path"]
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                assert next(csv.reader(file)) == columns, path.name
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                assert archive.read(path.stem).decode().splitlines()[0].replace('"', "").split(",") == columns


READ = {
    "integer": int, "number": float, "date": dt.date.fromisoformat, "string": str,
    "boolean": {"true": True, "false": False}.__getitem__,
}  # fmt: skip


def test_every_value_of_every_csv_is_of_the_type_that_the_package_says(hostile):
    folder = hostile[1] / "downloads"
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    n = dict.fromkeys(READ, 0)
    for resource in (r for r in described["resources"] if r["path"].endswith(".csv")):
        schema = resource["schema"]
        if isinstance(schema, str):
            schema = json.loads((folder / schema).read_text(encoding="utf-8"))
        kinds = {f["name"]: f["type"] for f in schema["fields"]}
        for row in csv.DictReader(io.StringIO((folder / resource["path"]).read_text(encoding="utf-8"))):
            for column, value in row.items():
                assert value == "" or READ[kinds[column]](value) is not None
                assert "inf" not in value or kinds[column] == "string"
                n[kinds[column]] += value != ""
    assert min(n[kind] for kind in READ if kind != "date") > 0  # dates stand in the whole table alone, which is zipped
    assert "INF" in (folder / "evaluation_event_study.csv").read_text(encoding="utf-8")


def test_dictionary_says_what_every_column_of_a_published_table_holds():
    text = "".join(path.read_text(encoding="utf-8") for path in DECISIONS)
    tables = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([^`]+)`", text, flags=re.MULTILINE)
    columns = {(name, c.strip()) for name, row in tables for c in row.split(",")}
    assert len(tables) > 15 and {("changes", "late"), ("verdict", "breakdown")} <= columns
    assert {c for c in columns if not package.meaning(*c)} == set()
    assert {t for t, _ in tables if package.title(t).startswith("Table")} == set()


def test_same_edition_same_bytes(folder, site, tmp_path):
    build(folder, tmp_path)
    files = sorted(p.relative_to(site) for p in site.rglob("*") if p.is_file())
    assert len(files) > 110
    differ = [f for f in files if (site / f).read_bytes() != (tmp_path / f).read_bytes()]
    assert differ == []
