"""What the gate says: findings, the checks that can be made, and the delivery that a new one is compared with.

In: nothing. Out: three frozen types. A finding holds counts and words of ours, never a value of a record.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["row", "delivery", "cross-delivery", "cross-agency", "edition"]
Severity = Literal["error", "warn"]


@dataclass(frozen=True)
class CheckSpec:
    """A check that can be made, known before any data is read. `rule` is unique within a contract."""

    rule: str
    says: str
    contract: str
    table: str
    level: Level
    severity: Severity


@dataclass(frozen=True)
class Finding:
    """What one check found: how many were checked, how many failed, and whether that is tolerated."""

    rule: str
    says: str
    contract: str
    table: str
    level: Level
    severity: Severity
    passed: bool
    n_checked: int
    n_failed: int


@dataclass(frozen=True)
class Previous:
    """The agency's last good delivery: where its rows are, how many of each contract, and its date."""

    folder: Path
    n_staged: dict[str, int]
    as_of: dt.date


def holds(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that hold a delivery: an error that failed."""
    return [f for f in findings if f.severity == "error" and not f.passed]
