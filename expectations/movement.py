"""What a delivery is expected to have in common with the agency's last good one.

In: a `Contract` and how the agency's deliveries follow each other. Out: `Movement` values: SELECTs with a boolean
`holds` over the rows of a table and `previous_<table>`, or booleans of the tallies `now` and `before`.
"""

from dataclasses import dataclass
from typing import Literal

from expectations.finding import CheckSpec, Severity
from sources.contract import Contract


@dataclass(frozen=True)
class Movement:
    """One comparison with the delivery before."""

    spec: CheckSpec
    form: Literal["unit", "tally"]
    sql: str


LOST = 0.005  # share of the rows that a cumulative dump may lose (sealed, expunged, opened in error)
GROWN = 0.25  # share by which a complete export may grow in a quarter of a year
DAYS = 92
MIN_ROWS = 200  # below it a share is no evidence
JUMP = 0.10  # a code's share of the rows may move by this much


def build(contract: Contract, mode: str) -> list[Movement]:
    """The comparisons of one contract; append and snapshot exports have none: each file holds only what is new."""
    if mode in ("append", "snapshot"):
        return []
    table, lost, grown = contract.table, _lost(contract), _grown(contract)
    found = [lost, grown]
    if "district" in contract.columns:
        found.append(_silent(contract))
    for name in contract.columns:
        if table.columns[name].type == "code":
            found.append(_jump(contract, name))
    return found


def _movement(
    contract: Contract, what: str, says: str, severity: Severity, sql: str, form: Literal["unit", "tally"] = "unit"
) -> Movement:
    rule = f"{contract.feeds}.{what}"
    return Movement(CheckSpec(rule, says, contract.name, contract.feeds, "cross-delivery", severity), form, sql)


def _lost(contract: Contract) -> Movement:
    says = f"The export has not lost more than {LOST:.1%} of the rows of the one before."
    return _movement(
        contract,
        "movement.lost",
        says,
        "error",
        f"now.n_staged >= floor(before.n_staged * (1 - {LOST})) - 5",
        "tally",
    )


def _grown(contract: Contract) -> Movement:
    says = f"The rows have not grown by more than {GROWN:.0%} a quarter since the delivery before."
    return _movement(
        contract,
        "movement.grown",
        says,
        "error",
        f"""now.n_staged <= 50 + before.n_staged * (1 + {GROWN} * greatest(1, date_diff('day', before.as_of,
            (select as_of from delivery)) / {DAYS}.0))""",
        "tally",
    )


def _silent(contract: Contract) -> Movement:
    says = "Every district with rows in the delivery before still has most of them."
    table = contract.feeds
    return _movement(
        contract,
        "movement.district",
        says,
        "error",
        f"""select coalesce(now.n, 0) >= 0.8 * before.n as holds
        from (select district, count(*) as n from previous_{table} group by district) as before
        left join (select district, count(*) as n from {table} group by district) as now using (district)
        where before.n >= 20 and before.district is not null""",
    )


def _jump(contract: Contract, column: str) -> Movement:
    says = f"No code of {column} has moved its share of the rows by more than {JUMP:.0%} of all rows."
    table = contract.feeds
    shares = "count(*) * 1.0 / sum(count(*)) over () as share, sum(count(*)) over () as total"
    return _movement(
        contract,
        f"{column}.jump",
        says,
        "warn",
        f"""select abs(coalesce(now.share, 0) - coalesce(before.share, 0)) <= {JUMP} as holds
        from (select "{column}" as code, {shares} from {table} group by all) as now
        full join (select "{column}" as code, {shares} from previous_{table} group by all) as before
            on now.code is not distinct from before.code
        where coalesce(now.total, 0) = 0 or coalesce(before.total, {MIN_ROWS}) >= {MIN_ROWS}""",
    )
