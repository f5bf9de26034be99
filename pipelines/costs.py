"""What the steps of a run cost: kept in the warehouse, and by stage beside an edition for its page on quality.

In: the costs that the journal measured. Out: table `operations.step`, a row a step of every run; `refresh.json`.
Pages get sums by stage alone: rows of a single table would be counts that no disclosure control has seen.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines.journal import Cost, Run
from pipelines.warehouse import connect
from pipelines.workspace import Workspace

NAME = "refresh.json"
STAGES = ("delivery", "staging", "core", "mart", "metric", "published")
STEP = "run varchar, step varchar, agency varchar, n_rows bigint, n_bytes bigint, seconds double, memory_bytes bigint"


def keep(workspace: Workspace, run: Run) -> None:
    """Add the steps of a run to `operations.step`; the journal holds them too, should the warehouse be lost."""
    if not run.costs:
        return
    given = pd.DataFrame([{"run": run.id, **asdict(cost)} for cost in run.costs])
    given[["rows", "bytes"]] = given[["rows", "bytes"]].astype("Int64")
    with connect(workspace) as con:
        con.execute("create schema if not exists operations")
        con.execute(f"create table if not exists operations.step ({STEP})")
        con.register("given", given)
        con.execute("insert into operations.step select * from given")


def by_stage(costs: list[Cost]) -> list[dict[str, Any]]:
    """Steps, rows, bytes and seconds added up, and the peak of memory, of every stage of the way of a row."""
    found = []
    for stage in STAGES:
        ours = [cost for cost in costs if cost.step.split(".")[0] == stage]
        if ours:
            found.append(
                {
                    "stage": stage,
                    "n_steps": len(ours),
                    "n_rows": _sum([cost.rows for cost in ours]),
                    "n_bytes": _sum([cost.bytes for cost in ours]),
                    "seconds": round(sum(cost.seconds for cost in ours), 3),
                    "memory_bytes": max(cost.memory_bytes for cost in ours),
                }
            )
    return found


def _sum(given: list[int | None]) -> int | None:
    known = [n for n in given if n is not None]
    return sum(known) if known else None


def write(folder: Path, run: Run) -> None:
    """Put the sums beside the tables of an edition that is being made."""
    text = json.dumps({"run": run.id, "stages": by_stage(run.costs)}, indent=1)
    (folder / NAME).write_text(text, encoding="utf-8")
