"""A receipt: what became of one delivery, kept beside its staged rows in `store/deliveries/<agency>/<key>/`.

In: JSON of an earlier refresh. Out: `Receipt`. A folder with a receipt is complete; one without is thrown away.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, TypeAdapter

from pipelines import aside

NAME = "receipt.json"
LIST = "receipts.json"
UNDATED = "1900-01-01"  # of a delivery that could not even be opened, or bears no date
FATES = ("read", "staged", "quarantined", "skipped")
Day = Annotated[str, AfterValidator(lambda day: str(dt.date.fromisoformat(day)))]


@dataclass(frozen=True)
class Receipt:
    """One delivery: its files, the fate of its records, what the gate found, and whether it was held."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # for who reads it
    agency: str
    key: str
    name: str
    as_of: Day
    digest: str
    contracts: str  # what it was read by
    rules: str  # what it was judged by
    status: str  # good, held or repeated
    reason: str = ""
    previous: str | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    tallies: list[dict[str, Any]] = field(default_factory=list)
    why: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    unparsed: dict[str, dict[str, int]] = field(default_factory=dict)
    staged: dict[str, int] = field(default_factory=dict)  # bytes of each staged file
    key_id: str = ""  # of the key that its identifiers are hashed under

    @property
    def day(self) -> dt.date:
        """The date of the delivery."""
        return dt.date.fromisoformat(self.as_of)

    @property
    def rank(self) -> tuple[str, str]:
        """Later deliveries rank higher; of two that bear one date, the one whose name sorts last."""
        return self.as_of, self.name

    @property
    def is_good(self) -> bool:
        """Not held, and not the same bytes as the good one before it."""
        return self.status == "good"

    def is_whole(self, folder: Path) -> bool:
        """Whether the staged rows that it vouches for are all there, to the byte count."""
        return self.staged == sizes(folder)

    @property
    def n_broken(self) -> int:
        """Rules that did not hold."""
        return sum(not f["passed"] for f in self.findings)

    def total(self, fate: str) -> int:
        """Records read, staged, quarantined or skipped."""
        return sum(int(t[f"n_{fate}"]) for t in self.tallies)

    @property
    def stops(self) -> str:
        """What a refresh says that it stops."""
        return (
            f"{self.agency}: delivery {self.name} is held: {self.reason}. With --strict the refresh stops here and the "
            f"last edition stands. Send the agency the sheet in returns/{self.agency}, or refresh without --strict."
        )

    def write(self, folder: Path) -> None:
        """Write it so that a crash leaves the old one or the new one."""
        folder.mkdir(parents=True, exist_ok=True)
        aside.text(folder / NAME, json.dumps(vars(self), indent=1))


ONE, MANY = TypeAdapter(Receipt), TypeAdapter(list[Receipt])


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of staged rows."""
    return {path.name: path.stat().st_size for path in sorted((folder / "staged").glob("*.parquet"))}


def read(folder: Path) -> Receipt | None:
    """The receipt of a folder; None where there is none, a damaged one, or one of an older kind."""
    try:
        return ONE.validate_json((folder / NAME).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def write_list(folder: Path, receipts: list[Receipt]) -> None:
    """Note all receipts of an agency, those of unreadable deliveries too, as the gate left them."""
    folder.mkdir(parents=True, exist_ok=True)
    aside.text(folder / LIST, json.dumps([vars(r) for r in receipts], indent=1))


def listed(folder: Path, as_of: dt.date | None = None) -> list[Receipt]:
    """The receipts of an agency as the gate last left them, by date; those known on a day where one is given.

    None where there is no list, a damaged one, or one of an older kind: then the gate takes the deliveries in again.
    """
    try:
        found = MANY.validate_json((folder / LIST).read_bytes())
    except (FileNotFoundError, ValueError):
        return []
    return [r for r in found if as_of is None or r.day <= as_of]
