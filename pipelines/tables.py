"""All tables of an edition, after disclosure control.

In: `metric.*` tables of the warehouse, receipts and the study. Out: a frame for each table (docs/decisions/0002).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines import alongside, apart, delivered, edition, evaluation, kept, linking, past, quality, releases, restated
from pipelines.edition import Receipts
from pipelines.progress import Watch
from pipelines.releases import Release
from pipelines.warehouse import connect, scratch
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import EditionError
from transforms import changes, completed, counting, derived, indicator, published, revision
from transforms import study as studies
from transforms.benchmarks import benchmarks
from transforms.changes import View
from transforms.comparison import compare
from transforms.disclosure import Rule, follow, masked, must_hide, protect_parts, without_few
from transforms.evaluation import beside
from transforms.linkage import published as linkage
from transforms.metric import metrics
from transforms.study import Study


@dataclass(frozen=True)
class Begun:
    """What needs the marts alone: the views that they are, and what gives the links."""

    views: list[View]
    links: Callable[[], linking.Links]


def begin(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts, earlier: list[View]) -> Begun:
    """Begin what is made beside the figures, if there is room for both."""
    views = past.views(workspace, con, receipts, earlier)
    start = apart.start if past.has_room(receipts) else partial
    return Begun(views, start(linking.linked, workspace, views))


def make(workspace: Workspace, receipts: Receipts, begun: Begun, progress: Watch) -> dict[str, pd.DataFrame]:
    """Every table by name."""
    study = workspace.read_study()
    before = releases.earlier(workspace, edition.made_from(workspace, receipts))
    counted = _counted(workspace, receipts, before)
    moved = cache(lambda: apart.start(_moved, workspace, begun.views, study.scope))
    made = _numbers(workspace, receipts, study, before, counted, moved, progress)
    shown = made["cells"]
    grown = apart.start(alongside.completion, workspace, begun.views, completed.growing(shown), counted)
    with connect(workspace) as con:
        evaluated = evaluation.begin(workspace, shown, study, beside.read(con, study))
        progress("comparison", 0, 0)
        made |= kept.frames(workspace, "comparison", [counted], lambda: _comparison(shown, study))
        made |= {"indicators": indicator.table(), **delivered.delivery_tables(receipts)}
        progress("linkage", 0, 0)
        sheets = linking.keep(workspace, con, receipts, begun.links())
        progress("changes since the last delivery", 0, 0)
        made |= moved()()
        made |= alongside.tables(workspace, con, receipts, study, shown, counted, progress)
        made |= restated.tables(workspace, con, receipts, shown, before)
        made |= linkage.tables(con, workspace.settings.disclosure.threshold, _years(workspace, receipts), shown)
        made |= quality.tables(workspace, con, receipts, study, shown, counted, progress)
    progress("completion", 0, 0)
    made |= grown()
    made = quality.with_checks(made | evaluated(progress))
    sheets()
    return made


def _numbers(
    workspace: Workspace,
    receipts: Receipts,
    study: Study,
    before: Sequence[Release],
    counted: str,
    meanwhile: Callable[[], object],
    progress: Watch,
) -> kept.Frames:
    """Tables `cells` and `splits`. `meanwhile` begins what is done beside what no other process can share."""
    rule = Rule(threshold=workspace.settings.disclosure.threshold)
    progress("disclosure control", 0, 0)
    with connect(workspace) as con:
        return kept.frames(
            workspace, "cells", [counted], lambda: _protected(workspace, con, receipts, study, rule, before, meanwhile)
        )


def _counted(workspace: Workspace, receipts: Receipts, before: Sequence[Release]) -> str:
    """A digest of all that the published cells are made of."""
    addresses, read = kept.addresses(workspace, receipts), counting.marts()
    return kept.digest(
        *(addresses[mart] for mart in read),
        kept.days(read, edition.counted(receipts)),
        workspace.settings.model_dump_json(),
        *(release.names for release in before),
    )


def _comparison(shown: pd.DataFrame, study: Study) -> kept.Frames:
    """Tables `comparison` and `benchmarks`."""
    found = pd.concat([compare(shown, study, source) for source in sorted(shown["source"].unique())])
    return {"comparison": found.reset_index(drop=True), "benchmarks": benchmarks(shown, found, study)}


def _nothing_counted(receipts: Receipts) -> str:
    """Which deliveries are there, and which would be counted."""
    known = agencies()
    counts = sorted({known[s].label for metric in metrics().values() for s in metric.sources if s in known})
    there = sorted(known[key].label for key in edition.counted(receipts))
    return (
        f"There are good deliveries of {', '.join(there)}, and no metric counts what they hold: they stand beside the "
        f"counts of others. Put a delivery of one of these into landing/: {', '.join(counts)}. Then: palermo refresh"
    )


def _protected(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    receipts: Receipts,
    study: Study,
    rule: Rule,
    before: Sequence[Release],
    meanwhile: Callable[[], object],
) -> kept.Frames:
    """Tables `cells` and `splits` after disclosure control, with the metrics that are made of other metrics."""
    settles = edition.settles(receipts, workspace.settings.provisional_months)
    found = published.numbers(con, counting.marts(), settles)
    if found.empty:
        raise EditionError(_nothing_counted(receipts))
    tiers: dict[str, str] = {name: metric.tier for name, metric in metrics().items()}
    cells = pd.concat([published.cells(found), published.cells(derived.momentum(found, study))], ignore_index=True)
    guarded = cells[cells["metric"].map(tiers) == "restricted"]
    must = np.zeros(len(cells), dtype=bool)

    def found_hidden() -> npt.NDArray[np.bool_]:
        earlier = [release.cells for release in before]
        return must_hide(guarded.reset_index(drop=True), tiers, rule, study.group_of, earlier, apart.start)

    made_of = [kept.of_frame(guarded), rule, study, *(release.names for release in before)]
    must[guarded.index] = kept.rows(workspace, "hidden", made_of, found_hidden)
    meanwhile()
    shown = masked(cells, must)
    shown = follow(shown, {name: metric.base for name, metric in metrics().items() if metric.base})
    parts = protect_parts(
        published.split_cells(found), shown, tiers, rule, [(release.splits, release.cells) for release in before]
    )
    cells = pd.concat([shown, derived.sums(shown)], ignore_index=True)
    telling = [name for name, metric in metrics().items() if metric.tells_days]
    return {name: without_few(frame, telling, rule) for name, frame in (("cells", cells), ("splits", parts))}


def _moved(workspace: Workspace, views: list[View], scope: str) -> kept.Frames:
    """Tables `changes` and `revisions`."""
    return kept.frames(workspace, "changes", [scope, *past.names(views)], lambda: _told(workspace, views, scope))


def _told(workspace: Workspace, views: list[View], scope: str) -> kept.Frames:
    with scratch(workspace.root) as con:
        return {"changes": _changes(con, views), "revisions": revision.revisions(con, views, scope)}


def _years(workspace: Workspace, receipts: Receipts) -> tuple[int, int]:
    """The first fiscal year that is published, and that of the data date."""
    return workspace.settings.first_fiscal_year, studies.fiscal_year(max(edition.counted(receipts).values()))


def _changes(con: duckdb.DuckDBPyConnection, views: list[View]) -> pd.DataFrame:
    """What moved between the last two views; nothing where there is only one."""
    if len(views) < 2:
        return pd.DataFrame(columns=[*changes.COLUMNS, *changes.CAUSES])
    (since, before), (until, after) = views[-2:]
    return changes.changes(con, before, after, since, until)
