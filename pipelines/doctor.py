"""The doctor: is this workspace, and the machine under it, fit for the next refresh?

In: a workspace. Out: one `Sign` a check, with what to do where it is not well. Nothing is changed.
"""

import datetime as dt
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import duckdb
import yaml
from packaging.requirements import Requirement

from pipelines import edition, gate, keys, receipt
from pipelines.lock import is_taken
from pipelines.warehouse import connect
from pipelines.workspace import KEY_VARIABLE, Workspace
from sources.contract import agencies
from sources.errors import PalermoError
from sources.landing import sha256, strangers

State = Literal["well", "warning", "ill"]
ROOM = 3.0  # free bytes for each byte in landing: raw, staged and spilled rows
EDITION_ROOM = 200_000_000


@dataclass(frozen=True)
class Sign:
    """One check: its name, how it is, what was seen, and the next step where it is not well."""

    name: str
    state: State
    seen: str
    step: str = ""


def examine(workspace: Workspace, *, deep: bool = False) -> Iterator[Sign]:
    """All signs. `deep` reads every delivery and every edition again and compares their hashes."""
    yield _python()
    yield _packages()
    try:
        _ = workspace.settings
    except PalermoError as error:
        yield Sign("settings", "ill", str(error))
        return
    yield Sign("settings", "well", "palermo.toml can be read")
    yield from (
        _study(workspace),
        _key(workspace),
        _ring(workspace),
        _rights(workspace),
        _writable(workspace),
        _disk(workspace),
    )
    yield from (_lock(workspace), _pools(workspace), _clock(workspace), _warehouse(workspace))
    yield from (_staged(workspace), _edition(workspace), _drop_folders(workspace))
    if deep:
        yield from (_landing(workspace), _hashes(workspace))


def _python() -> Sign:
    seen = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Sign("python", "well" if good else "ill", seen, "" if good else "Use Python 3.11 to 3.13.")


def _packages() -> Sign:
    wrong = []
    for line in requires("palermo-metrics") or []:
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            if version(wanted.name) not in wanted.specifier:
                wrong.append(f"{wanted.name} {version(wanted.name)} (wanted {wanted.specifier})")
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
    if wrong:
        return Sign("packages", "ill", "; ".join(wrong), "Install from the lock file: pip install -r requirements.lock")
    return Sign("packages", "well", f"palermo-metrics {version('palermo-metrics')}, dagster {version('dagster')}, "
                f"duckdb {version('duckdb')}")  # fmt: skip


def _study(workspace: Workspace) -> Sign:
    try:
        found = workspace.read_study()
    except (PalermoError, OSError) as error:
        return Sign("study", "ill", str(error), "Mend study.yml; palermo study says what is wrong.")
    return Sign("study", "well", found.programme)


def _key(workspace: Workspace) -> Sign:
    try:
        n = len(workspace.key())
    except PalermoError as error:
        return Sign("key", "ill", str(error))
    where = KEY_VARIABLE if os.environ.get(KEY_VARIABLE) else "store/hash.key"
    return Sign("key", "well", f"{where}: {n} bytes, ID {workspace.key_id}")


def _ring(workspace: Workspace) -> Sign:
    try:
        waiting, under = keys.waiting(workspace), keys.by_key(workspace)
    except PalermoError as error:
        return Sign("key ring", "ill", str(error))
    if waiting:
        seen = f"{len(waiting)} deliveries are hashed under an earlier key"
        step = "palermo refresh reads them again. Where this comes back, processes use different keys."
        return Sign("key ring", "warning", seen, step)
    if unused := [key_id for key_id in keys.retired(workspace) if key_id not in under]:
        step = "; ".join(f"palermo key forget {key_id}" for key_id in unused)
        return Sign("key ring", "warning", f"kept but used no more: {', '.join(unused)}", step)
    return Sign("key ring", "well", "every delivery is hashed under the key in use")


def _rights(workspace: Workspace) -> Sign:
    places = workspace.root.iterdir() if _is_open(workspace.root) else ()
    if open_ := sorted(place.name for place in places if _is_open(place)):
        return Sign("rights", "warning", f"everybody can read {', '.join(open_)}", f"chmod -R o= {workspace.root}")
    return Sign("rights", "well", "only the owner and the group can read the workspace")


def _is_open(place: Path) -> bool:
    return bool(stat.S_IMODE(place.stat().st_mode) & 0o007)


def _writable(workspace: Workspace) -> Sign:
    if shut := workspace.shut:
        names = ", ".join(path.name for path in shut)
        return Sign("writable", "ill", f"not writable: {names}", "Run as the owner of the workspace.")
    return Sign("writable", "well", "store and editions can be written")


