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
    from pipelines import console, receipt
    from pipelines.refresh import Outcome, report_path
    from pipelines.workspace import meant, option
    from sources.contract import agencies

    found = meant(workspace)
    current = found.current()
    outcome = Outcome(
        current.name if current else "none", False, {key: receipt.listed(found.deliveries / key) for key in agencies()}
    )
    if docs is not None:
        click.echo(f"Data Docs: {_data_docs(docs, outcome)}", err=True)
    if for_machines:
        click.echo(console.as_json(found, outcome))
        return outcome.exit_code
    console.tell(found, outcome)
    if current is None:
        click.echo(f"No edition yet. Make one: palermo refresh{option(workspace, '')}")
    else:
        click.echo(f"Edition {current.name}\nReport: {report_path(found)}")
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
