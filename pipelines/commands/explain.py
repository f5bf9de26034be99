"""`palermo explain ID`: where a number comes from, down to the files and, inside the enclave, the lines."""

import json
from collections import Counter
from typing import Any

import click


@click.command()
@click.argument("number")
@click.option("--workspace", default=None, help="The workspace; default: here, ./workspace or ./demo.")
@click.option("--rows", is_flag=True, help="Inside the enclave: keys with file and line, and steps of hidden numbers.")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def explain(number: str, workspace: str | None, rows: bool, for_machines: bool) -> None:
    """Explain NUMBER, an ID as printed under every figure: source/metric/scope/area/period[@edition].

    What hangs on links has IDs like linkage/seen_by_two/middle/ALL/FY2022-2024; its rows say which links, and why.
    """
    from pipelines.workspace import find
    from transforms.trace import parse

    try:
        at = parse(number)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    found = _explained(find(workspace), at, with_rows=rows)
    click.echo(json.dumps(found, indent=1, default=str) if for_machines else _words(found))


def _explained(workspace: Any, at: Any, *, with_rows: bool) -> dict[str, Any]:
    """Everything about one number; of a metric made of others also all about each count that it is made of."""
    import pandas as pd

    from pipelines import comparing, edition
    from pipelines.warehouse import connect
    from sources.errors import EditionError
    from transforms import trace
    from transforms.linkage import trace as linked

    folder = comparing.find(workspace, at.edition) if at.edition else workspace.current()
    manifest = edition.read(folder)
    cells = pd.read_parquet(folder / "tables" / f"{at.table}.parquet", filters=[("id", "==", at.id)])
    if cells.empty:
        raise EditionError(f"edition {manifest['edition']} has no number {at.id}. Check source, area and period.")
    cell = cells.iloc[0]
    is_linked = isinstance(at, linked.Address)
    by: Any = linked if is_linked else trace
    sources = linked.sources(pd.read_parquet(folder / "tables" / "links.parquet")) if is_linked else {at.source}
    found: dict[str, Any] = {
        "id": f"{at.id}@{manifest['edition']}",
        **_said(cell),
        "definition": by.definition(at),
        "scope": by.scope(at),
        "tables": by.lineage(at),
        "study_sha256": manifest["study_sha256"],
        "code_version": manifest["code_version"],
        "files": _used(folder, manifest, sources),
    }
    if not is_linked and at.metric.of:
        return found | {"made_of": _made_of(workspace, at, folder, with_rows=with_rows)}
    found["sql"] = by.number_sql(at)
    is_current = workspace.current() is not None and workspace.current().name == manifest["edition"]
    if is_current and (cell["status"] != "suppressed" or with_rows):
        with connect(workspace, read_only=True) as con:
            found["steps"] = by.steps(con, at)
            if with_rows:
                found["rows"] = by.rows(con, at)
    return found


def _said(cell: Any) -> dict[str, Any]:
    """What the edition says of a number; what hangs on links has three values and no interval."""
    import pandas as pd

    return {
        "status": cell["status"],
        "value": None if pd.isna(cell["value"]) else float(cell["value"]),
        "interval": None if pd.isna(cell.get("lower")) else [float(cell["lower"]), float(cell["upper"])],
        "is_provisional": bool(cell.get("is_provisional", False)),
    }


def _used(folder: Any, manifest: dict[str, Any], sources: set[str]) -> list[dict[str, Any]]:
    """The files of the deliveries in use of these agencies."""
    import pandas as pd

    files = pd.read_parquet(folder / "tables" / "files.parquet")
    used = {(source, d) for source in sources for d in manifest["agencies"].get(source, {}).get("in_use", [])}
    rows: Any = files.astype(object).where(files.notna(), None).to_dict("records")
    return [f for f in rows if (f["agency"], f["delivery"]) in used]


def _made_of(workspace: Any, at: Any, folder: Any, *, with_rows: bool) -> list[dict[str, Any]]:
    """Each published count that a number is made of, with its role, explained in turn."""
    import pandas as pd

    from pipelines import edition
    from transforms import made_of
    from transforms.study import Study

    study = Study(**{k: v for k, v in edition.read(folder)["study"].items() if k != "groups"})
    line = {"source": at.source, "metric": at.metric.of[0], "scope": at.scope.name, "area": at.area}
    filters = [(column, "==", value) for column, value in (line | {"period_kind": "fy"}).items()]
    years = pd.read_parquet(folder / "tables" / "cells.parquet", filters=filters)
    counts = dict(zip(years["period"], years["numerator"], strict=True))
    return [
        {"role": one.role, **_explained(workspace, one.at, with_rows=with_rows)}
        for one in made_of.inputs(at, counts, study)
    ]


def _words(found: dict[str, Any]) -> str:
    metric, scope = found["definition"], found["scope"]
    lines = [
        found["id"],
        f"  {metric['label']}: {_value(found)}",
        f"  {metric['question']}",
        "",
        f"Definition  {metric['formula']}; unit {metric['unit']}; dated by {metric['dated_by']}",
        f"Excluded    {'; '.join(metric['excludes']) or 'nothing'}",
        *(f"Caveat      {text}" for text in metric["caveats"]),
        f"Scope       {scope['label']}: {scope['says'].strip()}",
        f"Made by     code {found['code_version']}, study {found['study_sha256'][:12]}",
        "",
        "Tables      " + " -> ".join(found["tables"]),
        "",
        *(_inputs(found["made_of"]) if "made_of" in found else _counted(found)),
        "",
        "Files       read / staged / quarantined / skipped",
        *_files(found["files"]),
        *(["", "SQL", found["sql"]] if "sql" in found else []),
    ]
    return "\n".join(lines)


def _value(found: dict[str, Any]) -> str:
    value = "not shown" if found["status"] == "suppressed" else found["value"]
    interval = f" (95 % interval {found['interval'][0]:.4g} to {found['interval'][1]:.4g})" if found["interval"] else ""
    return f"{value}{interval}{' PROVISIONAL' if found['is_provisional'] else ''}"


def _inputs(made_of: list[dict[str, Any]]) -> list[str]:
    """The counts that a number is made of, then each with its steps."""
    lines = ["Made of"]
    lines += [f"  {_value(one):>12}  {one['id']}, {one['role']}" for one in [o | {"interval": None} for o in made_of]]
    for one in made_of:
        lines += ["", one["id"], *_counted(one)]
    return lines


def _counted(found: dict[str, Any]) -> list[str]:
    return [*_steps(found), *(_row(*row) for row in found.get("rows", []))]


def _row(key: str, delivery: str, file: str, line: int, counted: str = "", *link: Any) -> str:
    """A record with its place; below one that is counted by links those that are linked to it, and why."""
    place = f"{key}  {delivery}/{file} line {line}"
    if counted in ("", key):
        return "  ".join(["", place, *(text for text in link if text)])
    by, probability, evidence = link
    return f"    {place}  ({by}, probability {probability:.4f}: {evidence})"


def _files(files: list[dict[str, Any]]) -> list[str]:
    """A line a file, but one for a table that comes in several."""
    from pipelines.receipt import FATES

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


def _steps(found: dict[str, Any]) -> list[str]:
    if "steps" in found:
        return ["Steps", *(f"  {n:>12,}  {says}" for says, n in found["steps"])]
    return ["Steps       not shown: a hidden number (--rows, inside the enclave), or not the current edition"]
