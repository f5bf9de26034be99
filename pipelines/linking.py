"""Links in a refresh: this view and the one before, what people decided, and the sheets for the agencies.

In: a workspace, its warehouse with all marts, and receipts. Out: `linkage.link`, `linkage.relink` (of every level) and
`linkage.threshold` in the warehouse, and for each agency a workbook of the lines on which it and LIONS differ.
"""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pipelines import apart, kept, past
from pipelines.edition import Receipts
from pipelines.warehouse import scratch
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import WorkspaceError
from transforms import return_sheet
from transforms.changes import Marts, View
from transforms.linkage import ledger, links
from transforms.linkage.plan import Plan, plan, thresholds
from transforms.linkage.published import fields, pairs
from transforms.typing_sql import literal

Learnt = dict[str, dict[str, Any]]
Links = tuple[pd.DataFrame, pd.DataFrame]
Delivery = tuple[str, str]  # (agency, name)
Decided = list[tuple[str, str, bool]]  # (key of a record, key of a matter, whether they are one)
DECISION = ("key_l", "key_r", "decision", "decided_on")
DIFFERENCES = """
select l.source as source, r.source as other, l.delivery as delivery_l, l.file as file_l, l.line as line_l,
    r.delivery as delivery_r, r.file as file_r, r.line as line_r
from {pairs}
where link.probability >= {cut} and ({given}) and ({differs})
order by all
"""


def decisions(workspace: Workspace) -> Decided:
    """What people decided last."""
    path = workspace.link_decisions
    if not path.is_file():
        return []
    try:
        rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        given = list(rows)
    except (UnicodeDecodeError, csv.Error):
        raise WorkspaceError(f"{path}: no CSV in UTF-8. Save it so, or put it back from a backup.") from None
    if tuple(rows.fieldnames or ()) != DECISION:
        raise WorkspaceError(f"{path}: the columns are not {', '.join(DECISION)}. Mend the header.")
    found = {}
    for line, row in enumerate(given, 2):
        if row["decision"] not in ("same", "different"):
            raise WorkspaceError(f"{path}: line {line}: a decision is `same` or `different`. Mend the line.")
        found[row["key_l"], row["key_r"]] = row["decision"] == "same"
    return [(*pair, is_same) for pair, is_same in sorted(found.items())]


def linked(workspace: Workspace, views: list[View]) -> Links:
    """The links as they stand, and what the view before linked otherwise by what the model has learnt now.

    They are made of the marts in `store/past` alone, so any process can make them.
    """
    if not views:
        return _no_links(), _no_relinks()
    (until, now), earlier = views[-1], views[-2:-1]
    with scratch(workspace.root, threads=1) as work:
        decided = decisions(workspace)
        _decide(work, decided)
        seen: dict[str, links.Frames] = {}
        learnt = _of_view(workspace, work, now, decided, seen)
        found = work.execute("select * from found").df()
        if not earlier or not learnt:
            return found, _no_relinks()
        for table in ("known", "found"):
            work.execute(f"create or replace temp table {table}_now as select * from {table}")  # noqa: S608
        _of_view(workspace, work, earlier[0][1], decided, seen, learnt)
        for table in ("known", "found"):
            work.execute(f"create or replace temp table {table}_before as select * from {table}")  # noqa: S608
            work.execute(f"create or replace temp table {table} as select * from {table}_now")  # noqa: S608
        return found, ledger.relinked(work, thresholds()["middle"], earlier[0][0], until)


def keep(workspace: Workspace, con: duckdb.DuckDBPyConnection, receipts: Receipts, made: Links) -> Callable[[], None]:
    """Replace the tables of schema `linkage`, and begin the sheets that tell agencies where they differ."""
    con.execute("create schema if not exists linkage")
    cuts = pd.DataFrame(list(thresholds().items()), columns=["name", "cut"])
    for table, frame in (("link", made[0]), ("relink", made[1]), ("threshold", cuts)):
        con.register("given", frame)
        con.execute(f"create or replace table linkage.{table} as select * from given")  # noqa: S608
        con.unregister("given")
    if workspace.as_of:  # the sheets of agencies are those of the edition that readers have
        return lambda: None
    found = _differences(con)
    every = {(agency, r.name) for agency, known in receipts.items() for r in known}
    return apart.start(_return, workspace.returns, {delivery: found.get(delivery, []) for delivery in every})


def _of_view(
    workspace: Workspace,
    work: duckdb.DuckDBPyConnection,
    marts: Marts,
    decided: Decided,
    seen: dict[str, links.Frames],
    learnt: Learnt | None = None,
) -> Learnt:
    """The tables of a view; the records of a mart are linked once for all that goes into it.

    `seen` are the links of the view that is linked with it, by the same models: what goes into both is linked alike.
    """

    def keep(plan: Plan, mart: str, stands: pd.DataFrame, make: Callable[[], links.Frames]) -> links.Frames:
        of = kept.digest(marts[plan.hub_records].stem, marts[mart].stem, decided, kept.of_frame(stands))
        if of not in seen:
            model = json.dumps((learnt or {}).get(mart))
            seen[of] = kept.frames(workspace, f"links_{mart.split('.')[1]}", [of, model], make)
        return seen[of]

    tables = {mart: f"read_parquet({literal(str(marts[mart]))})" for mart in past.records()}
    return links.view(work, tables, learnt, keep)


def _decide(work: duckdb.DuckDBPyConnection, decided: Decided) -> None:
    """Table `decision`."""
    given = pd.DataFrame(decided, columns=["key_l", "key_r", "is_same"])
    work.register("given", given.astype({"key_l": "string", "key_r": "string", "is_same": "boolean"}))
    work.execute("create or replace temp table decision as select * from given")
    work.unregister("given")


def _no_links() -> pd.DataFrame:
    kinds = {"varchar": str, "double": float}
    return pd.DataFrame({name: pd.Series(dtype=kinds[kind]) for name, kind in links.COLUMNS.items()})


def _no_relinks() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=str) for name in ledger.COLUMNS})


def _differences(con: duckdb.DuckDBPyConnection) -> dict[Delivery, list[return_sheet.Refused]]:
    """For every delivery in use, the lines on which two agencies differ about one matter or defendant; no value."""
    rows: dict[Delivery, list[return_sheet.Refused]] = {}
    cut = thresholds()["middle"]
    for key, fact in fields().items():
        sql = DIFFERENCES.format(
            pairs=pairs(plan(fact["level"])), cut=cut, given=fact["given"], differs=fact["differs"]
        )
        for source, other, *places in con.execute(sql).fetchall():
            for agency, place, theirs in ((source, places[:3], other), (other, places[3:], source)):
                said = f"{fact['says']} in the record of {agencies()[theirs].label}"
                one = return_sheet.Refused(place[1], place[2], theirs, f"linkage.{key}", said)
                rows.setdefault((agency, place[0]), []).append(one)
    return rows


def _return(returns: Path, differences: dict[Delivery, list[return_sheet.Refused]]) -> None:
    """Write the sheet of every delivery."""
    for (agency, name), differs in differences.items():
        return_sheet.write_differences(agencies()[agency], name, returns / agency, differs)
