"""An edition: identity, manifest, and the one step that makes it the current one.

In: receipts, study, settings. Out: `editions/<edition>/`, written aside as `.<edition>.part` and renamed into place.
The same deliveries, code, study and settings give the same edition, to the byte.
"""

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import aside, gate, ledger, receipt, releases
from pipelines.receipt import Receipt
from pipelines.version import counting, parts
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import EditionError, WorkspaceError
from sources.landing import sha256
from transforms import study as studies
from transforms import study_lock
from transforms.linkage import published as linkage
from transforms.metric import Metric, metrics, scopes, splits

Receipts = dict[str, list[Receipt]]


def listed(workspace: Workspace) -> Receipts:
    """The receipts of every agency, known on the day of the workspace's view."""
    return {key: receipt.listed(workspace.deliveries / key, workspace.as_of) for key in agencies()}


def counted(receipts: Receipts) -> dict[str, dt.date]:
    """The data date of every agency with a delivery in use."""
    last = {key: gate.in_use(agencies()[key], found) for key, found in receipts.items()}
    return {key: used[-1].day for key, used in last.items() if used}


def settles(receipts: Receipts, months: int) -> dict[str, dt.date]:
    """The day after which a source's figures are provisional: months before its data date, or where it is complete to.

    A collection that is not updated and does not say to where it is complete has none.
    """
    found = {}
    for key, last in counted(receipts).items():
        agency = agencies()[key]
        if day := _settled(last, agency.complete_to, months if agency.cadence_days else None):
            found[key] = day
    return found


def final_to(manifest: dict[str, Any]) -> dict[str, dt.date]:
    """The day to which the figures of each source of an edition are final, as `settles` says; else its data date."""
    found, months = {}, manifest["settings"]["provisional_months"]
    for key, told in manifest["agencies"].items():
        if told["as_of"]:
            last = dt.date.fromisoformat(told["as_of"])
            ended = dt.date.fromisoformat(told["complete_to"]) if told["complete_to"] else None
            found[key] = _settled(last, ended, months if told["cadence_days"] else None) or last
    return found


def _settled(last: dt.date, complete_to: dt.date | None, months: int | None) -> dt.date | None:
    """The day to which a source with this data date is final; None where it is not sent and does not say."""
    if complete_to or months is None:
        return complete_to
    return (pd.Timestamp(last) - pd.DateOffset(months=months)).date()


def identity(workspace: Workspace, receipts: Receipts) -> str:
    """The edition that these deliveries make: data date and 8 hex digits over everything that could change a figure.

    What was released before can: numbers hide so that it stays closed, and those that read otherwise now are told. An
    edition's own release changes nothing.
    """
    dates, made = counted(receipts), made_from(workspace, receipts)
    known = [name for release in releases.earlier(workspace, made) for name in release.names.values()]
    digest = hashlib.sha256(chr(10).join([made, *known]).encode()).hexdigest() if known else made
    return f"{max(dates.values()).isoformat()}-{digest[:8]}"


def made_from(workspace: Workspace, receipts: Receipts) -> str:
    """SHA-256 over deliveries, code, study and settings."""
    dates = counted(receipts)
    if not dates:
        raise EditionError(
            "No agency has a good delivery, so there is nothing to count. Put exports into landing/<agency>/, "
            "then see why each was held: palermo status"
        )
    lock = [entry.sha256 for entry in study_lock.entries(workspace.study_lock)]
    parts = [counting(), studies.digest(workspace.study), *lock, workspace.settings.model_dump_json()]
    parts += [sha256(workspace.link_decisions)] if workspace.link_decisions.is_file() else []
    parts.append(str(workspace.as_of))
    parts += [
        f"{r.agency} {r.key} {r.name} {r.digest} {r.contracts} {r.status}" for found in receipts.values() for r in found
    ]
    return hashlib.sha256(chr(10).join(parts).encode()).hexdigest()


def today(workspace: Workspace, receipts: Receipts) -> dt.date:
    """The day on which lateness is told: today, or where nothing arrives any more the data date."""
    if workspace.as_of or workspace.settings.is_invented:
        return max(counted(receipts).values(), default=dt.date.today())
    return dt.date.today()


def manifest(workspace: Workspace, edition: str, receipts: Receipts, tables: dict[str, Any]) -> dict[str, Any]:
    """Everything about an edition that is not a table."""
    meant, made = defined(workspace), made_from(workspace, receipts)
    released = releases.earlier(workspace, made)
    return {
        "edition": edition,
        "data_date": edition[:10],
        "made_from": made,
        "released_before": [release.names for release in released],
        "as_of": workspace.as_of.isoformat() if workspace.as_of else None,
        "is_invented": workspace.settings.is_invented,
        "programme": meant["study"]["programme"],
        "study_changed": released[-1].manifest["study_sha256"] != meant["study_sha256"] if released else None,
        "study_lock": study_lock.state(workspace.study, workspace.study_lock),
        "agencies": {key: _agency(key, found, edition[:10]) for key, found in receipts.items() if found},
        "linkage": linkage.definitions(),
        "tables": tables,
    } | meant


