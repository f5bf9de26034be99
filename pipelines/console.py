"""What people see while a refresh runs and when it has ended.

In: progress events and an `Outcome`. Out: lines on standard error while it runs, a summary on standard output.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.filesize import decimal
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from pipelines import delivered, edition, progress, shell
from pipelines.ledger import Freshness, freshness
from pipelines.receipt import FATES, UNDATED
from pipelines.refresh import Outcome, page_of
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.landing import passed_over, strangers

WIDE = 1000  # a table is as wide as its lines: a name that is cut loses its date
DRAWN = 4  # times a second; each takes some milliseconds from the refresh


@dataclass
class Step:
    """What is being done: records or steps so far, and the bytes of the delivery that is read or hashed."""

    what: str = "starting"
    n: int = 0
    of: int = 0
    since: float = 0.0
    read: int = 0
    size: int = 0
    began: float = 0.0

    def show(self, what: str, n: int, of: int, now: float) -> bool:
        """Take in `n` more records of `what`, or its step `n` of `of`; says whether it is something new."""
        is_new = what != self.what
        if is_new:
            self.what, self.n, self.since = what, 0, now
        if self.read >= self.size:
            self.read = self.size = 0
        self.n, self.of = (n if of else self.n + n), of
        return is_new

    def told(self, read: int, size: int, now: float) -> None:
        """Take in how many bytes of a delivery are read."""
        if read <= self.read or size != self.size:
            self.began = now
        self.read, self.size = read, size

    def text(self, now: float) -> str:
        """Records and bytes with their rates, and the time left."""
        parts = [f"{self.n} of {self.of}"] if self.of else []
        if self.n and not self.of:
            parts.append(f"{self.n:,} records, {self.n / max(now - self.since, 0.001):,.0f} a second")
        if self.read and self.size:
            rate = self.read / max(now - self.began, 0.001)
            left = (self.size - self.read) / rate
            parts.append(
                f"{decimal(self.read)} of {decimal(self.size)}, {decimal(int(rate))} a second, {left:,.0f} s left"
            )
        return "; ".join(parts)


@contextmanager
def watching() -> Iterator[None]:
    """Show the step that runs, with records, bytes, their rates and the time left, until the block ends."""
    console, step = shell.console(stderr=True), Step()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    shown = Progress(
        *columns, console=console, transient=True, refresh_per_second=DRAWN, disable=not console.is_terminal
    )
    with shown as bar:
        task = bar.add_task(step.what, total=None, rate="")

        def draw() -> None:
            total, completed = (step.size, step.read) if step.size else (step.of or None, step.n)
            bar.update(task, description=step.what, total=total, completed=completed, rate=step.text(time.monotonic()))

        def show(what: str, n: int, of: int) -> None:
            if step.show(what, n, of, time.monotonic()):
                bar.reset(task, total=None)
                if not console.is_terminal:
                    console.print(f"  {what}")
            draw()

        def told(read: int, size: int) -> None:
            step.told(read, size, time.monotonic())
            draw()

        stop = progress.watch(show, told)
        try:
            yield
        finally:
            stop()


def as_json(workspace: Workspace, outcome: Outcome) -> str:
    """The summary for machines."""
    return json.dumps(
        {
            "edition": outcome.edition,
            "is_new": outcome.is_new,
            "report": str(page_of(workspace, outcome)),
            "agencies": {
                key: [
                    {
                        "delivery": r.name,
                        "as_of": r.as_of if r.as_of > UNDATED else None,
                        "status": status,
                        "reason": r.reason,
                    }
                    | {fate: r.total(fate) for fate in FATES}
                    for r, status in zip(receipts, delivered.standing(agencies()[key], receipts), strict=True)
                ]
                for key, receipts in outcome.receipts.items()
                if receipts
            },
            "late": {key: {"since": str(f.last), "due_on": str(f.due_on)} for key, f in late(workspace, outcome)},
            "left": left(workspace),
            "seconds": {step: round(s, 3) for step, s in outcome.seconds.items()},
            "exit_code": outcome.exit_code,
        },
        indent=1,
    )


def summary(workspace: Workspace, outcome: Outcome) -> None:
    """The summary for people."""
    if outcome.seconds:
        shell.console().print(_steps(outcome.seconds))
    tell(workspace, outcome)
    what = "New edition" if outcome.is_new else "Nothing new since edition"
    print(f"{what} {outcome.edition}\nReport: {page_of(workspace, outcome)}")


def tell(workspace: Workspace, outcome: Outcome) -> None:
    """The deliveries, and what somebody should see to: what is held, late, or left where no delivery is looked for."""
    shell.console(width=WIDE).print(deliveries(outcome))
    for r in outcome.held:
        print(f"HELD  {agencies()[r.agency].label}: {r.name}\n      {r.reason}")
    for key, fresh in late(workspace, outcome):
        print(f"LATE  {agencies()[key].label}: figures as of {fresh.last}; the next delivery was due by {fresh.due_on}")
    for place, why in left(workspace).items():
        print(f"LEFT  {place}: {why}")


def late(workspace: Workspace, outcome: Outcome) -> list[tuple[str, Freshness]]:
    """The agencies whose next delivery is late today, by key."""
    day = edition.today(workspace, outcome.receipts)
    found = [(key, freshness(agencies()[key], receipts, day)) for key, receipts in outcome.receipts.items()]
    return [(key, fresh) for key, fresh in found if fresh.is_late]


def left(workspace: Workspace) -> dict[str, str]:
    """What lies in landing/ and is no delivery (yet), with the reason."""
    found = {f"landing/{name}": why for name, why in strangers(workspace.landing, agencies()).items()}
    for key, agency in agencies().items():
        over = passed_over(agency, workspace.landing / key)
        found |= {f"landing/{key}/{name}": why for name, why in over.items()}
    return found


def deliveries(outcome: Outcome) -> Table:
    """A line a delivery: how it stands, and what became of its records."""
    table = Table("agency", "delivery", "status", *(f for f in FATES), box=None, header_style="bold")
    for column in table.columns[3:]:
        column.justify = "right"
    for key, receipts in outcome.receipts.items():
        for r, status in zip(receipts, delivered.standing(agencies()[key], receipts), strict=True):
            table.add_row(agencies()[key].label, r.name, status, *(f"{r.total(f):,}" for f in FATES))
    return table


def _steps(seconds: dict[str, float]) -> Table:
    """Time of each group of steps."""
    groups: dict[str, float] = {}
    for step, spent in seconds.items():
        stage = step.partition(".")[0]
        group = step if stage == "delivery" else stage
        groups[group] = groups.get(group, 0) + spent
    table = Table("step", "seconds", box=None, header_style="bold")
    table.columns[1].justify = "right"
    for group, spent in groups.items():
        table.add_row(group, f"{spent:.1f}")
    return table
