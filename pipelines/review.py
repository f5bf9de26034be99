"""What people look at: doubtful links as a workbook, their decisions read back, and the sheet of one matter.

In: a workspace whose warehouse has links. Out: an XLSX of pairs for use inside the enclave (it holds values of
records), lines of `linkage_decisions.csv`, and the records of a cluster side by side.
"""

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from pipelines import aside, kept
from pipelines.linking import DECISION, decisions
from pipelines.warehouse import connect
from pipelines.workspace import Workspace
from sources.errors import WorkspaceError
from transforms.linkage.plan import Plan, plans
from transforms.linkage.published import pairs
from transforms.return_sheet import plain_book

DOUBTFUL = """
select link.key_l, link.key_r, link.source, link.pass, link.probability, link.evidence, {told}
from {pairs}
where link.pass <> 'review' and link.probability between {low} and {high}
order by abs(link.probability - {middle}), link.key_l limit {most}
"""
MEMBERS = """
with belongs as (
    select coalesce((select key_r from linkage.link where key_l = $key and probability >= {cut}), $key) as cluster
)
select record.source, record.record_key, coalesce(link.pass, '{one}') as pass, link.probability,
    link.evidence, record.delivery, record.file, record.line, {told}
from {records} as record
left join linkage.link as link on link.key_l = record.record_key and link.probability >= {cut}
where record.record_key = (select cluster from belongs) or link.key_r = (select cluster from belongs)
order by link.probability desc nulls first, record.record_key
"""
HEADER = ["key_l", "key_r", "agency", "pass", "probability", "what agrees"]
ENCLAVE = "Inside the enclave only: values of records, agency | LIONS. Write same or different in the last column."
MOST = 1000


def write(workspace: Workspace, path: Path) -> int:
    """Write the pairs between the loose and the strict threshold, the most doubtful first, a sheet for each level.

    Returns how many.
    """
    with connect(workspace, read_only=True) as con:
        _refuse_without_links(con)
        rows = {plan.level: con.execute(_doubtful(plan)).fetchall() for plan in plans()}
    aside.put(path, lambda draft: _workbook(draft, rows))
    return sum(map(len, rows.values()))


def _doubtful(plan: Plan) -> str:
    cuts = plan.thresholds
    told = ", ".join(f"concat(l.{name}, ' | ', r.{name}) as {name}" for name in plan.told)
    return DOUBTFUL.format(
        told=told, pairs=pairs(plan), low=cuts["loose"], high=cuts["strict"], middle=cuts["middle"], most=MOST,
    )  # fmt: skip


def header(plan: Plan) -> list[str]:
    """The columns of the sheet of a level."""
    return [*HEADER, *plan.told, "decision"]


def _workbook(path: Path, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    book = plain_book(path)
    for plan in plans():
        sheet = book.add_worksheet(plan.level)
        for n, row in enumerate([[ENCLAVE], header(plan), *rows[plan.level]]):
            sheet.write_row(n, 0, row)
    book.close()


def read(workspace: Workspace, path: Path, today: dt.date) -> int:
    """Add the decisions of a workbook to those of the workspace; returns how many. A line without one says nothing."""
    made = []
    for plan in plans():
        for n, line in enumerate(_lines(path, plan), 3):
            decision = str(line[-1]).strip().lower()
            if decision not in ("", "same", "different"):
                at = f"{path}: sheet {plan.level}: row {n}"
                raise WorkspaceError(f"{at}: a decision is `same` or `different`. Mend the row.")
            if decision:
                made.append((str(line[0]), str(line[1]), decision, today.isoformat()))
    _ = decisions(workspace)  # refuses a file that was spoilt by hand
    ours = workspace.link_decisions
    before = ours.read_text("utf-8") if ours.is_file() else ",".join(DECISION) + "\n"
    aside.put(ours, lambda draft: _append(draft, before, made))
    return len(made)


def _lines(path: Path, plan: Plan) -> list[list[Any]]:
    """The rows of a level below its header, as wide as it."""
    try:
        book = CalamineWorkbook.from_path(path)
        has_sheet = plan.level in book.sheet_names
        found = book.get_sheet_by_name(plan.level).to_python(skip_empty_area=False) if has_sheet else []
    except (CalamineError, OSError):
        raise WorkspaceError(f"{path}: cannot be read as a workbook. Save it as XLSX.") from None
    names = header(plan)
    rows = [[*row, *[""] * len(names)][: len(names)] for row in found[1:]]
    if not rows or rows[0] != names:
        raise WorkspaceError(
            f"{path}: this is no list of palermo review: row 2 of sheet {plan.level} is not its header. Write one."
        )
    return rows[1:]


def _append(path: Path, before: str, made: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        text.write(before)
        csv.writer(text, lineterminator="\n").writerows(made)


def match(workspace: Workspace, key: str) -> list[dict[str, Any]]:
    """The records of the matter or defendant of a record, that itself first; empty where nobody knows the key."""
    with connect(workspace, read_only=True) as con:
        _refuse_without_links(con)
        return [row for plan in plans() for row in _members(con, plan, key)]


def _members(con: duckdb.DuckDBPyConnection, plan: Plan, key: str) -> list[dict[str, Any]]:
    told = ", ".join(f"record.{name}" for name in plan.told)
    sql = MEMBERS.format(one=plan.one, records=plan.relation, cut=plan.thresholds["middle"], told=told)
    cursor = con.execute(sql, {"key": key})
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _refuse_without_links(con: duckdb.DuckDBPyConnection) -> None:
    if not kept.exists(con, "linkage.link"):
        raise WorkspaceError("The warehouse has no links yet. Make them: palermo refresh")
