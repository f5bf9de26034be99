"""`palermo explain ID`: where a number comes from, down to the files and, inside the enclave, the lines."""

import json
import math
from typing import Any

import click

KINDS = {"share": "rate", "days": "median"}  # of what hangs on links, in the words of a metric


@click.command()
@click.argument("number")
@click.option("--workspace", default=None, help="The workspace; default: here, ./workspace or ./demo.")
@click.option("--rows", is_flag=True, help="Inside the enclave: keys with file and line, and steps of hidden numbers.")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def explain(number: str, workspace: str | None, rows: bool, for_machines: bool) -> None:
    """Explain NUMBER, an ID as printed under every figure: source/metric/scope/area/period[@edition].

    What hangs on links has IDs like linkage/seen_by_two/middle/ALL/FY2022-2024; its rows say which links, and why.
    A row made of other numbers (of comparison, benchmarks, cohorts, funnels, signals, bridge) says which, each with its
    ID: eousa/cohort/acteam/ALL/FY2024. So does a table by its name: evaluation_panel.
    """
    from pipelines import explaining
    from pipelines.workspace import meant, option
    from transforms import row
    from transforms.trace import parse

    try:
        at = parse(number)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    if isinstance(at, row.Address):
        if rows:
            click.echo("--rows goes with a number: explain one of the IDs that this is made of.", err=True)
        found, words = explaining.explained(meant(workspace), at, option(workspace)), explaining.words_of
    else:
        found, words = _explained(meant(workspace), at, with_rows=rows), _words
    click.echo(json.dumps(found, indent=1, default=str) if for_machines else words(found))


def _explained(workspace: Any, at: Any, *, with_rows: bool) -> dict[str, Any]:
    """Everything about one number; of a metric made of others also all about each count that it is made of."""
    import pandas as pd

    from pipelines import comparing, edition
    from pipelines.explaining import is_current, used
    from pipelines.warehouse import connect
    from sources.errors import EditionError
    from transforms import trace
    from transforms.linkage import trace as linked

    folder = comparing.find(workspace, at.edition) if at.edition else comparing.current(workspace)
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
        "files": used(folder, manifest, sources, by.lineage(at)),
    }
    if not is_linked and at.metric.of:
        return found | {"made_of": _made_of(workspace, at, folder, with_rows=with_rows)}
    found["sql"] = by.number_sql(at)
    if is_current(workspace, manifest) and (cell["status"] != "suppressed" or with_rows):
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
        **{name: None if pd.isna(cell[name]) else float(cell[name]) for name in ("value", "numerator", "denominator")},
        "interval": None if pd.isna(cell.get("lower")) else [float(cell["lower"]), float(cell["upper"])],
        "is_provisional": bool(cell.get("is_provisional", False)),
    }


def _made_of(workspace: Any, at: Any, folder: Any, *, with_rows: bool) -> list[dict[str, Any]]:
    """Each published count that a number is made of, with its role, explained in turn."""
    import pandas as pd

    from pipelines import edition
    from transforms import made_of
    from transforms.study import as_told

    study = as_told(edition.read(folder))
    line = {"source": at.source, "metric": at.metric.of[0], "scope": at.scope.name, "area": at.area}
    filters = [(column, "==", value) for column, value in (line | {"period_kind": "fy"}).items()]
    years = pd.read_parquet(folder / "tables" / "cells.parquet", filters=filters)
    counts = dict(zip(years["period"], years["numerator"], strict=True))
    return [
        {"role": one.role, **_explained(workspace, one.at, with_rows=with_rows)}
        for one in made_of.inputs(at, counts, study)
    ]


def _words(found: dict[str, Any]) -> str:
    from pipelines.explaining import file_lines

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
        *file_lines(found["files"]),
        *(["", "SQL", found["sql"]] if "sql" in found else []),
    ]
    return "\n".join(lines)


def _value(found: dict[str, Any]) -> str:
    """The value as the report prints it, with what it is a share of, and its interval."""
    from reports import words

    if found["status"] != "shown":
        return words.NOT_SHOWN if found["status"] == "suppressed" else words.NOT_APPLICABLE
    kind = KINDS.get(found["definition"]["kind"], found["definition"]["kind"])
    told = words.number(found["value"], kind)
    if kind in ("rate", "ratio") and found["numerator"] is not None and found["denominator"] is not None:
        told += f" ({found['numerator']:,.0f} {'of' if kind == 'rate' else 'over'} {found['denominator']:,.0f})"
    if found["interval"]:
        told += f", 95 % interval {' to '.join(_limit(v, kind) for v in found['interval'])}"
    return f"{told}{', PROVISIONAL' if found['is_provisional'] else ''}"


def _limit(value: float, kind: str) -> str:
    from reports import words

    is_whole = kind in ("rate", "median") and math.isfinite(value)
    return words.number(value, kind) if is_whole else words.limit(value)


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


def _steps(found: dict[str, Any]) -> list[str]:
    if "steps" in found:
        return ["Steps", *(f"  {n:>12,}  {says}" for says, n in found["steps"])]
    return ["Steps       not shown: a hidden number (--rows, inside the enclave), or not the current edition"]
