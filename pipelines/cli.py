"""The command `palermo`. Commands are loaded when they are called, so that `palermo --help` answers at once.

Exit codes: 0 done, 1 refused or failed, 2 done but a delivery is held; 130 and 143 stopped by SIGINT and SIGTERM.
"""

import atexit
import importlib
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import click

from pipelines import loading, shell
from pipelines.aside import close_to_others
from pipelines.machine import refusal
from sources.errors import PalermoError

COMMANDS = {
    "init": "Make a workspace: settings, study file, drop folders.",
    "demo": "Make a workspace with invented exports and refresh it.",
    "check": "Judge a delivery before it is landed.",
    "profile": "Draft a contract for an unknown export.",
    "refresh": "Take in what has arrived and publish an edition.",
    "status": "Deliveries in use, late and held; the last edition.",
    "doctor": "Check the workspace and the machine it lives on.",
    "alert": "Tell people what is held or late.",
    "key": "The key that hashes identifiers: show, rotate, forget.",
    "explain": "Say where a number comes from, down to the files.",
    "diff": "Say what differs between two editions, and why.",
    "query": "Ask the published tables of an edition in SQL.",
    "match": "Say why records of several agencies are one matter.",
    "review": "List doubtful links for a person to decide, and read the decisions.",
    "study": "Check the study file, or lock it before results are seen.",
    "evaluate": "Compare treated and other units of any panel.",
    "release": "Copy an edition to a release folder, if nothing can be disclosed.",
}


class Commands(click.Group):
    """A group whose commands are modules of `pipelines.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"pipelines.commands.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="palermo-metrics", prog_name="palermo")
def palermo() -> None:
    """Case and charging exports in, anti-trafficking prosecution and conviction trends out."""


def main() -> None:
    """Run the command; a refusal is a message on standard error and exit code 1."""
    close_to_others()
    try:
        code = palermo(standalone_mode=False) or 0
        sys.stdout.flush()
    except SystemExit:
        raise
    except BaseException as error:  # Dagster's interruption is no `Exception`
        code = _told(error)
    sys.exit(code)


def _told(error: BaseException) -> int:
    """Say on standard error what has ended a command; returns its exit code."""
    code = shell.stopped()
    if code or isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("Stopped. The last edition stands; run the command again.", err=True)
        return code or 128 + signal.SIGINT
    if isinstance(error, PalermoError):
        click.echo(f"{type(error).__name__}: {error}", err=True)
    elif isinstance(error, click.ClickException):
        error.show()  # click's own 2 for a command that is written wrong would tell a timer of a held delivery
    elif os.environ.get("PALERMO_DEBUG"):
        raise error
    elif trouble := refusal(error):
        click.echo(f"Palermo failed: {trouble}. The last edition stands. Mend this, then run it again.", err=True)
    else:  # a traceback can hold values of records, so it is shown on demand only
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name} line {last.lineno}"
        click.echo(f"Palermo failed: {type(error).__name__} in {place}. The last edition stands.", err=True)
        click.echo("PALERMO_DEBUG=1 shows the traceback; it can hold values of records, so keep it inside.", err=True)
    return 1


@loading.roomy
def program() -> None:
    """`main` in a process of its own, which ends at once: Python would take seconds to give back what it has loaded."""
    code: list[int] = []
    atexit.register(_leave, code)  # the first to be registered is the last to be called
    loading.seldom()
    shell.listen()
    try:
        main()
    except SystemExit as ended:
        code.append(int(ended.code or 0))
        raise


def _leave(code: list[int]) -> None:
    """End with the code; without one, by an error that Python is to show, in Python's own way."""
    if code:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code[0])


if __name__ == "__main__":
    program()
