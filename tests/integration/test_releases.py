"""Releases and refreshes in turn: an edition knows what left before it, and its own release changes nothing."""

import json

from click.testing import CliRunner

from pipelines import edition
from pipelines.commands.release import release
from pipelines.refresh import refresh
from tests.world import collection, quick_workspace

FIRST, SECOND = "2018-08-31", "2018-09-30"


def leave(workspace, *more):
    found = CliRunner().invoke(release, [str(workspace.root), "--by", "data owner", *more])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_editions_name_the_releases_before_them(tmp_path):
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / FIRST)
    first = refresh(made).edition
    assert edition.read(made.editions / first)["released_before"] == []
    assert f"Released {first}" in leave(made)
    assert not refresh(made).is_new, "a release of this edition makes no other"
    collection(made.landing / "htd" / SECOND, seed=2)
    second = refresh(made).edition
    (known,) = edition.read(made.editions / second)["released_before"]
    record = json.loads((made.releases / first / "release.json").read_text())
    assert known == {"edition": first, "sha256": record["files"]["tables/cells.parquet"]}
    assert "those of 1 earlier release finds" in leave(made)
