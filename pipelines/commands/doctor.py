"""`palermo doctor`: is the workspace fit for the next refresh?"""

import json
from dataclasses import asdict

import click

MARKS = {"well": "  ok ", "warning": " WARN", "ill": " ILL "}


@click.command()
@click.argument("workspace", required=False)
@click.option("--deep", is_flag=True, help="Read landing and all editions again and compare their hashes.")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def doctor(workspace: str | None, deep: bool, for_machines: bool) -> int:
    """Check WORKSPACE and its machine: versions, settings, key, rights, disk, lock, clock, stored rows, edition.

    Nothing is changed. Exit code 1: something is ill.
    """
    from pipelines.doctor import examine
    from pipelines.workspace import find

    signs = []
    for sign in examine(find(workspace), deep=deep):
        signs.append(sign)
        if not for_machines:
            click.echo(f"{MARKS[sign.state]} {sign.name:<12} {sign.seen}")
            if sign.step:
                click.echo(f"       {'':<12} {sign.step}")
    if for_machines:
        click.echo(json.dumps([asdict(sign) for sign in signs], indent=1))
    return 1 if any(sign.state == "ill" for sign in signs) else 0
