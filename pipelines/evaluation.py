"""The evaluation tables of an edition, kept by what they are made of, so that nothing is computed twice.

In: published cells, the study, a workspace. Out: tables `evaluation_*` (docs/decisions/0004-evaluation.md). They lie in
`store/evaluations/<digest>/`, named by the counts of districts by year, the study and the code that evaluates.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pipelines import apart, aside, kept
from pipelines.progress import Watch
from pipelines.version import evaluating
from pipelines.workspace import Workspace
from transforms.evaluation import tables as evaluation
from transforms.evaluation.beside import Beside
from transforms.evaluation.refusal import PanelError
from transforms.evaluation.tables import TABLES, Progress, Tables
from transforms.study import Study

PREFIX = "evaluation_"
READ = ["source", "metric", "scope", "area", "period_kind", "period", "numerator", "status", "is_provisional"]
KEPT = 12  # evaluations that stay in the store


def begin(workspace: Workspace, cells: pd.DataFrame, study: Study, beside: Beside) -> Callable[[Watch], Tables]:
    """Begin every table `evaluation_*`, of the first source whose counts by district and year make a panel."""
    is_read = (cells["area_kind"] == "district") & cells["metric"].isin({*study.outcomes, "cases_filed"})
    counts = cells.loc[is_read, [*READ, "area_kind"]]
    folder = workspace.store / "evaluations" / _digest(counts, study, beside)
    if (found := _kept(folder)) is not None:

        def unchanged(progress: Watch) -> Tables:
            progress("evaluation: unchanged", 0, 0)
            return found

        return unchanged
    finish = _begun(counts, study, beside)

    def made(progress: Watch) -> Tables:
        _write(finish(lambda step, n, of: progress(f"evaluation: {step}", n, of)), folder)
        return _read(folder)

    return made


def _read(folder: Path) -> Tables:
    return {f"{PREFIX}{path.stem}": pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}


def _kept(folder: Path) -> Tables | None:
    """The tables in the store; None where there are none, or where a file of them is damaged or gone."""
    try:
        found = _read(folder)
    except (OSError, ValueError):
        return None
    wanted = {f"{PREFIX}{name}" for name in TABLES}
    is_whole = wanted == set(found) or (
        set(found) == {f"{PREFIX}verdict"} and not found[f"{PREFIX}verdict"]["n_sites"][0]
    )
    return found if is_whole else None


def _begun(counts: pd.DataFrame, study: Study, beside: Beside) -> Callable[[Progress], Tables]:
    """What gives the tables; where no source makes a panel, a verdict that says so and why."""
    why = "no source counts the outcome by district and year"
    for source in counts["source"].unique():
        try:
            return evaluation.begin(counts, study, source, beside, apart.start)
        except PanelError as error:
            why = str(error)
    return lambda _: evaluation.refused(study, why)


def _digest(counts: pd.DataFrame, study: Study, beside: Beside) -> str:
    frames = (counts[READ], beside.parts, beside.elements)
    return kept.digest(evaluating(), study.model_dump_json(), *map(kept.of_frame, frames))


def _write(tables: Tables, folder: Path) -> None:
    """Write aside and rename, then drop the oldest."""
    with aside.folder(folder) as part:
        for name, frame in tables.items():
            frame.to_parquet(part / f"{name}.parquet", index=False, compression="zstd")
    aside.prune((p for p in folder.parent.iterdir() if not p.name.startswith(".")), KEPT)
