"""Which deliveries a staged table is made of, and the view over them.

In: a canonical `Table` and the good deliveries of every agency that feeds it. Out: the SQL of `staging.<table>`.
The order in which deliveries arrive plays no part: only the date that each one bears (its name breaks a tie), so that
a late delivery, or a whole history loaded backwards, gives the same rows.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sources.contract import Contract, Mode
from sources.schema import OURS, Table
from transforms.staging import literal, quoted


@dataclass(frozen=True)
class Feed:
    """The staged Parquet of one contract in one good delivery. `as_of` is the date that the delivery bears."""

    agency: str
    mode: Mode
    contract: Contract
    path: Path
    as_of: dt.date
    delivery: str
    name: str = ""

    @property
    def rank(self) -> tuple[dt.date, str, str]:
        """Later deliveries rank higher; of two that bear one date, the one whose name sorts last."""
        return self.as_of, self.name, self.delivery


def in_use(feeds: Iterable[Feed], as_of: dt.date | None = None) -> list[Feed]:
    """The feeds that a table is made of, earliest first, as it stood on a day (or as it stands)."""
    known = sorted((f for f in feeds if as_of is None or f.as_of <= as_of), key=lambda f: (f.agency, f.rank))
    last = {(f.agency, f.contract.name): f.rank for f in known}
    return [f for f in known if f.mode in ("append", "snapshot") or f.rank == last[f.agency, f.contract.name]]


def staging_view_sql(table: Table, feeds: list[Feed], as_of: dt.date | None = None) -> str:
    """`create or replace view staging.<table>` over the deliveries in use; nobody feeds it: a typed view without rows.

    Each row says who sent it, in which delivery, file and line it stands and on what day we learned this version of it.
    """
    by_agency: dict[str, list[Feed]] = defaultdict(list)
    for feed in in_use(feeds, as_of):
        if feed.contract.feeds == table.name:
            by_agency[feed.agency].append(feed)
    parts = [_agency(table, found) for found in by_agency.values()] or [_nothing(table)]
    body = "\nunion all\n".join(parts)
    return f"create or replace view staging.{quoted(table.name)} as\n{body}"


def _agency(table: Table, feeds: list[Feed]) -> str:
    """One agency's rows: all of them, or where deliveries overlap the latest of each key or of each snapshot."""
    ranks = sorted({f.rank for f in feeds})
    given = "\nunion all\n".join(_select(table, f, ranks.index(f.rank)) for f in feeds)
    columns = ", ".join(map(quoted, _columns(table)))
    if len(feeds) == 1 or (len(ranks) == 1 and feeds[0].mode != "append"):
        return f"select {columns} from ({given})"
    if feeds[0].mode == "append":
        key = ", ".join(map(quoted, table.key))
        return (
            f"select {columns} from ({given}) qualify row_number() over "
            f"(partition by {key} order by nth desc, file desc, line desc) = 1"
        )
    if feeds[0].mode == "snapshot" and table.snapshot:
        snapshot = quoted(table.snapshot)
        return f"select {columns} from ({given}) qualify nth = max(nth) over (partition by {snapshot})"
    return f"select {columns} from ({given})"


def _columns(table: Table) -> dict[str, str]:
    """Name and type of every column of the view."""
    return OURS | table.staged


def _select(table: Table, feed: Feed, nth: int) -> str:
    staged = ", ".join(map(quoted, table.staged))
    return (
        f"select {literal(feed.agency)} as agency, {literal(feed.delivery)} as delivery, file, line, redacted, "
        f"date {literal(feed.as_of.isoformat())} as learned_on, {nth} as nth, {staged} "
        f"from read_parquet({literal(str(feed.path))})"
    )


def _nothing(table: Table) -> str:
    columns = ", ".join(f"cast(null as {kind}) as {quoted(name)}" for name, kind in _columns(table).items())
    return f"select {columns} where false"