def _disk(workspace: Workspace) -> Sign:
    landed = sum(p.stat().st_size for p in workspace.landing.rglob("*") if p.is_file())
    free = shutil.disk_usage(workspace.root).free
    needed = int(landed * ROOM) + EDITION_ROOM
    seen = f"{free / 1e9:,.1f} GB free, {landed / 1e9:,.2f} GB in landing"
    if free < needed:
        return Sign("disk", "ill", seen, f"Free {(needed - free) / 1e9:,.1f} GB more; old editions can be archived.")
    return Sign("disk", "well", seen)


def _lock(workspace: Workspace) -> Sign:
    if is_taken(workspace):
        return Sign("lock", "warning", "a refresh is running now", "A lock goes with its process; none can be stale.")
    return Sign("lock", "well", "nobody holds the workspace")


def _pools(workspace: Workspace) -> Sign:
    path = workspace.dagster_home / "dagster.yaml"
    if not path.is_file():
        return Sign("pools", "warning", "no dagster.yaml, so no run history", "palermo init completes a workspace.")
    limit = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("concurrency", {}).get("pools", {})
    if limit.get("default_limit") != 1:
        return Sign("pools", "ill", "pools have no limit of 1", "Set concurrency: {pools: {default_limit: 1}}.")
    return Sign("pools", "well", "one step writes at a time")


def _clock(workspace: Workspace) -> Sign:
    today = dt.datetime.now(dt.UTC).date()
    ahead = [r.name for found in edition.listed(workspace).values() for r in found if r.day > today]
    if ahead:
        step = "Set the clock of this machine, or ask whether the date in the name is right."
        return Sign("clock", "warning", f"today is {today}; dated later: {', '.join(ahead[:3])}", step)
    return Sign("clock", "well", f"today is {today}")


def _warehouse(workspace: Workspace) -> Sign:
    if not workspace.warehouse.is_file():
        return Sign("warehouse", "warning", "none yet", "palermo refresh")
    try:
        with connect(workspace, read_only=True) as con:
            n = con.execute("select count(*) from duckdb_tables()").fetchone()
    except (PalermoError, duckdb.Error) as error:
        return Sign("warehouse", "ill", str(error) if isinstance(error, PalermoError) else "cannot be read",
                    "palermo refresh makes it again from the store")  # fmt: skip
    return Sign("warehouse", "well", f"{n[0] if n else 0} tables")


def _staged(workspace: Workspace) -> Sign:
    bad = [
        f"{key} {r.name}"
        for key, found in edition.listed(workspace).items()
        for r in gate.in_use(agencies()[key], found)
        if not r.is_whole(workspace.deliveries / key / r.key)
    ]
    if bad:
        return Sign("staged rows", "ill", f"cut off or missing: {', '.join(bad)}", "palermo refresh reads them again")
    return Sign("staged rows", "well", "all deliveries in use are whole")


def _edition(workspace: Workspace) -> Sign:
    current = workspace.current()
    if current is None:
        return Sign("edition", "warning", "none yet", "palermo refresh")
    if not edition.is_whole(current) or not (workspace.report / "index.html").is_file():
        return Sign("edition", "ill", f"{current.name} is damaged", "palermo refresh makes it again")
    return Sign("edition", "well", current.name)


def _drop_folders(workspace: Workspace) -> Sign:
    if found := strangers(workspace.landing, agencies()):
        seen = f"not read, because it is in no agency's folder: {', '.join(found)}"
        return Sign("drop folders", "warning", seen, f"Move it below landing/, into one of: {', '.join(agencies())}.")
    return Sign("drop folders", "well", "all that lies in landing/ is in an agency's folder")


def _landing(workspace: Workspace) -> Sign:
    changed = [
        f"{r.agency} {r.name}"
        for key in agencies()
        for r in receipt.listed(workspace.deliveries / key)
        for f in r.files
        if (path := _landed(workspace, key, r.name, f["name"])) and sha256(path) != f["sha256"]
    ]
    if changed:
        step = "The next refresh takes it for a new delivery. Ask who changed a file in landing."
        return Sign("landing", "warning", f"changed since it was taken in: {', '.join(sorted(set(changed)))}", step)
    return Sign("landing", "well", "files have the hashes that they had")


def _landed(workspace: Workspace, agency: str, delivery: str, name: str) -> Path | None:
    place = workspace.landing / agency / delivery
    path = place if place.is_file() else place / name
    return path if path.is_file() else None


def _hashes(workspace: Workspace) -> Sign:
    bad = sorted(
        folder.name
        for folder in workspace.editions.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and not edition.is_whole(folder)
    )
    if bad:
        return Sign("editions", "ill", f"damaged: {', '.join(bad)}", "Restore from a backup.")
    return Sign("editions", "well", "tables of every edition have their hashes, and all pages are there")
