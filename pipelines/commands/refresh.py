"""`palermo refresh`: take in what has arrived and publish an edition."""

import datetime as dt
from dataclasses import replace

import click


@click.command()
@click.argument("workspace", required=False)
@click.option("--strict", is_flag=True, help="A held delivery stops the refresh.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Publish what was known on a day, beside the last edition."
)
@click.option("--json", "for_machines", is_flag=True, help="Print the summary as JSON.")
def refresh(workspace: str | None, strict: bool, as_of: dt.datetime | None, for_machines: bool) -> int:
    """Take in what has arrived in WORKSPACE (default: here, ./workspace or ./demo) and publish an edition.

    Exit codes: 0 done, 1 failed (the last edition stands), 2 done but a delivery is held.
    """
    from pipelines import console
    from pipelines.refresh import refresh as run
    from pipelines.workspace import find

    found = replace(find(workspace), as_of=as_of.date() if as_of else None)
    with console.watching():
        outcome = run(found, strict=strict)
    if for_machines:
        click.echo(console.as_json(found, outcome))
    else:
        console.summary(found, outcome)
    return outcome.exit_code
