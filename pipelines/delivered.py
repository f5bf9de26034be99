"""The tables of an edition that tell of deliveries: what became of them, of their files and of their records.

In: receipts. Out: a frame each for `deliveries`, `files`, `fates` and `findings` (docs/decisions/0002).
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from pipelines import gate, ledger
from pipelines.edition import Receipts
from pipelines.receipt import Receipt
from sources.contract import Agency, agencies


def standing(agency: Agency, receipts: list[Receipt]) -> list[str]:
    """How each delivery stands: in use, superseded, held or repeated."""
    used = {r.key for r in gate.in_use(agency, receipts)}
    return ["in use" if r.is_good and r.key in used else "superseded" if r.is_good else r.status for r in receipts]


def delivery_tables(receipts: Receipts) -> dict[str, pd.DataFrame]:
    """Tables `deliveries`, `files`, `fates` and `findings`."""
    rows: dict[str, list[dict[str, Any]]] = {"deliveries": [], "files": [], "fates": [], "findings": []}
    for key, found in receipts.items():
        for r, status in zip(found, standing(agencies()[key], found), strict=True):
            at = {"agency": key, "delivery": r.name}
            before = ledger.freshness(agencies()[key], [b for b in found if b.as_of < r.as_of], r.day)
            late = {"days_since_good": before.age_days, "is_late": before.is_late}
            rows["deliveries"].append(at | _delivery(r, status) | late)
            rows["files"] += [at | row for row in _files(r)]
            rows["fates"] += [
                at | {"contract": contract, "fate": fate, "rule": rule, "n": n}
                for contract, why in r.why.items()
                for (fate, rule), n in _by_fate(why).items()
            ]
            rows["findings"] += [at | f for f in r.findings]
    made = {name: pd.DataFrame(found, columns=COLUMNS[name]) for name, found in rows.items()}
    return made | {"files": made["files"].astype(dict.fromkeys(FATES, "Int64"))}


FATES = ("n_read", "n_staged", "n_quarantined", "n_skipped")
COLUMNS = {
    "deliveries": [
        *("agency", "label", "delivery", "as_of", "status", "reason", "n_files", *FATES),
        *("days_since_good", "is_late"),
    ],
    "files": ["agency", "delivery", "contract", "file", "sha256", *FATES],
    "fates": ["agency", "delivery", "contract", "fate", "rule", "n"],
    "findings": [
        *("agency", "delivery", "contract", "table", "rule", "says", "level", "severity"),
        *("passed", "n_checked", "n_failed"),
    ],
}


def _delivery(r: Receipt, status: str) -> dict[str, Any]:
    totals = {fate: r.total(fate[2:]) for fate in FATES}
    label = agencies()[r.agency].label
    return {"label": label, "as_of": r.as_of, "status": status, "reason": r.reason, "n_files": len(r.files)} | totals


def _files(r: Receipt) -> Iterator[dict[str, Any]]:
    """Each file with its hash. The counts of a table in several files stand on a row of all of them, without a name.

    Files of one table are its districts or years: what each holds more than in the delivery before is what one district
    received in one month.
    """
    hashes = {str(f["name"]): str(f["sha256"]) for f in r.files}
    for contract, found in groupby(r.tallies, key=itemgetter("contract")):
        parts = list(found)
        whole = {fate: sum(t[fate] for t in parts) for fate in FATES}
        if len(parts) > 1:
            yield {"contract": contract, "file": "", "sha256": ""} | whole
        counts = whole if len(parts) == 1 else {}
        for name in (t["file"] for t in parts):
            yield {"contract": contract, "file": name, "sha256": _sha256(hashes, name)} | counts


def _sha256(hashes: dict[str, str], file: str) -> str:
    """The hash of a file; a sheet, `<workbook>#<sheet>`, has that of its workbook."""
    return hashes.get(file) or next((h for name, h in hashes.items() if file.startswith(f"{name}#")), "")


def _by_fate(why: dict[str, int]) -> dict[tuple[str, str], int]:
    """A row rule's ID has dots; a reason to skip is words."""
    return {("quarantined" if "." in rule else "skipped", rule): n for rule, n in why.items()}
