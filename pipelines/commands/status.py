"""`palermo status`: deliveries in use, late and held; the last edition."""

import click


@click.command()
@click.argument("workspace", required=False)
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def status(workspace: str | None, for_machines: bool) -> int:
    """Say which deliveries of WORKSPACE are in use, late or held, and which edition is the last."""
    from rich.console import Console

    from pipelines import console, edition, receipt
    from pipelines.refresh import Outcome, report_path
    from pipelines.workspace import find
    from sources.contract import agencies

    found = find(workspace)
    _ = found.settings
    current = found.current()
    outcome = Outcome(
        current.name if current else "none", False, {key: receipt.listed(found.deliveries / key) for key in agencies()}
    )
    if for_machines:
        click.echo(console.as_json(found, outcome))
        return outcome.exit_code
    out = Console(highlight=False, soft_wrap=True)
    out.print(console.deliveries(outcome))
    for r in outcome.held:
        out.print(f"HELD  {agencies()[r.agency].label}: {r.name}\n      {r.reason}")
    if current is None:
        out.print("No edition yet. Make one: palermo refresh")
    else:
        for agency in edition.read(current)["agencies"].values():
            if agency["is_late"]:
                out.print(f"LATE  {agency['label']}: figures as of {agency['as_of']}")
        out.print(f"Edition {current.name}\nReport: {report_path(found)}")
    return outcome.exit_code
