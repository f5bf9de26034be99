"""`palermo release`: copy an edition to the release folder, if an attacker with all that was released finds nothing."""

import json

import click


@click.command()
@click.argument("workspace", required=False)
@click.option("--edition", "name", default=None, help="The edition; default: the last one.")
@click.option("--by", required=True, help="The role that releases, for the record; not a person's name.")
def release(workspace: str | None, name: str | None, by: str) -> None:
    """Release an edition of WORKSPACE: site, tables and a record of who, when, which rule and what was hidden.

    The release folder is `releases` in the workspace, or what palermo.toml names: [disclosure] releases = "FOLDER".
    Every refresh protects what the releases in it hide.
    """
    from pipelines import edition
    from pipelines.releases import release as released
    from pipelines.workspace import meant
    from sources.errors import EditionError

    found = meant(workspace)
    folder = found.editions / name if name else found.current()
    if folder is None or not (folder / "manifest.json").is_file():
        raise EditionError(
            f"No edition {name or 'yet'}. See what there is: palermo status; or make one: palermo refresh"
        )
    written = released(folder, edition.read(folder), found.releases, by)
    record = json.loads((written / "release.json").read_text(encoding="utf-8"))
    before = record["attacked_with"]
    click.echo(f"Released {record['edition']} to {written}")
    click.echo(f"  {record['rule']}; {record['n_hidden']:,} of {record['n_restricted']:,} restricted numbers hidden")
    also = f", and with cells and splits of {len(before)} earlier release{'s' * (len(before) > 1)}," if before else ""
    click.echo(f"  an attacker with its cells, splits and tables of links{also} finds no hidden count")
