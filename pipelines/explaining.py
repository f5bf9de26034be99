"""A row of a published table, or a table, explained: what it says, of which published numbers it is made, which files.

In: a workspace and an address of `transforms.row`. Out: a dictionary for `palermo explain --json`, and its words.
"""

import difflib
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines import comparing, edition
from pipelines.receipt import FATES
from pipelines.warehouse import connect
from pipelines.workspace import Workspace
from reports import package, words
from sources.contract import agencies
from sources.errors import EditionError
from transforms import row as rows
from transforms.metric import metrics
from transforms.model import upstream
from transforms.row import Address
from transforms.study import as_told

NEAR = 4
FEW = 6
EVALUATION = "evaluation_"
READ = 'palermo query "select * from {table}" --edition {edition}'
FILES = ("manifest", "refresh")
NONE = "           0  in all {:,} (--json lists them)"
SMALL = 0.1  # under which two digits tell more than two places, as of the chance of a signal
WIDE = 24
LIMITS = ("_lower", "_upper")
YEARS = ("_fy", "_from", "_to")
SHARES = {
    *("share_of_change", "of_ended", "so_far", "maturity", "rate", "value"),
    *("lower_95", "upper_95", "lower_998", "upper_998"),
}


def explained(workspace: Workspace, at: Address, again: str = "") -> dict[str, Any]:
    """Everything about one row, or about a table where the address names no row.

    `again` is the option that a next command needs to find the same workspace.
    """
    folder = comparing.find(workspace, at.edition) if at.edition else comparing.current(workspace)
    manifest = edition.read(folder)
    found = _row(workspace, at, folder, manifest) if at.id else _table(at, folder, manifest, again)
    made_by = {"study_sha256": manifest["study_sha256"], "code_version": manifest["code_version"]}
    return {"id": f"{at.id or at.table}@{manifest['edition']}", "table": at.table} | found | made_by


def is_current(workspace: Workspace, manifest: dict[str, Any]) -> bool:
    """Whether an edition is the current one, whose rows are in the warehouse."""
    return (current := workspace.current()) is not None and current.name == manifest["edition"]


def used(folder: Path, manifest: dict[str, Any], sources: set[str], tables: list[str]) -> list[dict[str, Any]]:
    """The files of the deliveries in use of these agencies that feed one of the tables."""
    found: list[dict[str, Any]] = []
    given = pd.read_parquet(folder / "tables" / "files.parquet")
    files: Any = given.astype(object).where(given.notna(), None).to_dict("records")
    for source in sorted(sources):
        in_use = manifest["agencies"].get(source, {}).get("in_use", [])
        feeds = {c.name: f"staging.{c.feeds}" for c in agencies()[source].contracts} if source in agencies() else {}
        ours = (f for f in files if f["agency"] == source and f["delivery"] in in_use)
        found += [f for f in ours if feeds.get(f["contract"], tables[0]) in tables]
    return found


