"""`palermo demo [DIR]`: a workspace with invented exports, refreshed."""

import shutil
from pathlib import Path

import click


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

    from pipelines import console, progress, workspace
    from pipelines.refresh import refresh
    from sources.errors import WorkspaceError
    from sources.synthetic import generate

    made = workspace.init(folder.resolve(), is_invented=True)
    if not made.settings.is_invented:
        raise WorkspaceError(f"{folder}: a workspace of real exports. Choose another folder for the demo.")
    started = time.monotonic()
    shutil.rmtree(made.root / "truth", ignore_errors=True)
    shutil.rmtree(made.landing)
    with console.watching():
        generate(
            made.root,
            seed=seed,
            scale=scale,
            progress=lambda *_: progress.step("inventing exports, district by district", 1),
        )
        spent = time.monotonic() - started
        outcome = refresh(made)
    outcome.seconds["invented exports"] = spent
    if for_machines:
        click.echo(console.as_json(made, outcome))
    else:
        console.summary(made, outcome)
        click.echo(
            "Everything above is invented. What was planted, and what should be counted: " + str(made.root / "truth")
        )
    return 0
