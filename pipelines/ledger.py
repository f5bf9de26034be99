"""The delivery ledger of an agency: when its last good delivery was, and when the next one is due.

In: receipts and a day. Out: `Freshness`. The day is the data date in an edition, which must come out the same again,
and today where somebody asks how things stand; invented exports never arrive, so in a demo it is the data date, too.
"""

import datetime as dt
from dataclasses import dataclass

from pipelines import gate
from pipelines.receipt import Receipt
from sources.contract import Agency

SLACK = 1.5  # of the usual days between two deliveries


@dataclass(frozen=True)
class Freshness:
    """`last`: data date of the last good delivery; `due_on`: the last day on which the next is not late."""

    last: dt.date | None
    due_on: dt.date | None
    age_days: int | None
    is_late: bool


def freshness(agency: Agency, receipts: list[Receipt], day: dt.date) -> Freshness:
    """How fresh an agency is on a day. Without a delivery, or a cadence, nothing is due."""
    used = gate.in_use(agency, receipts)
    if not used:
        return Freshness(None, None, None, False)
    last = used[-1].day
    due_on = last + dt.timedelta(days=int(agency.cadence_days * SLACK)) if agency.cadence_days else None
    return Freshness(last, due_on, (day - last).days, bool(due_on and day > due_on))
