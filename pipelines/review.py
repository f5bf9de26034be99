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
from transforms.linkage.plan import plan
from transforms.return_sheet import plain_book

TOLD = [
    *("district", "matter_number", "docket_number", "opened_on", "referred_on", "taken_up_on", "filed_on"),
    *("statute", "n_subjects", "n_convicted", "agencies"),
]
DOUBTFUL = """
select link.key_l, link.key_r, link.source, link.pass, link.probability, link.evidence, {told}
from linkage.link as link
inner join mart.agency_record as l on link.key_l = l.record_key
inner join mart.agency_record as r on link.key_r = r.record_key
where link.pass <> 'review' and link.probability between {low} and {high}
order by abs(link.probability - {middle}), link.key_l limit {most}
"""
MEMBERS = """
with belongs as (
    select coalesce((select key_r from linkage.link where key_l = $key and probability >= {cut}), $key) as matter
)
select record.source, record.record_key, coalesce(link.pass, 'the matter itself') as pass, link.probability,
    link.evidence, record.delivery, record.file, record.line, {told}
from mart.agency_record as record
left join linkage.link as link on link.key_l = record.record_key and link.probability >= {cut}
where record.record_key = (select matter from belongs) or link.key_r = (select matter from belongs)
order by link.probability desc nulls first, record.record_key
"""
HEADER = ["key_l", "key_r", "agency", "pass", "probability", "what agrees", *TOLD, "decision"]
ENCLAVE = "Inside the enclave only: values of records, agency | LIONS. Write same or different in the last column."
MOST = 1000


def write(workspace: Workspace, path: Path) -> int:
    """Write the pairs between the loose and the strict threshold, the most doubtful first; returns how many."""
    cuts = plan().thresholds
    told = ", ".join(f"concat(l.{name}, ' | ', r.{name}) as {name}" for name in TOLD)
    with connect(workspace, read_only=True) as con:
        _refuse_without_links(con)
        rows = con.execute(
            DOUBTFUL.format(told=told, low=cuts["loose"], high=cuts["strict"], middle=cuts["middle"], most=MOST)
        ).fetchall()
    aside.put(path, lambda draft: _workbook(draft, rows))
    return len(rows)


def _workbook(path: Path, rows: list[tuple[Any, ...]]) -> None:
    book = plain_book(path)
    sheet = book.add_worksheet("Decide")
    for n, row in enumerate([[ENCLAVE], HEADER, *rows]):
        sheet.write_row(n, 0, row)
    book.close()


def read(workspace: Workspace, path: Path, today: dt.date) -> int:
    """Add the decisions of a workbook to those of the workspace; returns how many. A line without one says nothing."""
    lines = _lines(path)
    if not lines or lines[0] != HEADER:
        raise WorkspaceError(f"{path}: this is no list of palermo review: row 2 is not its header. Write one first.")
    made = []
    for n, line in enumerate(lines[1:], 3):
        decision = str(line[-1]).strip().lower()
        if decision not in ("", "same", "different"):
            raise WorkspaceError(f"{path}: row {n}: a decision is `same` or `different`. Mend the row.")
        if decision:
            made.append((str(line[0]), str(line[1]), decision, today.isoformat()))
    _ = decisions(workspace)  # refuses a file that was spoilt by hand
    ours = workspace.link_decisions
    before = ours.read_text("utf-8") if ours.is_file() else ",".join(DECISION) + "\n"
    aside.put(ours, lambda draft: _append(draft, before, made))
    return len(made)


def _lines(path: Path) -> list[list[Any]]:
    """The rows below the first, as wide as the header."""
    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError):
        raise WorkspaceError(f"{path}: cannot be read as a workbook. Save it as XLSX.") from None
    return [[*row, *[""] * len(HEADER)][: len(HEADER)] for row in rows[1:]]


def _append(path: Path, before: str, made: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as text:
        text.write(before)
        csv.writer(text, lineterminator="\n").writerows(made)


def match(workspace: Workspace, key: str) -> list[dict[str, Any]]:
    """The records of the matter of a record, the matter first; empty where nobody knows the key."""
    told = ", ".join(f"record.{name}" for name in TOLD)
    with connect(workspace, read_only=True) as con:
        _refuse_without_links(con)
        cursor = con.execute(MEMBERS.format(cut=plan().thresholds["middle"], told=told), {"key": key})
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _refuse_without_links(con: duckdb.DuckDBPyConnection) -> None:
    if not kept.exists(con, "linkage.link"):
        raise WorkspaceError("The warehouse has no links yet. Make them: palermo refresh")
