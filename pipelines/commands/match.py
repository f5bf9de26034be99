"""`palermo match KEY`: the records of one matter or defendant side by side, and why; inside the enclave only."""

import json
from typing import Any

import click


@click.command()
@click.argument("key")
@click.option("--workspace", default=None, help="The workspace; default: here, ./workspace or ./demo.")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
def match(key: str, workspace: str | None, for_machines: bool) -> None:
    """Say which records are of the matter or defendant of KEY, and why.

    KEY is a matter, as eousa/AZ/2012R00012, a defendant, as eousa/AZ/2012R00012/31, or the record of an agency.
    """
    from pipelines.review import match as members
    from pipelines.workspace import meant

    found = members(meant(workspace), key)
    if not found:
        raise click.ClickException("no agency in use has this record. Keys: palermo explain NUMBER --rows")
    click.echo(json.dumps(found, indent=1, default=str) if for_machines else "\n".join(_lines(found)))


def _lines(found: list[dict[str, Any]]) -> list[str]:
    first = found[0]
    lines = [f"Inside the enclave only. {len(found)} records of one {first['pass']}."]
    for row in found:
        why = f"the {first['pass']} itself" if row is first else f"{row['pass']}, probability {row['probability']:.4f}"
        lines += [
            "",
            f"{row['record_key']}  ({why})",
            f"  {row['delivery']}/{row['file']} line {row['line']}",
        ]
        lines += [f"  {row['evidence']}"] if row["evidence"] else []
        told = [n for n in list(row)[8:] if row[n] is not None]
        lines += [f"  {name:<16}{row[name]}{_beside(row, first, name)}" for name in told]
    return lines


def _beside(row: dict[str, Any], first: dict[str, Any], name: str) -> str:
    """A mark where a record tells a field otherwise than the first."""
    is_other = row is not first and first[name] is not None and first[name] != row[name] and name != "agencies"
    return f"   (the {first['pass']}: {first[name]})" if is_other else ""
