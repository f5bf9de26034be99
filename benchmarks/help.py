"""`palermo --help`, from the shell: what every command costs before it does anything. It knows no size."""

import subprocess
import sys
from pathlib import Path

from benchmarks import Bar

TITLE = "palermo --help"


def prepare(folder: Path, size: float) -> int:
    """Nothing."""
    return 0


def warm(folder: Path) -> None:
    """Nothing: the start is what is measured."""


def _help(folder: Path) -> int:
    subprocess.run([sys.executable, "-m", "pipelines.cli", "--help"], stdout=subprocess.DEVNULL, check=True)
    return 0


WAYS = {"help": _help}
BARS = [Bar("help", (), at_most=0.3)]
