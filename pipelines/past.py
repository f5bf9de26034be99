"""What was known on the day of each earlier delivery: the marts as they stood, built once and kept.

In: receipts. Out: for each day a folder of mart Parquet in `store/past/`, named by everything that could change it.
The days are those on which a cumulative source was delivered: its dumps are views of the whole.
"""

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import duckdb

from pipelines import aside, edition
from pipelines.edition import Receipts
from pipelines.staged import attach
from pipelines.version import counting
from pipelines.warehouse import connect
from pipelines.workspace import Workspace
from sources.contract import agencies
from transforms import study as studies
from transforms.model import models

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


def _past(workspace: Workspace, day: dt.date) -> Path:
    view = replace(workspace, as_of=day)
    return _built(view, edition.listed(view))


def _built(view: Workspace, receipts: Receipts) -> Path:
    folder = _folder(view, receipts)
    if not folder.is_dir():
        with connect(view) as con:
            attach(con, view, receipts, view.as_of)
            for model in models():
                model.build(con)
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
        for model in models():
            if model.layer == "mart":
                con.execute(f"copy {model.key} to '{made / f'{model.name}.parquet'}' (format parquet)")


def _folder(workspace: Workspace, receipts: Receipts) -> Path:
    """Named by the deliveries in use, the code and the study: what the marts are made of."""
    parts = [counting(), studies.digest(workspace.study)]
    parts += [f"{r.agency} {r.key}" for found in receipts.values() for r in found if r.is_good]
    return workspace.store / "past" / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
