"""Tables beside the cells: cohorts, completion, the bridge between scopes, what is unusual among districts.

In: the warehouse, receipts, the study, the published cells and the views of earlier days. Out: frames by name
(docs/decisions/0008-cohorts-completion.md). All are counts of the public docket, or rates of them.
"""

import duckdb
import pandas as pd

from pipelines import edition, kept
from pipelines.edition import Receipts
from pipelines.past import names
from pipelines.progress import Watch
from pipelines.warehouse import scratch
from pipelines.workspace import Workspace
from transforms import bridge, completed, followed, unusual
from transforms.changes import View
from transforms.study import Study


def tables(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    receipts: Receipts,
    study: Study,
    cells: pd.DataFrame,
    counted: str,
    progress: Watch,
) -> dict[str, pd.DataFrame]:
    """Tables `cohorts`, `cohort_curves`, `bridge`, `funnels` and `signals`.

    `counted` says what the published cells are made of: what is made of no more stays with them.
    """
    settings, as_of = workspace.settings, edition.counted(receipts)
    until = as_of | edition.settles(receipts, settings.provisional_months)

    def beside() -> kept.Frames:
        progress("cohorts", 0, 0)
        lives = followed.life_tables(con, until, with_parts=False)
        progress("bridge and signals", 0, 0)
        return {
            "cohorts": followed.cohort_table(lives, cells, until),
            "cohort_curves": followed.curve_table(lives, study, until),
            "bridge": bridge.walk(con, as_of, settings.first_fiscal_year),
            "funnels": unusual.funnels(cells, study),
            "signals": unusual.signals(con, cells, study, until),
        }

    return kept.frames(workspace, "beside", [counted], beside)


def completion(workspace: Workspace, views: list[View], growing: pd.DataFrame, counted: str) -> kept.Frames:
    """Tables `completion` and `completion_check`, of the cells that grow; any process can make them."""

    def made() -> kept.Frames:
        days = [day for day, _ in views]
        with scratch(workspace.root) as con:
            counts = [completed.monthly(con, view) for view in views]
        return {
            "completion": completed.completion(counts, [completed.month(day) for day in days], growing),
            "completion_check": completed.completion_check(counts, days),
        }

    return kept.frames(workspace, "completion", [counted, *names(views)], made)