def defined(workspace: Workspace) -> dict[str, Any]:
    """The part of a manifest that says what figures mean and by what they are made."""
    study = workspace.read_study()
    return {
        "code_version": counting(),
        "code_parts": parts(),
        "study_sha256": studies.digest(workspace.study),
        "study": study.model_dump(mode="json") | {"groups": study.groups},
        "settings": workspace.settings.model_dump(),
        "metrics": {name: _meant(metric) for name, metric in metrics().items()},
        "splits": {name: s.model_dump(mode="json") for name, s in splits().items()},
        "scopes": {name: s.model_dump(mode="json") for name, s in scopes().items()},
    }


def _meant(metric: Metric) -> dict[str, Any]:
    told = {"tells_days": True} if metric.tells_days else {}
    return metric.model_dump(mode="json") | {"formula": metric.formula} | told


def _agency(key: str, found: list[Receipt], data_date: str) -> dict[str, Any]:
    agency = agencies()[key]
    used = gate.in_use(agency, found)
    last = used[-1] if used else None
    newer = gate.held(agency, found)
    late = ledger.freshness(agency, found, dt.date.fromisoformat(data_date)).is_late
    return {
        "label": agency.label,
        "name": agency.name,
        "is_assumed": agency.is_assumed,
        "in_use": [r.name for r in used],
        "digests": [r.digest for r in used],
        "as_of": last.as_of if last else None,
        "held": [{"delivery": r.name, "as_of": r.as_of, "reason": r.reason} for r in newer],
        "is_late": late,
        "cadence_days": agency.cadence_days,
        "complete_to": agency.complete_to.isoformat() if agency.complete_to else None,
    }


def draft(workspace: Workspace, edition: str) -> Path:
    """The folder in which an edition is written before it is one."""
    return workspace.editions / f".{edition}.part"


def read(folder: Path | None) -> dict[str, Any]:
    """The manifest of an edition."""
    if folder is None:
        raise EditionError("No edition yet. Make one: palermo refresh")
    path = folder / "manifest.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        _ = [about["sha256"] for about in found["tables"].values()]
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError, AttributeError):
        raise EditionError(
            f"{path}: missing or damaged. palermo refresh makes the current edition again; put back the manifest of "
            "another one from a backup."
        ) from None
    return dict(found)


def write(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest of an edition."""
    aside.text(folder / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True))


def made(workspace: Workspace) -> list[Path]:
    """The folders of every edition that was ever published here."""
    return sorted(p for p in workspace.editions.iterdir() if p.is_dir() and not p.name.startswith("."))


def is_whole(folder: Path | None) -> bool:
    """Whether an edition's manifest can be read, its tables have their hashes and its site has all of its files."""
    try:
        found = read(folder)
    except EditionError:
        return False
    assert folder is not None
    tables = {folder / "tables" / f"{name}.parquet": about["sha256"] for name, about in found["tables"].items()}
    pages = [folder / "site" / name for name in found.get("site", ["index.html"])]
    return all(path.is_file() and sha256(path) == known for path, known in tables.items()) and all(
        path.is_file() and (path.stat().st_size or path.suffix != ".html") for path in pages
    )


def check_report(workspace: Workspace) -> None:
    """Refuse what someone has put where the link to the last edition goes."""
    if workspace.report.exists() and not workspace.report.is_symlink():
        raise WorkspaceError(
            f"{workspace.report}: no link to the last edition, but a file or folder of someone else's. "
            "Move it away, then: palermo refresh"
        )


def publish(workspace: Workspace, edition: str) -> Path:
    """Rename the draft into place and point at it; a crash leaves the earlier edition or this one.

    One that is there and whole stays: the same inputs have made the same. An edition of a past day is put beside the
    others and not pointed at.
    """
    check_report(workspace)
    folder, made = workspace.editions / edition, draft(workspace, edition)
    if made.is_dir() and is_whole(folder):
        shutil.rmtree(made)
    elif made.is_dir():
        files = sorted(str(p.relative_to(made / "site")) for p in (made / "site").rglob("*") if p.is_file())
        write(made, read(made) | {"site": files})
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    if workspace.as_of:
        return folder
    aside.put(workspace.report, lambda p: p.symlink_to(Path("editions") / edition / "site"))
    return folder
