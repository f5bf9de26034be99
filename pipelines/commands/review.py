"""`palermo review`: doubtful links as a workbook, and the decisions read back."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--read", "is_read", is_flag=True, help="Read the decisions in FILE instead of writing it.")
@click.option("--workspace", default=None, help="The workspace; default: here, ./workspace or ./demo.")
def review(file: Path, is_read: bool, workspace: str | None) -> None:
    """Write the doubtful links to FILE (.xlsx, inside the enclave only), or read what was decided in it.

    A decision holds in every later refresh; the last one on a pair counts.
    """
    import datetime as dt

    from pipelines import review as reviews
    from pipelines.workspace import find

    found = find(workspace)
    if is_read:
        n = reviews.read(found, file, dt.date.today())
        click.echo(f"{n:,} decisions read into {found.link_decisions.name}. They hold from now on: palermo refresh")
    else:
        n = reviews.write(found, file)
        click.echo(f"{file}: {n:,} pairs to decide. Then: palermo review --read {file}")
