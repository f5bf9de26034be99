"""`palermo review`: doubtful links as a workbook, and the decisions read back."""

import shlex
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
    from pipelines.workspace import meant, option

    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{file.name}: a review is an Excel workbook. Give it a name that ends with .xlsx.")
    found = meant(workspace)
    if is_read:
        n = reviews.read(found, file, dt.date.today())
        next_step = f"palermo refresh{option(workspace, '')}"
        click.echo(f"{n:,} decisions read into {found.link_decisions.name}. They hold from now on: {next_step}")
    else:
        n = reviews.write(found, file)
        next_step = f"palermo review --read {shlex.quote(str(file))}{option(workspace)}"
        click.echo(f"{file}: {n:,} pairs to decide. Then: {next_step}")
