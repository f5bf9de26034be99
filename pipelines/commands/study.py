"""`palermo study`: check the study file, lock it, say what has changed since it was locked."""

import datetime as dt

import click


@click.group()
def study() -> None:
    """The study file: what is compared with what, fixed before the results are seen."""


@study.command()
@click.argument("workspace", required=False)
@click.option("--because", default="", help="Why a locked study is changed; needed from the second lock on.")
def lock(workspace: str | None, because: str) -> None:
    """Lock the study of WORKSPACE: a later change is printed on the comparison page with both hashes."""
    from pipelines.edition import made
    from pipelines.workspace import meant
    from transforms import study_lock

    found = meant(workspace)
    found.read_study()
    entry = study_lock.lock(found.study, found.study_lock, dt.date.today(), len(made(found)), because.strip())
    seen = f"Editions made before: {entry.n_editions}."
    click.echo(f"Locked on {entry.locked_on}: {found.study}\nSHA-256 {entry.sha256}\n{seen}")


@study.command()
@click.argument("workspace", required=False)
def show(workspace: str | None) -> None:
    """Check the study of WORKSPACE and say whether it is locked."""
    from pipelines.workspace import meant
    from transforms import study_lock
    from transforms.study import digest

    found = meant(workspace)
    given = found.read_study()
    click.echo(f"{given.programme}\nPrimary outcome: {given.primary_outcome}, scope {given.scope}")
    for phase in given.phases:
        click.echo(f"{phase.label}, from FY{phase.first_fiscal_year}: {', '.join(phase.districts)}")
    click.echo(f"SHA-256 {digest(found.study)}")
    lock_ = study_lock.state(found.study, found.study_lock)
    if lock_ is None:
        click.echo("Not locked. Lock it before you look at results: palermo study lock")
        return
    click.echo(f"Locked on {lock_['locked_on']} with SHA-256 {lock_['sha256']}")
    click.echo(f"Changed since: {', '.join(lock_['changed'])}" if lock_["changed"] else "Unchanged since")
