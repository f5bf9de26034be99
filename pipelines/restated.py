"""What an edition says otherwise than the last release, and why: by records, or by a definition.

In: the releases before an edition, its numbers and receipts. Out: tables `restated` and `redefined`
(docs/decisions/0002), without rows where nothing was released before. The release is an input of the edition, as its
deliveries are; the edition that happened to be made before it is not.
"""

from collections.abc import Sequence

import duckdb
import pandas as pd

from pipelines import edition, kept, past
from pipelines.edition import Receipts
from pipelines.releases import Release
from pipelines.workspace import Workspace
from transforms import changes, difference

CAUSES = [*changes.CAUSES, difference.DEFINITION, difference.BECAUSE]
RESTATED = ["id", "source", "metric", "scope", "area", "period_kind", "period", "release", "before", "after", *CAUSES]
REDEFINED = ["release", "kind", "name", "how"]


def tables(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    receipts: Receipts,
    cells: pd.DataFrame,
    before: Sequence[Release],
) -> dict[str, pd.DataFrame]:
    """Both tables, against the last release."""
    if not before:
        return {"restated": pd.DataFrame(columns=RESTATED), "redefined": pd.DataFrame(columns=REDEFINED)}
    last, counts = before[-1], [metric.name for metric in changes.counted()]
    differ = difference.definitions(last.manifest, edition.defined(workspace))
    moved = _moved(workspace, con, receipts, last)
    now = cells[cells["metric"].isin(counts)]
    found = difference.difference(last.counts(counts), now, moved, set(counts))
    found = difference.counts_of_both(found).assign(release=last.edition)
    found[difference.BECAUSE] = difference.because(found, differ)
    return {
        "restated": found[RESTATED].reset_index(drop=True),
        "redefined": pd.DataFrame(differ, columns=REDEFINED[1:]).assign(release=last.edition)[REDEFINED],
    }


def _moved(
    workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts, last: Release
) -> pd.DataFrame | None:
    """What moved between the records of the release and of today, counted by today's code; None where it is gone."""
    used = past.used_by(workspace, last.manifest)
    if used is None:
        return None
    was, now = past.supposed(workspace, used), past.exported(workspace, con, receipts)
    since, until = (max(edition.counted(found).values()) for found in (used, receipts))
    return kept.frames(
        workspace,
        "restated",
        past.names([(since, was), (until, now)]),
        lambda: {"moved": changes.changes(con, was, now, since, until)},
    )["moved"]
