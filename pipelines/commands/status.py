"""`palermo status`: deliveries in use, late and held; the last edition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipelines.refresh import Outcome


@click.command()
@click.argument("workspace", required=False)
@click.option("--data-docs", "docs", type=click.Path(path_type=Path), help="Folder for Great Expectations' own pages.")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def status(workspace: str | None, docs: Path | None, for_machines: bool) -> int:
    """Say which deliveries of WORKSPACE are in use, late or held, and which edition is the last."""
    from pipelines import console, edition, receipt, shell
    from pipelines.refresh import Outcome, report_path
    from pipelines.workspace import find
    from sources.contract import agencies
    from sources.landing import passed_over

    found = find(workspace)
    _ = found.settings
    current = found.current()
    outcome = Outcome(
        current.name if current else "none", False, {key: receipt.listed(found.deliveries / key) for key in agencies()}
    )
    if docs is not None:
        click.echo(f"Data Docs: {_data_docs(docs, outcome)}", err=True)
    if for_machines:
        click.echo(console.as_json(found, outcome))
        return outcome.exit_code
    out = shell.console(soft_wrap=True)
    out.print(console.deliveries(outcome))
    for r in outcome.held:
        out.print(f"HELD  {agencies()[r.agency].label}: {r.name}\n      {r.reason}")
    for agency in agencies().values():
        for name, why in passed_over(agency, found.landing / agency.key).items():
            out.print(f"LEFT  {agency.label}: {name}: {why}")
    if current is None:
        out.print("No edition yet. Make one: palermo refresh")
    else:
        for told in edition.read(current)["agencies"].values():
            if told["is_late"]:
                out.print(f"LATE  {told['label']}: figures as of {told['as_of']}")
        out.print(f"Edition {current.name}\nReport: {report_path(found)}")
    return outcome.exit_code


def _data_docs(folder: Path, outcome: Outcome) -> Path:
    """Great Expectations' pages of the last delivery of each agency that the gate has judged."""
    from expectations.data_docs import write
    from expectations.finding import Finding
    from sources.contract import agencies
    from sources.errors import WorkspaceError

    if folder.exists() and any(folder.iterdir()) and not (folder / "index.html").is_file():
        raise WorkspaceError(f"{folder}: not empty and not a folder of Data Docs. Choose another folder.")
    last = {key: r for key, receipts in outcome.receipts.items() for r in receipts if r.findings}
    return write(folder, [(agencies()[k], r.name, [Finding(**f) for f in r.findings]) for k, r in last.items()])
