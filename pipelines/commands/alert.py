"""`palermo alert`: tell people what is held or late, once."""

import click


@click.command()
@click.argument("workspace", required=False)
@click.option("--test", "is_test", is_flag=True, help="Send one message that says it is a test, by every channel.")
@click.option("--again", is_flag=True, help="Tell what was told before, too.")
def alert(workspace: str | None, is_test: bool, again: bool) -> int:
    """Tell whoever palermo.toml names ([alerts]) what is held or late in WORKSPACE; the same news is told once.

    For schedulers without the Dagster daemon: palermo refresh; palermo alert. Exit code 1: something was not sent.
    """
    from pipelines import alerts
    from pipelines.workspace import find

    found = find(workspace)
    if not found.settings.alerts.model_dump(exclude_defaults=True):
        click.echo(
            "Nobody is named in [alerts] of palermo.toml, so nobody is told. Add smtp, webhook or file.", err=True
        )
        return 1
    news = alerts.news(found)
    if is_test:
        news = [alerts.Alert("test", "a test", "This is a test of the alerts of this workspace. Nothing is wrong.")]
    failed = alerts.tell_new(found, news, again=again or is_test)
    for words in failed:
        click.echo(f"not sent: {words}", err=True)
    return 1 if failed else 0
