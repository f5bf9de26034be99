"""`palermo init DIR`: make a workspace."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a workspace in FOLDER, or complete one; nothing that is there is changed."""
    from pipelines import workspace
    from sources.contract import agencies

    made = workspace.init(folder)
    click.echo(f"Workspace {made.root.resolve()}")
    then = f"palermo refresh{workspace.option(str(folder), '')}"
    click.echo(f"Put each export into its drop folder, with its date in the name (2026-09-30), then: {then}")
    for key, agency in agencies().items():
        click.echo(f"  landing/{key:<14} {agency.name}")
