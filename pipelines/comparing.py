"""Two editions of a workspace compared: which deliveries, which definitions, and why each figure moved.

In: folders of editions or releases. Out: a dictionary for `palermo diff`. Records are counted again from the deliveries
that each edition had in use; where these are not in the store any more, figures are compared without causes.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import edition, past, releases
from pipelines.lock import alone
from pipelines.warehouse import scratch
from pipelines.workspace import Workspace
from sources.errors import EditionError
from transforms import changes
from transforms.difference import definitions, difference


def find(workspace: Workspace, name: str) -> Path:
    """The folder of an edition or a release, by its name, the beginning of it, or a path."""
    places = [Path(name), *workspace.editions.glob(f"{name}*"), *workspace.releases.glob(f"{name}*")]
    found = {place.name: place for place in reversed(places) if (place / "manifest.json").is_file()}
    if len(found) != 1:
        those = [p.name for p in edition.made(workspace)]
        raise EditionError(
            f"{name}: {'several editions begin so' if found else 'no edition or release of that name'}. "
            f"There are {', '.join(those) or 'none yet'}; a release can be given as a path."
        )
    return next(iter(found.values()))


def current(workspace: Workspace) -> Path:
    """The folder of the current edition."""
    now = workspace.current()
    if now is None:
        raise EditionError("No edition yet. Make one: palermo refresh")
    return now


def last_two(workspace: Workspace) -> tuple[Path, Path]:
    """The current edition, and before it the last release, else the edition of the data date before."""
    now = current(workspace)
    left = [r.folder for r in releases.listed(workspace.releases) if r.edition != now.name]
    older = [p for p in edition.made(workspace) if edition.is_whole(p) and p.name[:10] < now.name[:10]]
    if not (left or older):
        those = ", ".join(p.name for p in edition.made(workspace))
        raise EditionError(
            f"No release and no edition of an earlier data date, so nothing to compare {now.name} with. "
            f"There are {those}. Name two: palermo diff A B"
        )
    return (left or older)[-1], now


def compare(workspace: Workspace, before: Path, after: Path) -> dict[str, Any]:
    """What differs between two editions; `figures` is a frame of transforms.difference.COLUMNS."""
    manifests = [edition.read(folder) for folder in (before, after)]
    then, now = (pd.read_parquet(folder / "tables" / "cells.parquet") for folder in (before, after))
    moved = _moved(workspace, *manifests)
    counts = {metric.name for metric in changes.counted()}
    used = [{k: a["in_use"] for k, a in m["agencies"].items()} for m in manifests]
    return {
        "before": manifests[0]["edition"],
        "after": manifests[1]["edition"],
        "deliveries": {
            key: {"before": used[0].get(key, []), "after": used[1].get(key, [])}
            for key in sorted({*used[0], *used[1]})
            if used[0].get(key) != used[1].get(key)
        },
        "definitions": definitions(*manifests),
        "has_causes": moved is not None,
        "figures": difference(then, now, moved, counts),
        "n_figures": len({*then["id"], *now["id"]}),
    }


def _moved(workspace: Workspace, before: dict[str, Any], after: dict[str, Any]) -> pd.DataFrame | None:
    """What moved between the records of both; None where a delivery is gone from the store."""
    then, now = (past.used_by(workspace, manifest) for manifest in (before, after))
    if then is None or now is None:
        return None
    with alone(workspace):
        was, is_now = past.supposed(workspace, then), past.supposed(workspace, now)
    since, until = (max(edition.counted(found).values()) for found in (then, now))
    with scratch(workspace.root) as con:
        return changes.changes(con, was, is_now, since, until)
