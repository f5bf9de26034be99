"""Releases and refreshes in turn: an edition knows what left before it, and says what differs and why."""

import json
import shutil

from click.testing import CliRunner

from pipelines import comparing, edition
from pipelines.commands.diff import diff
from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from tests.integration.released import FIRST, KNOWN_NOW, SECOND, leave
from tests.world import collection_of
from transforms.changes import CAUSES
from transforms.difference import DEFINITION


def test_editions_name_the_releases_before_them(left, tmp_path, monkeypatch):
    made, first = Workspace(shutil.copytree(left[0].root, tmp_path / "w", symlinks=True)), left[1]
    assert edition.read(made.editions / first)["released_before"] == []
    assert not refresh(made).is_new, "a release of this edition makes no other"
    collection_of(made.landing / "htd" / SECOND, KNOWN_NOW)
    second = refresh(made).edition
    (known,) = edition.read(made.editions / second)["released_before"]
    record = json.loads((made.releases / first / "release.json").read_text())
    assert known == {"edition": first, "sha256": record["files"]["tables/cells.parquet"]}
    assert "and with cells and splits of 1 earlier release, finds no hidden count" in leave(made)
    made_since = comparing.compare(made, *comparing.last_two(made))
    assert (made_since["before"], made_since["after"]) == (first, second)
    assert made_since["deliveries"] == {"htd": {"before": [FIRST], "after": [SECOND]}}
    figures = made_since["figures"]
    cut = figures[figures["metric"].isin(["cases_filed", "defendants_charged"]) & figures["area_kind"].eq("nation")]
    cut = cut[cut["period_kind"].eq("fy") & cut["status_before"].eq("shown") & cut["status_after"].eq("shown")]
    assert len(cut) > 5 and (cut["before"] + cut[list(CAUSES)].sum(axis=1) == cut["after"]).all()
    assert (cut[DEFINITION] == 0).all(), "one code, one study: records explain all"

    def compared(_, *pair):
        assert [folder.name for folder in pair] == [first, second]
        return dict(made_since)

    monkeypatch.setattr(comparing, "compare", compared)
    told = CliRunner().invoke(diff, [first, "--workspace", str(made.root)], catch_exceptions=False).output
    assert f"{first} -> {second}" in told and "htd: 2018-08-31 -> 2018-09-30" in told
    asked = [first, second, "--workspace", str(made.root), "--metric", "cases_filed", "--json"]
    read = json.loads(CliRunner().invoke(diff, asked, catch_exceptions=False).output)
    assert {f["metric"] for f in read["figures"]} == {"cases_filed"}
