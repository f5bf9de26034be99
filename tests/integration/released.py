"""A workspace whose edition was released, and what was known of its cases a month later.

Of fiscal year 2012 the release has seven cases: numbers 4, 12, 20, 28, 36, 44 and 52, with 2, 1, 3, 2, 1, 3 and 2
defendants. Of the next delivery it is known that case 4 belongs to 2013, that case 20 is no case, that case 101 of May
2012 was missing, and that case 102 is new.
"""

from pathlib import Path

from click.testing import CliRunner

from pipelines.commands.release import release
from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from tests.world import collection_of, quick_workspace

FIRST, SECOND = "2018-08-31", "2018-09-30"
RELEASED = {n: (f"{2008 + n % 8}-03-01", 1 + n % 3) for n in range(60)} | {
    100: ("2018-03-01", 2),
    406: ("2014-03-01", 2),
}
KNOWN_NOW = {n: case for n, case in RELEASED.items() if n != 20} | {
    4: ("2013-03-01", 2), 101: ("2012-05-01", 2), 102: ("2018-09-15", 4),
}  # fmt: skip


def leave(workspace: Workspace, *more: str) -> str:
    """Release the current edition; returns what the command says."""
    found = CliRunner().invoke(release, [str(workspace.root), "--by", "data owner", *more])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def make(root: Path) -> str:
    """The workspace; returns the name of its edition."""
    made = quick_workspace(root)
    collection_of(made.landing / "htd" / FIRST, RELEASED)
    edition = refresh(made).edition
    assert f"Released {edition}" in leave(made)
    return edition
