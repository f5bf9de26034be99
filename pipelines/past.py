"""What was known on the day of each earlier delivery: the marts as they stood, built once and kept.

In: receipts. Out: for each day the Parquet of marts in `store/past/`, each named by everything that could change it: a
delivery of investigations adds that of their records and leaves the others. The days are those on which a cumulative
source was delivered: its dumps are views of the whole.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb

from pipelines import aside, edition, engine, gate, kept
from pipelines.edition import Receipts
from pipelines.staged import attach, unreadable
from pipelines.warehouse import connect
from pipelines.workspace import Workspace
from sources.contract import agencies
from transforms import changes
from transforms.changes import Marts, View
from transforms.linkage.plan import plans
from transforms.model import models, upstream
from transforms.typing_sql import literal

MOST = 13  # a year of monthly deliveries and the one before
ROOM = 100_000_000  # bytes of staged rows in use
KEPT = 3 * MOST  # of each mart in the store: those of releases and of views as of a past day too


def has_room(receipts: Receipts) -> bool:
    """Whether two processes may each hold what the marts take: a gigabyte for 100 MB of staged rows."""
    used = (r for key, found in receipts.items() for r in gate.in_use(agencies()[key], found))
    return sum(sum(r.staged.values()) for r in used) < ROOM


def earlier(workspace: Workspace, receipts: Receipts) -> list[View]:
    """(day, marts) as they stood before the last day, earliest first."""
    now = max(edition.counted(receipts).values(), default=None)
    return [(day, _past(workspace, day)) for day in _days(receipts)[-MOST:] if now and day < now]


def views(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts, before: list[View]) -> list[View]:
    """(day, marts), earliest first: those before, and as exported from `con`, the warehouse as it stands."""
    if not _days(receipts):
        return []
    now = max(edition.counted(receipts).values())
    return [*before, (now, exported(workspace, con, receipts))]


def _days(receipts: Receipts) -> list[dt.date]:
    """The days on which a cumulative source was delivered."""
    return sorted(
        {r.day for key, found in receipts.items() if agencies()[key].mode == "cumulative" for r in found if r.is_good}
    )


def supposed(workspace: Workspace, receipts: Receipts) -> Marts:
    """The marts as they would be with other deliveries in use."""
    return _built(replace(workspace, as_of=max(edition.counted(receipts).values())), receipts)


def damaged(workspace: Workspace) -> list[Path]:
    """Kept marts that cannot be read to the end."""
    return unreadable(workspace.root, (workspace.store / "past").glob("*.parquet"))


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


def _past(workspace: Workspace, day: dt.date) -> Marts:
    view = replace(workspace, as_of=day)
    return _built(view, edition.listed(view))


def _built(of_day: Workspace, receipts: Receipts) -> Marts:
    view = replace(of_day, is_beside=True)
    found = _places(view, receipts)
    if missing := _missing(found):
        with connect(view) as con:
            attach(con, view, receipts, view.as_of)
            above = upstream(missing)
            for model in (model for model in models() if model.key in above):
                engine.build(con, view, model)
            _export(con, missing)
        view.warehouse.unlink(missing_ok=True)
    return found


def exported(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts) -> Marts:
    """The marts as they stand in the warehouse."""
    found = _places(workspace, receipts)
    _export(con, _missing(found))
    return found


def _missing(marts: Marts) -> Marts:
    """Those that are not there; one that is counts as used now."""
    missing = {mart: path for mart, path in marts.items() if not path.is_file()}
    for path in set(marts.values()) - set(missing.values()):
        path.touch()
    return missing


def _export(con: duckdb.DuckDBPyConnection, marts: Marts) -> None:
    for mart, path in marts.items():
        path.parent.mkdir(exist_ok=True)
        aside.put(path, partial(_copy, con, mart))
        aside.prune(path.parent.glob(f"{mart.split('.')[1]}-*.parquet"), KEPT)


def _copy(con: duckdb.DuckDBPyConnection, mart: str, path: Path) -> None:
    con.execute(f"copy {mart} to {literal(str(path))} (format parquet)")


@cache
def counts() -> tuple[str, ...]:
    """The marts of the counts whose changes are told."""
    return tuple(sorted({metric.from_ for metric in changes.counted()}))


def names(views: Iterable[View]) -> list[tuple[dt.date, str]]:
    """What the counts of views are made of."""
    return [(day, marts[mart].stem) for day, marts in views for mart in counts()]


@cache
def records() -> tuple[str, ...]:
    """The marts of the records that are linked, whose re-links are told."""
    return tuple(sorted({mart for plan in plans() for mart in plan.marts}))


def _places(view: Workspace, receipts: Receipts) -> Marts:
    """Where the Parquet of each mart lies, named by what it is made of."""
    addresses = kept.addresses(view, receipts)
    return {
        mart: view.store / "past" / f"{mart.split('.')[1]}-{addresses[mart]}.parquet"
        for mart in sorted({*counts(), *records()})
    }
