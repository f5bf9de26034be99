"""Releases: editions that left the workspace, each in a folder with a record. Whoever has one keeps it.

In: the release folder of a workspace. Out: what was released before, which a refresh protects against and names in its
edition; and a new release, once an attacker with its tables and those of the last release has found nothing.
"""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import aside
from pipelines.workspace import Workspace
from sources.errors import EditionError
from transforms.disclosure import Exposure, Rule, attack, attack_parts
from transforms.linkage.attack import COUNTS, exposed
from transforms.metric import metrics
from transforms.study import as_told


@dataclass(frozen=True)
class Release:
    """One edition that left."""

    folder: Path
    record: dict[str, Any]

    @property
    def edition(self) -> str:
        """Its edition."""
        return self.folder.name

    @property
    def names(self) -> dict[str, str]:
        """What an edition made after it says of it: its name and the SHA-256 of its numbers."""
        return {"edition": self.edition, "sha256": self.record["files"]["tables/cells.parquet"]}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What it says of itself."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
            _ = found["study_sha256"], found["tables"]
        except (OSError, ValueError, KeyError, TypeError):
            raise _damaged(self.edition, "manifest.json") from None
        return found

    def counts(self, metrics: Sequence[str]) -> pd.DataFrame:
        """Its numbers of these metrics."""
        return self._rows("cells", metrics)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Its numbers of the restricted tier."""
        return self._restricted("cells")

    @cached_property
    def splits(self) -> pd.DataFrame:
        """Its parts of the restricted tier."""
        return self._restricted("splits")

    def _restricted(self, table: str) -> pd.DataFrame:
        return self._rows(table, [name for name, metric in metrics().items() if metric.tier == "restricted"])

    def _rows(self, table: str, metrics: Sequence[str]) -> pd.DataFrame:
        """The rows of these metrics; none of a table that did not leave with it."""
        name = f"tables/{table}.parquet"
        if name not in self.record["files"]:
            return pd.DataFrame()
        try:
            return pd.read_parquet(self.folder / name, filters=[("metric", "in", metrics)])
        except (OSError, ValueError):
            raise _damaged(self.edition, name) from None


def listed(folder: Path) -> list[Release]:
    """Every release, in the order in which they left."""
    found = [Release(path.parent, _record(path)) for path in folder.glob("*/release.json")]
    return sorted(found, key=lambda r: (r.record["released_at"], r.edition))


def earlier(workspace: Workspace, made_from: str) -> list[Release]:
    """What an edition must protect: releases of other inputs, and for a view of a past day those up to that day."""
    until = workspace.as_of.isoformat() if workspace.as_of else "9999"
    found = listed(workspace.releases)
    return [r for r in found if r.record["made_from"] != made_from and r.edition[:10] <= until]


def _record(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _ = found["released_at"], found["made_from"], found["files"]["tables/cells.parquet"]
    except (OSError, ValueError, KeyError, TypeError):
        raise _damaged(path.parent.name, "release.json") from None
    return found


def _damaged(name: str, file: str) -> EditionError:
    return EditionError(
        f"{name}: {file} of this release is missing or damaged, so nothing can be protected against it or set beside "
        "it. Put the file back from a backup, or move the folder away if it never left."
    )


def release(folder: Path, manifest: dict[str, Any], target: Path, by: str) -> Path:
    """Attack, then copy aside and rename into place; nothing is left behind by a refusal."""
    place = target / folder.name
    if place.exists():
        raise EditionError(f"{place}: this edition is released already. A release is never written over.")
    before = [r for r in listed(target) if r.record["made_from"] != manifest["made_from"]]
    if unknown := [r.edition for r in before if r.names not in manifest["released_before"]]:
        raise EditionError(
            f"{folder.name}: not released. It was made before {unknown[-1]} was released, so it does not guard "
            "what that one hides. Make it again: palermo refresh"
        )
    rule = Rule(threshold=int(manifest["settings"]["disclosure"]["threshold"]))
    tiers = {metric: str(about["tier"]) for metric, about in manifest["metrics"].items()}
    cells = pd.read_parquet(folder / "tables" / "cells.parquet")
    exposures = _attacked(folder, cells, manifest, tiers, rule, before)
    if told := [e for e in exposures if not e.is_from_earlier]:
        where = ", ".join(sorted({f"{e.metric} {e.scope} {e.area} {e.period}" for e in told})[:5])
        raise EditionError(
            f"{folder.name}: not released. {len(told)} small counts can be worked out from what is published, "
            f"among them {where}. Make the edition again with complementary suppression on: palermo refresh"
        )
    with aside.folder(place) as made:
        for part in ("site", "tables"):
            if (folder / part).is_dir():
                shutil.copytree(folder / part, made / part)
        shutil.copy2(folder / "manifest.json", made / "manifest.json")
        record = _of(made, cells, tiers, rule, n_known=len(exposures))
        record |= {"edition": manifest["edition"], "made_from": manifest["made_from"], "released_by": by}
        record |= {"attacked_with": [r.edition for r in before]}
        (made / "release.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return place


def _attacked(
    folder: Path,
    cells: pd.DataFrame,
    manifest: dict[str, Any],
    tiers: dict[str, str],
    rule: Rule,
    before: list[Release],
) -> list[Exposure]:
    """What a reader of this edition and of all releases before it can work out."""
    study = as_told(manifest)
    found = attack(cells, tiers, rule, study.group_of, [r.cells for r in before])
    if (path := folder / "tables" / "splits.parquet").is_file():
        last = (before[-1].splits, before[-1].cells) if before else None
        found += attack_parts(pd.read_parquet(path), cells, tiers, rule, last)
    paths = {name: folder / "tables" / f"{name}.parquet" for name in COUNTS}
    links = {name: pd.read_parquet(path) for name, path in paths.items() if path.is_file()}
    return found + exposed(links, cells, rule)


def _of(folder: Path, cells: pd.DataFrame, tiers: dict[str, str], rule: Rule, *, n_known: int) -> dict[str, Any]:
    """When, which rule, what was hidden, and the SHA-256 of every file that left."""
    restricted = cells[cells["metric"].map(tiers) == "restricted"]
    hidden = restricted[restricted["status"] == "suppressed"]
    levels = hidden["metric"].str.cat(hidden[["scope", "area_kind", "period_kind"]], sep="/").value_counts(sort=False)
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        "released_at": dt.datetime.now(dt.UTC).isoformat(timespec="microseconds"),
        "rule": rule.says,
        "threshold": rule.threshold,
        "never_published": ["/".join(level) for level in rule.withheld],
        "n_restricted": len(restricted),
        "n_hidden": len(hidden),
        "hidden": {level: int(n) for level, n in sorted(levels.to_dict().items())},
        "n_hidden_that_an_earlier_release_shows": n_known,
        "attack": "cells and their splits by linear programmes, alone and with those of the last release (not of "
        "more); tables of links of this edition by sums and differences: no hidden count narrower than the rule",
        "files": {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files},
    }
