"""A refresh from the shell: the same Dagster job that the web server runs, in this process, one at a time.

In: a workspace. Out: `Outcome`, for the summary and the exit code. Where nothing is new since the last edition, no job
runs at all.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb

from pipelines import apart, edition, gate, journal, kept, loading, progress
from pipelines.edition import Receipts, listed
from pipelines.hashes import Hashes
from pipelines.lock import alone
from pipelines.receipt import Receipt
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import DeliveryError, WorkspaceError

PASSING = 5.0  # seconds in which the processes beside a refresh that was killed have ended


@dataclass(frozen=True)
class Outcome:
    """What a refresh left behind."""

    edition: str
    is_new: bool
    receipts: Receipts
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def held(self) -> list[Receipt]:
        """Held deliveries that are newer than what is in use."""
        return [r for key, receipts in self.receipts.items() for r in gate.held(agencies()[key], receipts)]

    @property
    def exit_code(self) -> int:
        """0, or 2 where a delivery is held."""
        return 2 if self.held else 0


def refresh(workspace: Workspace, *, strict: bool = False) -> Outcome:
    """Bring the edition up to date with the drop folders."""
    _ = workspace.settings, workspace.key()
    with alone(workspace, PASSING):
        edition.check_report(workspace)
        progress.step("looking for what is new", 0)
        hashes = Hashes(workspace)
        news = [a.key for a in agencies().values() if gate.has_news(workspace, a, progress.read_bytes, hashes)]
        hashes.keep()
        if not news and (current := _unchanged(workspace)):
            return Outcome(current, False, listed(workspace))
        _tell_rehashed(workspace)
        if strict and (held := _held_before(workspace, news)):
            raise DeliveryError(held[-1].stops)
        try:
            with apart.beside(partial(apart.pays, workspace)):
                gate.begin(workspace, news, hashes)
                seconds = _run(workspace, news, strict=strict)
        except duckdb.Error:
            _set_damaged_aside(workspace)
            raise
        receipts = listed(workspace)
        return Outcome(edition.identity(workspace, receipts), True, receipts, seconds)


def _held_before(workspace: Workspace, news: list[str]) -> list[Receipt]:
    """What an earlier refresh has held of agencies whose gates have nothing new."""
    known = listed(workspace)
    return [r for key in known if key not in news for r in gate.held(agencies()[key], known[key])]


def _tell_rehashed(workspace: Workspace) -> None:
    """Say what a change of key costs: which deliveries are read again from landing."""
    for key, receipts in listed(workspace).items():
        if found := gate.under_earlier_key(workspace, agencies()[key], receipts):
            names = ", ".join(r.name for r in found)
            progress.step(f"{key}: hashed under an earlier key, read again from landing/: {names}", 0)


def _set_damaged_aside(workspace: Workspace) -> None:
    """What cannot be read in the store is put out of the way, so that the next refresh makes it again from landing."""
    from pipelines import past, staged, warehouse

    rows, marts = staged.damaged(workspace, listed(workspace)), past.damaged(workspace)
    for path in [*(feed.path for feed in rows), *marts]:
        path.unlink()
    names = [f"the staged rows of {name}" for name in sorted({f"{feed.agency} {feed.delivery}" for feed in rows})]
    names += ["the marts of earlier days"] if marts else []
    if warehouse.is_damaged(workspace):
        warehouse.set_aside(workspace.warehouse)
        names.append("tables of the warehouse")
    if names:
        raise WorkspaceError(
            f"{workspace.store}: {', '.join(names)} were damaged and are out of the way. "
            "Run palermo refresh again: it makes them anew from landing/. Then have the disk checked."
        ) from None


def _unchanged(workspace: Workspace) -> str | None:
    """The current edition's name if the known deliveries, code, study and settings would make it again.

    It is whole, and so is the warehouse that says where its numbers come from.
    """
    if workspace.current() is None:
        return None
    receipts = listed(workspace)
    name = edition.identity(workspace, receipts)
    if not workspace.as_of and (
        workspace.current() != workspace.editions / name or not kept.stands(workspace, receipts)
    ):
        return None
    return name if edition.is_whole(workspace.editions / name) else None


def _run(workspace: Workspace, news: list[str], *, strict: bool) -> dict[str, float]:
    """Run the job without the gates that have nothing new; returns the seconds of each step."""
    with loading.quick():
        from dagster import Failure

        from pipelines.assets.gate import key_of
        from pipelines.definitions import build
        from pipelines.history import history
        from pipelines.resource import JOB

    with history(workspace) as instance:
        as_of = workspace.as_of.isoformat() if workspace.as_of else None
        job = build(str(workspace.root), strict=strict, as_of=as_of).resolve_job_def(JOB)
        quiet_gates = {key_of(key) for key in agencies() if key not in news}
        chosen = [key for key in job.asset_layer.executable_asset_keys if key not in quiet_gates]
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        try:
            job.execute_in_process(instance=instance, run_config=quiet, raise_on_error=True, asset_selection=chosen)
        except Failure as held:  # --strict
            raise DeliveryError(held.description) from None
        return {cost.step: cost.seconds for cost in journal.so_far().costs}


def report_path(workspace: Workspace) -> Path:
    """The page to open."""
    return workspace.report / "index.html"


def page_of(workspace: Workspace, outcome: Outcome) -> Path:
    """The page of the edition that a refresh made; the one to give to readers where it is the current one."""
    if workspace.as_of:
        return workspace.editions / outcome.edition / "site" / "index.html"
    return report_path(workspace)
