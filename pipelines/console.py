"""What people see while a refresh runs and when it has ended.

In: progress events and an `Outcome`. Out: lines on standard error while it runs, a summary on standard output.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from pipelines.refresh import Outcome, page_of
from pipelines.workspace import Workspace
from sources.contract import agencies

FATES = ("read", "staged", "quarantined", "skipped")


@contextmanager
def watching() -> Iterator[None]:
    """Show the step that runs, with its records and their rate or a bar of its steps, until the block ends."""
    from pipelines.resource import watch

    console = Console(stderr=True)
    seen = {"what": "", "since": time.monotonic()}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None, rate="")

        def show(what: str, n: int, of: int) -> None:
            if what != seen["what"]:
                seen.update(what=what, since=time.monotonic())
                bar.reset(task, total=of or None)
                if not console.is_terminal:
                    console.print(f"  {what}", highlight=False)
            rows = n if of else bar.tasks[0].completed + n
            spent = max(time.monotonic() - float(str(seen["since"])), 0.001)
            rate = f"{n} of {of}" if of else f"{rows:,.0f} records, {rows / spent:,.0f} a second" if rows else ""
            bar.update(task, description=what, completed=rows, rate=rate)

        stop = watch(show)
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
                    {"delivery": r.name, "as_of": r.as_of, "status": r.status, "reason": r.reason}
                    | {fate: r.total(fate) for fate in FATES}
                    for r in receipts
                ]
                for key, receipts in outcome.receipts.items()
                if receipts
            },
            "seconds": {step: round(s, 3) for step, s in outcome.seconds.items()},
            "exit_code": outcome.exit_code,
        },
        indent=1,
    )


def summary(workspace: Workspace, outcome: Outcome) -> None:
    """The summary for people."""
    console = Console(width=max(Console().width, 100) if not Console().is_terminal else None, highlight=False)
    if outcome.seconds:
        console.print(_steps(outcome.seconds))
    console.print(deliveries(outcome))
    for r in outcome.held:
        console.print(f"HELD  {agencies()[r.agency].label}: {r.name}\n      {r.reason}", soft_wrap=True)
    what = "New edition" if outcome.is_new else "Nothing new since edition"
    console.print(f"{what} {outcome.edition}\nReport: {page_of(workspace, outcome)}", soft_wrap=True)


def deliveries(outcome: Outcome) -> Table:
    """A line a delivery: what became of its records."""
    table = Table("agency", "delivery", "status", *(f for f in FATES), box=None, header_style="bold")
    for column in table.columns[3:]:
        column.justify = "right"
    for key, receipts in outcome.receipts.items():
        for r in receipts:
            table.add_row(agencies()[key].label, r.name, r.status, *(f"{r.total(f):,}" for f in FATES))
    return table


def _steps(seconds: dict[str, float]) -> Table:
    """Time of each group of steps."""
    groups: dict[str, float] = {}
    for step, spent in seconds.items():
        group = step if step.startswith(("delivery__", "published__", "report__")) else step.split("__")[0]
        groups[group] = groups.get(group, 0) + spent
    table = Table("step", "seconds", box=None, header_style="bold")
    table.columns[1].justify = "right"
    for group, spent in groups.items():
        table.add_row(group.replace("__", "/"), f"{spent:.1f}")
    return table
