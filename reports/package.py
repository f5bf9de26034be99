"""The data package: what every file and column of the downloads holds (Frictionless, Data Package v1).

In: an edition and the list of its downloads. Out: `datapackage.json` as a value, table schemas, and how to cite.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from reports.edition import Edition
from sources import definition

Schema = dict[str, Any]
LONG = ("bridge", "cells", "cohort_curves", "coverage", "evaluation_estimates", "findings", "splits")  # zipped


@dataclass(frozen=True)
class Download:
    """One file of the folder `downloads`: path, what it holds, its rows, and its table schema or the file of one."""

    path: str
    says: str
    rows: int
    schema: "Schema | str" = ""
    size: int = 0


@cache
def _dictionary() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = definition.read(files("reports").joinpath("dictionary.yml"))
    return found


def csv_name(table: str) -> str:
    """The file of a whole table in the folder `downloads`."""
    return f"{table}.csv.zip" if table in LONG else f"{table}.csv"


def csv_link(table: str, says: str) -> tuple[str, str]:
    """Where a page finds the whole table, and what the link says."""
    return f"downloads/{csv_name(table)}", f"{says} ({'CSV, zipped' if table in LONG else 'CSV'})"


def title(table: str) -> str:
    """What a table holds, in a few words; its name where nobody has said."""
    return _dictionary()["tables"].get(table.removeprefix("evaluation_"), f"Table {table}")


def meaning(table: str, column: str) -> str:
    """What a column of a table holds, there or in any table; empty where nobody has said."""
    known = _dictionary()["columns"]
    return known.get(f"{table.removeprefix('evaluation_')}.{column}") or known.get(column, "")


def schema(table: str, frame: pd.DataFrame) -> Schema:
    """The table schema of a frame: name, type and meaning of every column, and what a missing value looks like."""
    fields = [{"name": c, "type": _type(frame[c]), "description": meaning(table, str(c))} for c in frame.columns]
    return {"fields": fields, "missingValues": [""]}


def datapackage(edition: Edition, downloads: list[Download]) -> dict[str, Any]:
    """The Frictionless description of the folder (Data Package v1), with the data dictionary."""
    resources = [_resource(d) for d in downloads if d.schema]
    return {
        "profile": "data-package", "name": f"palermo-{edition.manifest['edition']}",
        "title": f"{edition.manifest['programme']}: published tables", "version": edition.manifest["edition"],
        "description": citation(edition), "resources": resources, "keywords": ["trafficking", "prosecution", "ACTeam"],
        "created": f"{edition.manifest['data_date']}T00:00:00Z",
    }  # fmt: skip


def _resource(download: Download) -> dict[str, Any]:
    zipped = {"compression": "zip"} if download.path.endswith(".zip") else {}
    form = "parquet" if download.path.endswith(".parquet") else "csv"
    return {
        "name": download.path.split(".")[0].replace("/", "-").replace("_", "-").lower() + f"-{form}",
        "path": download.path, "title": download.says, "format": form, "encoding": "utf-8",
        "profile": "tabular-data-resource" if form == "csv" else "data-resource",
        "schema": download.schema,
    } | zipped  # fmt: skip


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
