"""Tables of an edition that say how far its figures can be trusted, beside those of the receipts.

In: the warehouse, receipts, the study and the published cells. Out: frames by name (docs/decisions/0002).
"""

from dataclasses import asdict
from typing import Any

import duckdb
import pandas as pd

from expectations.finding import Finding, holds
from expectations.whole import judge_edition, judge_world
from pipelines import edition, held, kept
from pipelines.edition import Receipts
from pipelines.progress import Watch
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.errors import EditionError
from transforms.coverage import coverage
from transforms.model import parents_of
from transforms.recode import families
from transforms.recoded import recoded
from transforms.study import Study

WHOLE = ["level", "rule", "says", "severity", "passed", "n_checked", "n_failed"]
UNKNOWN = ["agency", "delivery", "contract", "column", "theirs", "kind", "n"]


def tables(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    receipts: Receipts,
    study: Study,
    cells: pd.DataFrame,
    counted: str,
    progress: Watch,
) -> dict[str, pd.DataFrame]:
    """Tables `recode`, `coverage`, `unknowns`, `held`, `held_changes` and, between agencies, `whole`."""
    settings = workspace.settings
    progress("more cases or other coding", 0, 0)
    addresses = kept.addresses(workspace, receipts)
    read = sorted({table for family in families().values() for table in parents_of(family.counts, family.name)})
    found = kept.frames(
        workspace,
        "recode",
        [counted, *(addresses.get(table, table) for table in read)],
        lambda: {"recode": recoded(con, study, cells, settings.disclosure.threshold)},
    )
    progress("coverage", 0, 0)
    found["coverage"] = coverage(
        con, edition.counted(receipts), settings.first_fiscal_year, settings.disclosure.threshold
    )
    found["unknowns"] = _unknowns(receipts)
    progress("held deliveries", 0, 0)
    found |= held.tables(workspace, con, receipts)
    progress("checks between agencies", 0, 0)
    found["whole"] = _frame(judge_world(con))
    return found


def with_checks(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with the checks of the edition in `whole`; an edition that contradicts itself is refused."""
    findings = judge_edition({name: frame for name, frame in tables.items() if name != "whole"})
    if broken := holds(findings):
        told = "; ".join(f"{f.says} ({f.rule}: {f.n_failed:,} of {f.n_checked:,})" for f in broken[:3])
        raise EditionError(f"The figures contradict each other: {told}. This is an error of Palermo: report it.")
    return tables | {"whole": pd.concat([tables["whole"], _frame(findings)], ignore_index=True)}


def _frame(findings: list[Finding]) -> pd.DataFrame:
    return pd.DataFrame([asdict(f) for f in findings], columns=WHOLE)


def _unknowns(receipts: Receipts) -> pd.DataFrame:
    """Columns whose texts were not understood: codes that no list has, statutes that are no title and section."""
    rows: list[dict[str, Any]] = []
    for key, found in receipts.items():
        for r in found:
            for contract in agencies()[key].contracts:
                codes = {rule.split(".")[1]: n for rule, n in r.why.get(contract.name, {}).items() if _is_code(rule)}
                given = {"code": codes, "statute": r.unparsed.get(contract.name, {})}
                rows += [
                    {"agency": key, "delivery": r.name, "contract": contract.name, "column": column}
                    | {"theirs": ", ".join(contract.columns[column].sources), "kind": kind, "n": n}
                    for kind, columns in given.items()
                    for column, n in columns.items()
                ]
    return pd.DataFrame(rows, columns=UNKNOWN)


def _is_code(rule: str) -> bool:
    return rule.count(".") == 2 and rule.endswith(".code")
