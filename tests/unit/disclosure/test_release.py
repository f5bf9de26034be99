"""Nothing leaves before the attacker has tried, and what leaves is on record."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.releases import listed, release
from sources.errors import EditionError
from tests.unit.disclosure.tables import GROUPS, TIERS, group_of, table
from transforms.disclosure import Rule, protect
from transforms.study import default_text

PLANTED = 7


@pytest.fixture
def truth() -> pd.DataFrame:
    """Districts named as real ones; one, alone in its group, has a small count."""
    names = dict(zip(GROUPS, ["GAN", "TXW", "KS", "AK", "AZ", "VT", "WY"], strict=True))
    listed = np.full((len(GROUPS), 4), 90)
    listed[2] = [PLANTED, 0, 0, 0]
    frame = table(listed, listed * 0)
    return frame.assign(area=frame["area"].replace(names), source="eousa")


def edition(folder: Path, cells: pd.DataFrame, after: Path | None = None) -> Path:
    """An edition that was made knowing the releases in `after`."""
    import yaml

    (folder / "tables").mkdir(parents=True)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("<p>report</p>")
    cells.to_parquet(folder / "tables" / "cells.parquet")
    manifest = {
        "edition": folder.name,
        "made_from": folder.name,
        "released_before": [r.names for r in listed(after)] if after else [],
        "metrics": {m: {"tier": t} for m, t in TIERS.items()},
        "study": yaml.safe_load(default_text()) | {"groups": {}},
        "settings": {"disclosure": {"threshold": 11}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, default=str))
    return folder


def released(folder: Path, target: Path, by: str) -> Path:
    return release(folder, json.loads((folder / "manifest.json").read_text()), target, by)


def _group_of(district: str) -> str:
    return {"GAN": "phase_1", "TXW": "phase_1", "KS": "spillover"}.get(district, "other")


def test_a_release_holds_site_tables_and_a_record(tmp_path: Path, truth: pd.DataFrame) -> None:
    made = edition(tmp_path / "2026-09-30-abc", protect(truth, TIERS, Rule(), _group_of))
    place = released(made, tmp_path / "out", "data owner")
    record = json.loads((place / "release.json").read_text())
    assert (place / "site" / "index.html").read_text() == "<p>report</p>"
    assert record["released_by"] == "data owner" and record["threshold"] == 11 and record["n_hidden"] > 0
    assert set(record["files"]) == {"manifest.json", "site/index.html", "tables/cells.parquet"}
    with pytest.raises(EditionError, match="released already"):
        released(made, tmp_path / "out", "data owner")


def test_an_edition_that_gives_a_count_away_is_refused(tmp_path: Path, truth: pd.DataFrame) -> None:
    bare = protect(truth, TIERS, replace(Rule(), complementary=False), _group_of)
    made = edition(tmp_path / "2026-09-30-abc", bare)
    with pytest.raises(EditionError, match="not released") as refused:
        released(made, tmp_path / "out", "data owner")
    assert str(PLANTED) not in str(refused.value).replace("2026-09-30", "")
    assert not (tmp_path / "out").exists()


def test_a_small_count_shown_by_mistake_is_refused(tmp_path: Path, truth: pd.DataFrame) -> None:
    made = edition(tmp_path / "2026-09-30-abc", truth)
    with pytest.raises(EditionError, match="not released"):
        released(made, tmp_path / "out", "data owner")
    assert group_of("C") == "spillover"


def test_an_edition_whose_links_give_a_count_away_is_refused(tmp_path: Path, truth: pd.DataFrame) -> None:
    made = edition(tmp_path / "2026-09-30-abc", protect(truth, TIERS, Rule(), _group_of))
    agency = {"level": "case", "source": "hsi"}
    links = pd.DataFrame({**agency, "pass": ["matter_number", "model"], "n": [236.0, None], "precision": 1.0})
    links["recall"] = np.nan
    links.to_parquet(made / "tables" / "links.parquet")
    fields = pd.DataFrame({**agency, "field": ["district"], "n_compared": 236.0 + PLANTED, "n_differ": 0.0})
    fields.to_parquet(made / "tables" / "disagreement.parquet")
    with pytest.raises(EditionError, match=r"not released.*among them links case hsi model"):
        released(made, tmp_path / "out", "data owner")
    fields.assign(n_compared=None).astype({"n_compared": float}).to_parquet(made / "tables" / "disagreement.parquet")
    assert released(made, tmp_path / "out", "data owner").is_dir()


def test_an_edition_that_does_not_know_the_last_release_is_refused(tmp_path: Path, truth: pd.DataFrame) -> None:
    shown = protect(truth, TIERS, Rule(), _group_of)
    first = released(edition(tmp_path / "2026-08-31-aaa", shown), tmp_path / "out", "data owner")
    with pytest.raises(EditionError, match="made before 2026-08-31-aaa was released"):
        released(edition(tmp_path / "2026-09-30-bbb", shown), tmp_path / "out", "data owner")
    made = edition(tmp_path / "2026-09-30-ccc", shown, after=tmp_path / "out")
    record = json.loads((released(made, tmp_path / "out", "data owner") / "release.json").read_text())
    assert record["attacked_with"] == [first.name]


def test_two_releases_that_open_each_other_are_refused(tmp_path: Path, truth: pd.DataFrame) -> None:
    """The nation less what August shows and less what September shows is the planted count of Kansas."""
    by_year = truth[truth["period_kind"] == "fy"].assign(is_provisional=True)
    august = _without(by_year, ["KS", "spillover", "phase_1", "GAN", "TXW"])
    september = _without(by_year, ["KS", "spillover", "other", "AK", "AZ", "VT", "WY"])
    released(edition(tmp_path / "2026-08-31-aaa", august), tmp_path / "out", "data owner")
    made = edition(tmp_path / "2026-09-30-bbb", september, after=tmp_path / "out")
    with pytest.raises(EditionError, match="not released") as refused:
        released(made, tmp_path / "out", "data owner")
    assert "spillover" in str(refused.value)
    alone = released(made, tmp_path / "elsewhere", "data owner")
    assert alone.is_dir(), "alone it gives nothing away"


def _without(cells: pd.DataFrame, areas: list[str]) -> pd.DataFrame:
    published, is_hidden = cells.copy(), cells["area"].isin(areas) & (cells["scope"] == "listed")
    published.loc[is_hidden, ["numerator", "value", "lower", "upper"]] = np.nan
    published.loc[is_hidden, "status"] = "suppressed"
    return published


def test_a_damaged_record_stops_the_next_edition(tmp_path: Path, truth: pd.DataFrame) -> None:
    shown = protect(truth, TIERS, Rule(), _group_of)
    first = released(edition(tmp_path / "2026-08-31-aaa", shown), tmp_path / "out", "data owner")
    (first / "release.json").write_text("{")
    with pytest.raises(EditionError, match=r"release\.json of this release is missing or damaged"):
        listed(tmp_path / "out")
