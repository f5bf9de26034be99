"""What was known on the day of each earlier delivery: the marts as they stood, built once and kept.

In: receipts. Out: for each day a folder of mart Parquet in `store/past/`, named by everything that could change it.
The days are those on which a cumulative source was delivered: its dumps are views of the whole.
"""

import datetime as dt
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipelines import aside, edition, engine, gate, kept
from pipelines.edition import Receipts
from pipelines.staged import attach
from pipelines.warehouse import connect
from pipelines.workspace import Workspace
from sources.contract import agencies
from transforms import changes
from transforms.linkage.plan import plans
from transforms.model import Model, models
from transforms.typing_sql import literal

MOST = 13  # a year of monthly deliveries and the one before


def views(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts) -> list[tuple[dt.date, Path]]:
    """(day, folder of marts), earliest first; the last is exported from `con`, the warehouse as it stands."""
    days = sorted(
        {r.day for key, found in receipts.items() if agencies()[key].mode == "cumulative" for r in found if r.is_good}
    )
    if not days:
        return []
    now = max(edition.counted(receipts).values())
    past = [(day, _past(workspace, day)) for day in days[-MOST:] if day < now]
    return [*past, (now, exported(workspace, con, receipts))]


def supposed(workspace: Workspace, receipts: Receipts) -> Path:
    """The folder of marts as they would be with other deliveries in use."""
    return _built(replace(workspace, as_of=max(edition.counted(receipts).values())), receipts)


def used_by(workspace: Workspace, manifest: dict[str, Any]) -> Receipts | None:
    """The receipts of what an edition had in use: those of its day if it is so, whose marts are kept.

    None where a delivery, or the bytes that it had then, are gone, or the manifest does not say what they were.
    """
    had = {k: list(zip(a["in_use"], a.get("digests", []), strict=False)) for k, a in manifest["agencies"].items()}
    used = {key: found for key, found in had.items() if found}
    if not used:
        return None
    for as_of in (dt.date.fromisoformat(manifest["data_date"]), workspace.as_of):
        found = edition.listed(replace(workspace, as_of=as_of))
        if _used(found) == used:
            return found
    found = {
        key: [r for r in receipts if r.is_good and (r.name, r.digest) in used.get(key, [])]
        for key, receipts in found.items()
    }
    return found if _used(found) == used else None


def _used(receipts: Receipts) -> dict[str, list[tuple[str, str]]]:
    names = {key: [(r.name, r.digest) for r in gate.in_use(agencies()[key], found)] for key, found in receipts.items()}
    return {key: found for key, found in names.items() if found}


def _past(workspace: Workspace, day: dt.date) -> Path:
    view = replace(workspace, as_of=day)
    return _built(view, edition.listed(view))


def _built(view: Workspace, receipts: Receipts) -> Path:
    folder = _folder(view, receipts)
    if not folder.is_dir():
        with connect(view) as con:
            attach(con, view, receipts, view.as_of)
            for model in _wanted():
                engine.build(con, view, model)
            _export(con, folder)
        view.warehouse.unlink(missing_ok=True)
    return folder


def exported(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts) -> Path:
    """The folder of marts as they stand in the warehouse."""
    folder = _folder(workspace, receipts)
    if not folder.is_dir():
        _export(con, folder)
    return folder


def _export(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with aside.folder(folder) as made:
        for mart in _marts():
            path = literal(str(made / f"{mart.split('.')[1]}.parquet"))
            con.execute(f"copy {mart} to {path} (format parquet)")


@cache
def _marts() -> tuple[str, ...]:
    """The marts of the counts whose changes are told, and the records whose re-links are."""
    return tuple(sorted({*(plan.records for plan in plans()), *(metric.from_ for metric in changes.counted())}))


@cache
def _wanted() -> tuple[Model, ...]:
    """Those marts and all that they read, in the order in which they can be built."""
    found = set(_marts())
    for model in reversed(models()):
        found |= set(model.parents) if model.key in found else set()
    return tuple(model for model in models() if model.key in found)


def _folder(view: Workspace, receipts: Receipts) -> Path:
    """Named by what the marts are made of."""
    addresses = kept.addresses(view, receipts)
    return view.store / "past" / kept.digest(*(addresses[mart] for mart in _marts()))
