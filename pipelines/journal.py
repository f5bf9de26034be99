"""The journal of a workspace: what ran, in `logs/<month>.jsonl`, a line an event; and what each step of a run cost.

In: the work of a run. Out: JSON lines with time, run, step, agency, delivery, event and figures; `Cost` of each step.
A line has the fields of FIELDS and no others, so that no value of a record can be written: names of ours, counts,
bytes, seconds. An error is told by its type and its place in the code.
"""

import datetime as dt
import json
import logging
import resource
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.workspace import Workspace

PLACE = ("run", "step", "agency", "delivery")
FIGURES = ("rows", "bytes", "seconds", "memory_bytes", "read", "staged", "quarantined", "skipped", "n_rules_broken")
WORDS = ("status", "error", "at", "edition", "key_id", "retry")
FIELDS = (*FIGURES, *WORDS)
Fact = str | int | float | None

LOG = logging.getLogger("palermo")
LOG.setLevel(logging.INFO)
LOG.propagate = False
LOG.addHandler(logging.NullHandler())


@dataclass
class Cost:
    """What a step cost: rows and bytes that it handled (None: none of its own), seconds, peak memory of the process."""

    step: str
    agency: str = ""
    rows: int | None = None
    bytes: int | None = None
    seconds: float = 0.0
    memory_bytes: int = 0

    @property
    def metadata(self) -> dict[str, Any]:
        """For Dagster, as far as the step has come."""
        found = {"rows": self.rows, "bytes": self.bytes, "seconds": round(self.seconds, 3)}
        return {f"cost_{k}": v for k, v in (found | {"memory_bytes": self.memory_bytes}).items() if v is not None}


@dataclass
class Run:
    """One run of this process: its ID and the cost of every step that has ended."""

    id: str
    costs: list[Cost] = field(default_factory=list)


_place: dict[str, str] = {}  # one run at a time in a process: the workspace's lock sees to it
_open: list[Cost] = []
_run = Run("")


class _Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        told: dict[str, Fact] = getattr(record, "told", {})
        return json.dumps({"time": at, "level": record.levelname.lower(), **told, "event": record.getMessage()})


class _File(logging.FileHandler):
    """A full disk or lost rights must stop a refresh where it writes figures, not where it writes this."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the work meets the same fault and says it."""


@contextmanager
def opened(workspace: Workspace, run: str) -> Iterator[Run]:
    """Write the events of a run to the workspace's journal until the block ends."""
    global _run
    _run = found = Run(run)
    folder = workspace.root / "logs"
    folder.mkdir(mode=0o700, exist_ok=True)
    lines = _File(folder / f"{dt.datetime.now(dt.UTC):%Y-%m}.jsonl", encoding="utf-8", delay=True)
    lines.setFormatter(_Lines())
    LOG.addHandler(lines)
    try:
        with at(run=run):
            yield found
    finally:
        LOG.removeHandler(lines)
        lines.close()


@contextmanager
def at(**place: str) -> Iterator[None]:
    """Events in the block are told of this run, step, agency or delivery."""
    if unknown := set(place) - set(PLACE):
        raise ValueError(f"journal: no place {', '.join(sorted(unknown))}. Add it to PLACE.")
    before = dict(_place)
    _place.update(place)
    try:
        yield
    finally:
        _place.clear()
        _place.update(before)


def tell(event: str, level: int = logging.INFO, **facts: Fact) -> None:
    """Write an event: a fixed phrase, and figures by the names of FIELDS."""
    if unknown := set(facts) - set(FIELDS):
        raise ValueError(f"journal: no field {', '.join(sorted(unknown))}. Add it to FIELDS, if it can hold no value.")
    given = {k: round(v, 3) if isinstance(v, float) else v for k, v in facts.items() if v is not None}
    LOG.log(level, event, extra={"told": {k: _place[k] for k in PLACE if k in _place} | given})


@contextmanager
def step(name: str, agency: str = "") -> Iterator[Cost]:
    """A step of a run: its cost is measured, told, and kept for the edition's page and the warehouse."""
    cost = Cost(name, agency)
    _forget_peak()
    began = time.monotonic()
    with at(step=name, **({"agency": agency} if agency else {})):
        _open.append(cost)
        try:
            yield cost
        except Exception as error:
            tell("step failed", logging.ERROR, **_told(error))
            raise
        finally:
            _open.remove(cost)
        _measure(cost, began)
        tell("step ended", **{k: v for k, v in asdict(cost).items() if k in FIELDS})
    _run.costs.append(cost)


def handled(rows: int = 0, of_bytes: int = 0) -> None:
    """Add to what the step that runs has handled."""
    if _open:
        cost = _open[-1]
        cost.rows, cost.bytes = (cost.rows or 0) + rows, (cost.bytes or 0) + of_bytes


def so_far() -> Run:
    """The run of this process, with the costs of the steps that have ended."""
    return _run


def _measure(cost: Cost, began: float) -> None:
    cost.seconds, cost.memory_bytes = time.monotonic() - began, _peak()


def _told(error: BaseException) -> dict[str, Fact]:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return {"error": type(error).__name__, "at": place}


def _forget_peak() -> None:
    """Let the kernel measure the peak of memory anew, where it can (Linux); else it is the process's own so far."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """Most bytes of memory that this process has held since it was last forgotten."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
