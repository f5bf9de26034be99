"""`palermo demo [DIR]`: a workspace with invented exports, refreshed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipelines.refresh import Outcome
    from pipelines.workspace import Workspace


INVENTING = "inventing exports"


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@click.option("--seed", default=2011, show_default=True, help="Another seed is another invented world.")
@click.option("--scale", default=1.0, show_default=True, help="1: 12,000 matters; 500: the real dump.")
@click.option("--json", "for_machines", is_flag=True, help="Print the summary as JSON.")
def demo(folder: Path, seed: int, scale: float, for_machines: bool) -> int:
    """Make FOLDER a workspace with invented exports of every agency, and refresh it.

    The third HSI workbook is damaged on purpose, so that you see what a held delivery looks like.
    """
    import time

    from pipelines import apart, loading, progress, workspace
    from sources.errors import WorkspaceError

    made = workspace.init(folder.resolve(), is_invented=True)
    if not made.settings.is_invented:
        raise WorkspaceError(f"{folder}: a workspace of real exports. Choose another folder for the demo.")
    started = time.monotonic()
    shutil.rmtree(made.root / "truth", ignore_errors=True)
    shutil.rmtree(made.landing)
    is_idle = apart.is_idle()
    with apart.anew() as start:
        invented = start(_invent, made.root, seed, scale)
        from pipelines import console  # after the exports have begun: it loads what takes a second

        with console.watching():
            progress.step(INVENTING, 0)
            with loading.quick():
                refresh = _ready(made)
            with apart.beside(lambda: is_idle and scale >= 1):
                invented()
                spent = time.monotonic() - started
                outcome = refresh(made)
    outcome.seconds[INVENTING] = spent
    if for_machines:
        click.echo(console.as_json(made, outcome))
    else:
        console.summary(made, outcome)
        click.echo(
            "Everything above is invented. What was planted, and what should be counted: " + str(made.root / "truth")
        )
    return 0


def _invent(root: Path, seed: int, scale: float) -> None:
    """Write the invented exports, in a process of its own."""
    from pipelines import progress
    from sources.synthetic import generate

    generate(root, seed=seed, scale=scale, progress=lambda _, n, of: progress.step(INVENTING, n, of))


def _ready(workspace: "Workspace") -> "Callable[[Workspace], Outcome]":
    """The refresh, with the libraries loaded that take seconds to load, and the tables of Dagster's history made."""
    from importlib import import_module

    from expectations.run import context
    from pipelines import loading
    from pipelines.history import history
    from pipelines.refresh import refresh

    context()
    for name in ("pipelines.definitions", "reports.build", *loading.LATE):  # with all that they need
        import_module(name)
    with history(workspace):
        return refresh
