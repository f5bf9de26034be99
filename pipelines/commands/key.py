"""`palermo key`: the key that hashes identifiers, a new one, and those before."""

import click


@click.group()
def key() -> None:
    """The key that hashes identifiers: which is in use, a new one, forgetting an earlier one."""


@key.command()
@click.argument("workspace", required=False)
def show(workspace: str | None) -> None:
    """Say which key WORKSPACE uses, by ID, and how many deliveries are hashed under each."""
    from pipelines import keys
    from pipelines.workspace import meant

    found = meant(workspace)
    under = keys.by_key(found)
    click.echo(f"{found.key_id}  in use, {len(under.get(found.key_id, []))} deliveries")
    for key_id in sorted({*keys.retired(found), *under} - {found.key_id}):
        kept = "" if key_id in keys.retired(found) else ", not on the ring"
        click.echo(f"{key_id}  earlier{kept}, {len(under.get(key_id, []))} deliveries")


@key.command()
@click.argument("workspace", required=False)
def rotate(workspace: str | None) -> None:
    """Put a new key into use in WORKSPACE. The next refresh reads all deliveries with identifiers again."""
    from pipelines import keys
    from pipelines.workspace import meant

    found = meant(workspace)
    before = found.key_id
    now = keys.rotate(found)
    click.echo(f"Key {now} is in use, key {before} is kept in {found.retired_keys}")
    click.echo(f"To be read again from landing/: {len(keys.waiting(found))} deliveries. Next: palermo refresh")
    click.echo(f"Then back up {found.key_file}, apart from the data, and: palermo key forget {before}")


@key.command()
@click.argument("key_id")
@click.argument("workspace", required=False)
def forget(key_id: str, workspace: str | None) -> None:
    """Remove the earlier key KEY_ID of WORKSPACE; refused while a delivery is hashed under it."""
    from pipelines import keys
    from pipelines.workspace import meant

    keys.forget(meant(workspace), key_id)
    click.echo(f"Key {key_id} is forgotten. Destroy its backups as well.")