def _row(workspace: Workspace, at: Address, folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    row = _found(at, folder, manifest["edition"])
    by = rows.counted(at.table, row)
    tables = upstream([metrics()[name].from_ for name in by])
    study = as_told(manifest)
    made = rows.sums(at.table, row, _reader(folder), study)
    sql = rows.number_sql(at.table, row, edition.final_to(manifest)[str(row["source"])])
    said = {k: v for k, v in row.items() if k != "id"}
    found: dict[str, Any] = {
        "says": {column: None if pd.isna(value) else value for column, value in said.items()},
        "definition": {"table": package.title(at.table), "made_of": rows.made_of()[at.table]}
        | {"metrics": [rows.is_about(name) for name in by]},
        "columns": {column: package.meaning(at.table, str(column)) for column in said},
        "made_of": [asdict(one) for one in made],
        "tables": tables,
        "files": used(folder, manifest, {str(row["source"])}, tables),
    }
    if sql:
        found["sql"] = sql
        if is_current(workspace, manifest):
            with connect(workspace, read_only=True) as con:
                found["counted"] = _counted(con, sql)
    return found


def _found(at: Address, folder: Path, name: str) -> dict[Any, Any]:
    """The row of this ID; where there is none, those with the nearest."""
    read = _reader(folder)
    if not _path(folder, at.table).is_file():
        raise EditionError(f"edition {name} has no table {at.table}, so no {at.id}.")
    found = read(at.table, id=at.id)
    if found.empty:
        known = [str(one) for one in pd.read_parquet(_path(folder, at.table), columns=["id"])["id"]]
        near = ", ".join(difflib.get_close_matches(at.id, known, NEAR, 0)) or "none: the table is empty"
        raise EditionError(
            f"edition {name} has no row {at.id} in its table {at.table}. The nearest of {len(known):,}: {near}."
        )
    return dict(found.to_dict("records")[0])


def _table(at: Address, folder: Path, manifest: dict[str, Any], again: str) -> dict[str, Any]:
    if at.table in FILES:
        about = {"title": f"The file {at.table}.json of the edition", "made_of": rows.made_of()[at.table]}
        return {"definition": about, "read": f"{folder.parent.name}/{folder.name}/{at.table}.json"}
    path = _path(folder, at.table)
    if at.table not in manifest["tables"] or not path.is_file():
        known = ", ".join(sorted(manifest["tables"]))
        raise EditionError(
            f"{at.table}: no ID and no table of edition {manifest['edition']}. An ID has five parts, "
            f"source/metric/scope/area/period, as under every figure of the report; its tables are {known}."
        )
    frame = pd.read_parquet(path)
    key = "evaluation" if at.table.startswith(EVALUATION) else at.table
    found: dict[str, Any] = {
        "n_rows": len(frame),
        "definition": {"title": package.title(at.table), "made_of": rows.made_of()[key]},
        "columns": {str(c): package.meaning(at.table, str(c)) for c in frame.columns},
        "read": READ.format(table=at.table, edition=manifest["edition"]) + again,
    }
    if "id" in frame and len(frame):
        found["ids_like"] = str(frame["id"].iloc[len(frame) // 2])
    panel = _path(folder, f"{EVALUATION}panel")
    return found | (_evaluation(panel, folder, manifest) if key == "evaluation" and panel.is_file() else {})


def _evaluation(panel: Path, folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """The cells of the panel, and what the study file sets."""
    study = as_told(manifest)
    names = ("primary_outcome", "outcomes", "scope", "scopes_beside", "follow_up_years")
    settings = {name: manifest["study"][name] for name in names} | study.inference.model_dump()
    estimators = study.estimators or "all (palermo evaluate --list)"
    made = rows.evaluated(pd.read_parquet(panel), _reader(folder), study)
    return {"settings": settings | {"estimators": estimators}, "made_of": [asdict(made)]}


def _reader(folder: Path) -> rows.Read:
    def read(table: str, **where: Any) -> pd.DataFrame:
        return pd.read_parquet(_path(folder, table), filters=[(c, "==", v) for c, v in where.items()])

    return read


def _path(folder: Path, table: str) -> Path:
    return folder / "tables" / f"{table}.parquet"


def _counted(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    result = con.execute(sql)
    names = [str(column[0]) for column in result.description]
    return dict(zip(names, result.fetchone() or (), strict=True))


def words_of(found: dict[str, Any]) -> str:
    """A row, or a table, in words."""
    return "\n".join(_row_lines(found) if "says" in found else _table_lines(found))


def _row_lines(found: dict[str, Any]) -> list[str]:
    says, about = found["says"], found["definition"]
    width = max(len(_text(column, value)) for column, value in says.items() if not _is_long(value))
    return [
        found["id"],
        f"  {about['table']}",
        "",
        *(f"  {column:<22} {_text(column, value):>{width}}  {found['columns'][column]}".rstrip()
          for column, value in says.items()),
        "",
        f"Made of     {about['made_of']}",
        *(f"Counts      {one}" for one in about["metrics"]),
        f"Made by     code {found['code_version']}, study {found['study_sha256'][:12]}",
        "",
        "Tables      " + " -> ".join(found["tables"]),
        *(line for one in found["made_of"] for line in ["", *_sum_lines(one, says)]),
        *_counted_lines(found),
        "",
        "Files       read / staged / quarantined / skipped",
        *file_lines(found["files"]),
        *(["", "SQL", found["sql"]] if "sql" in found else []),
    ]  # fmt: skip


def _sum_lines(one: dict[str, Any], says: dict[str, Any]) -> list[str]:
    """A number of the row and each ID that goes into it; where they are many, those that count none are one line."""
    column = one["column"]
    kept = [part for part in one["parts"] if part["value"] != 0 or len(one["parts"]) <= FEW]
    none = len(one["parts"]) - len(kept)
    return [
        f"{column} {_text(column, says[column])}: {one['says']}",
        *(f"  {_text('', part['value']):>10}  {part['id']}" for part in kept),
        *([f"  {0:>10}  in {none:,} more (--json lists them)" if kept else NONE.format(none)] if none else []),
    ]


def _counted_lines(found: dict[str, Any]) -> list[str]:
    """What the SELECT gives in the warehouse of the current edition."""
    if "sql" not in found:
        return []
    if "counted" not in found:
        return ["", "Counted     not here: the rows are those of the current edition (SQL below)"]
    given = ", ".join(f"{column} {_text(column, value)}" for column, value in found["counted"].items())
    return ["", f"Counted     from the rows, by the SELECT below: {given}"]


def _table_lines(found: dict[str, Any]) -> list[str]:
    about, columns = found["definition"], found.get("columns", {})
    rows_told = f"  {found['n_rows']:,} rows" if "n_rows" in found else ""
    lines = [found["id"], f"  {about['title']}", *([rows_told] if rows_told else []), ""]
    lines += [f"Made of     {about['made_of']}"]
    for one in found.get("made_of", []):
        some = [part for part in one["parts"] if part["value"]]
        none = len(one["parts"]) - len(some)
        counted = f"{one['value']:,.0f} in {len(some):,} cells, none in {none:,} more"
        lines += [f"            {counted} (--json lists each), such as"]
        lines += [f"  {_text('', part['value']):>10}  {part['id']}" for part in some[:NEAR]]
    lines += [f"Set by      {name}: {_setting(value)}" for name, value in found.get("settings", {}).items()]
    lines += [f"Made by     code {found['code_version']}, study {found['study_sha256'][:12]}"]
    if "ids_like" in found:
        lines += [f"Rows        each has an ID to explain, such as {found['ids_like']}"]
    lines += ["", *(f"  {column:<22} {says}".rstrip() for column, says in columns.items())]
    return [*lines, *([""] if columns else []), f"Read it     {found['read']}"]


def _setting(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items()) or "none"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > WIDE


def _text(column: str, value: Any) -> str:
    """A value of a row as the report prints it."""
    if value is None:
        return "-"
    if not isinstance(value, int | float):
        return str(value)
    if column in SHARES:
        return words.number(value, "rate")
    if column.endswith(YEARS):
        return str(int(value))
    if float(value).is_integer():
        return f"{value:,.0f}"
    if abs(value) < SMALL:
        return f"{value:.2g}"
    return words.limit(value) if column.endswith(LIMITS) else words.ratio(value)


def file_lines(files: list[dict[str, Any]]) -> list[str]:
    """A line a file, but one for a table that comes in several."""
    n_parts = Counter((f["delivery"], f["contract"]) for f in files if f["n_read"] is None)
    lines = []
    for f in (f for f in files if f["n_read"] is not None):
        counts = " / ".join(f"{f[f'n_{fate}']:,}" for fate in FATES)
        if f["file"]:
            lines.append(f"  {f['delivery']}/{f['file']}  {counts}  sha256 {f['sha256'][:16]}")
        else:
            n = n_parts[f["delivery"], f["contract"]]
            lines.append(f"  {f['delivery']}/{f['contract']}  {counts}  {n} files (--json lists each with its SHA-256)")
    return lines
