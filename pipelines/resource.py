"""The one resource that assets share: which workspace, and whether a held delivery stops the run.

In: a folder. Out: the `Workspace`, its receipts and the edition being made; progress for whoever is watching.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import dagster as dg
from pydantic import PrivateAttr

from pipelines import apart, costs, edition, gate, journal, past, progress, tables
from pipelines.aside import close_to_others
from pipelines.edition import Receipts
from pipelines.hashes import Hashes
from pipelines.journal import Cost
from pipelines.lock import alone
from pipelines.tables import Begun
from pipelines.warehouse import connect, kept_open
from pipelines.workspace import Workspace, find
from sources.contract import agencies
from sources.errors import is_transient
from transforms.changes import View

JOB = "refresh"
GATE = "delivery"  # the first part of the keys of gates
WAIT = 3600.0  # seconds that a run waits for another one
TRIES = 3  # of a step again, after a fault that may pass; the wait doubles each time


def _gates(run: dg.DagsterRun) -> Iterable[str]:
    """The agencies whose gates are steps of a run."""
    if run.asset_selection:  # empty where the whole job runs
        return sorted(key.path[-1] for key in run.asset_selection if key.path[0] == GATE)
    return agencies() if run.job_name == JOB else ()


class Programme(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The workspace of a run. Without `root` it is the one that `palermo` would find from this folder."""

    root: str | None = None
    strict: bool = False
    as_of: str | None = None
    backoff: float = 5.0  # seconds before a step is tried again for the first time
    _to_judge: set[str] = PrivateAttr(default_factory=set)
    _earlier: Callable[[], list[View]] | None = PrivateAttr(None)
    _begun: Begun | None = PrivateAttr(None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Programme"]:
        """Hold the workspace for the whole run: two runs that took turns step by step would mix their rows.

        The run writes its journal, and what its steps cost is kept in the warehouse.
        """
        workspace = self.workspace
        close_to_others()
        with alone(workspace, WAIT), journal.opened(workspace, context.run_id or "") as run:
            with kept_open(workspace), apart.beside(partial(apart.pays, workspace)) as is_ours:
                self._earlier = self._begun = None
                self._to_judge = set(_gates(context.run)) if context.run else set()
                if is_ours:
                    gate.begin(workspace, self._to_judge, Hashes(workspace))
                yield self
            costs.keep(replace(workspace, as_of=None), run)

    @contextmanager
    def step(self, context: dg.AssetExecutionContext, name: str, agency: str = "") -> Iterator[Cost]:
        """A step: shown, measured, told to the journal; tried again, later each time, after a fault that may pass."""
        self.progress(name, 0)
        try:
            with journal.step(name, agency) as cost:
                yield cost
        except Exception as error:
            if not is_transient(error) or context.retry_number >= TRIES:
                raise
            self._earlier = self._begun = None  # what has begun may have met the same fault
            wait = self.backoff * 2**context.retry_number
            journal.tell("step is tried again", retry=str(context.retry_number + 1), seconds=wait)
            raise dg.RetryRequested(max_retries=TRIES, seconds_to_wait=wait) from error

    @property
    def workspace(self) -> Workspace:
        """The workspace; refused with words where there is none."""
        found = find(self.root)
        _ = found.settings
        return replace(found, as_of=dt.date.fromisoformat(self.as_of)) if self.as_of else found

    def receipts(self) -> Receipts:
        """What the gates of this run have left: the receipts of every agency whose deliveries still lie in landing."""
        return edition.listed(self.workspace)

    def judged(self, agency: str) -> None:
        """A gate has left its receipts: after the last one begins what needs no mart of today."""
        self._to_judge.discard(agency)
        if not self._to_judge:
            self.begin_earlier()

    def begin_earlier(self) -> None:
        """Begin the marts as they stood on earlier days, if they have not begun."""
        if self._earlier is None and past.has_room(receipts := self.receipts()):
            self._earlier = apart.start(past.earlier, self.workspace, receipts)

    def begun(self) -> Begun:
        """What is made of the marts alone, begun when it is first asked for."""
        if self._begun is None:
            workspace, receipts = self.workspace, self.receipts()
            earlier = self._earlier or partial(past.earlier, workspace, receipts)
            with connect(workspace) as con:
                self._begun = tables.begin(workspace, con, receipts, earlier())
        return self._begun

    def edition(self) -> str:
        """The edition that these receipts make."""
        return edition.identity(self.workspace, self.receipts())

    def progress(self, what: str, n: int, of: int = 0) -> None:
        """Tell whoever watches: `n` more records of `what`, or its step `n` of `of`."""
        progress.step(what, n, of)

    def read_bytes(self, read: int, of: int) -> None:
        """Tell whoever watches: so many bytes of a delivery are read."""
        progress.read_bytes(read, of)
