"""Releases and refreshes in turn: an edition knows what left before it, and says what differs and why."""

import json

from click.testing import CliRunner

from pipelines import comparing, edition
from pipelines.commands.diff import diff
from pipelines.commands.release import release
from pipelines.refresh import refresh
from tests.world import collection, quick_workspace
from transforms.changes import CAUSES
from transforms.difference import DEFINITION

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
    made_since = comparing.compare(made, *comparing.last_two(made))
    assert (made_since["before"], made_since["after"]) == (first, second)
    assert made_since["deliveries"] == {"htd": {"before": [FIRST], "after": [SECOND]}}
    figures = made_since["figures"]
    cut = figures[figures["metric"].isin(["cases_filed", "defendants_charged"]) & figures["area_kind"].eq("nation")]
    cut = cut[cut["period_kind"].eq("fy") & cut["status_before"].eq("shown") & cut["status_after"].eq("shown")]
    assert len(cut) > 5 and (cut["before"] + cut[list(CAUSES)].sum(axis=1) == cut["after"]).all()
    assert (cut[DEFINITION] == 0).all(), "one code, one study: records explain all"
    told = CliRunner().invoke(diff, [first, "--workspace", str(made.root)], catch_exceptions=False).output
    assert f"{first} -> {second}" in told and "htd: 2018-08-31 -> 2018-09-30" in told
    asked = [first, second, "--workspace", str(made.root), "--metric", "cases_filed", "--json"]
    read = json.loads(CliRunner().invoke(diff, asked, catch_exceptions=False).output)
    assert {f["metric"] for f in read["figures"]} == {"cases_filed"}
