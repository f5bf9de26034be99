"""`palermo profile FILE`: draft a contract for an unknown export."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "for_machines", is_flag=True, help="Print the profile as JSON in place of the draft.")
def profile(file: Path, for_machines: bool) -> None:
    """Look at FILE (or the first member of a zip) and print the draft of a contract for it."""
    import json
    from dataclasses import asdict

    from sources.draft import draft
    from sources.errors import DeliveryError
    from sources.profile import profile as look
    from sources.source_file import source_files

    if file.is_dir():
        names = sorted(p.name for p in file.iterdir() if p.is_file())
        raise DeliveryError(f"{file.name}: a folder. Give one of its files: {', '.join(names[:6]) or 'it has none'}.")
    if not file.is_file():
        raise DeliveryError(f"{file.name}: no such file. Give the path of an export.")
    members = list(source_files(file.parent, file))
    if not members:
        raise DeliveryError(f"{file.name}: an empty zip. Ask the agency to send it again.")
    found = look(members[0])
    click.echo(json.dumps(asdict(found), indent=1) if for_machines else draft(found), nl=for_machines)
