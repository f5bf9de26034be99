"""Protect the table `cells`: hide what must not leave, block by block.

In: all numbers of an edition, true, and the published tables of earlier ones. Out: the same rows; hidden ones have
null numbers and the status `suppressed`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from transforms.disclosure.block import COST, LATENT, Block, Bools, Floats, Ints, build
from transforms.disclosure.rule import Rule
from transforms.disclosure.suppression import Search, suppress
from transforms.start import Start, results
from transforms.study import NOT_A_PHASE

BATCH = 8  # tables that one call of the solver takes
PARTS = ["numerator", "denominator"]
COUNTS = [*PARTS, "remainder"]
NUMBERS = ["numerator", "denominator", "value", "lower", "upper"]
KEY = ["source", "metric", "scope", "area", "period"]
Table = tuple[Ints, pd.DataFrame]  # the places of its rows, and the rows


def hidden(
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    group_of: Callable[[str], str],
    earlier: Sequence[pd.DataFrame] = (),
    keep: Bools | None = None,
    start: Start = partial,
) -> Bools:
    """Which rows to hide: levels that are withheld, small counts, what would give them away, and all of `keep`.

    Tables share nothing, so batches are done beside one another where `start(make, *given)` begins at once.
    """
    is_hidden = np.zeros(len(cells), dtype=bool)
    known = told(cells, earlier)
    if keep is not None:
        known["stays_hidden"] |= keep
    groups = list(split(known, tiers))
    batches = [groups[first : first + BATCH] for first in range(0, len(groups), BATCH)]
    found = [start(patterns, [rows for _, rows in batch], rule, group_of) for batch in batches]
    for batch, masks in zip(batches, results(found), strict=True):
        for (place, _), must in zip(batch, masks, strict=True):
            is_hidden[place] = must
    return is_hidden


def patterns(groups: list[pd.DataFrame], rule: Rule, group_of: Callable[[str], str]) -> list[Bools]:
    """Which rows of several tables of one metric and year to hide."""
    hidden = [is_withheld(rows, rule) | rows["stays_hidden"].to_numpy() & ~is_none(rows, rule) for rows in groups]
    for rows, must in zip(groups, hidden, strict=True):
        for part in COUNTS:
            must |= rows[part].between(1, rule.threshold - 1).to_numpy()
    if not rule.complementary:
        return hidden
    searches = [
        (k, Search(block, hidden[k], cost(rows, part), hidden[k].copy()))
        for k, rows in enumerate(groups)
        for part, block in systems(rows, rule, group_of)
    ]
    suppress([search for _, search in searches], rule.threshold)
    for k, search in searches:
        hidden[k] = hidden[k] | search.hidden
    return hidden


def told(cells: pd.DataFrame, earlier: Sequence[pd.DataFrame] = ()) -> pd.DataFrame:
    """Add what earlier editions did: `is_told`, a count that one showed and that has not changed; `stays_hidden`, a
    settled count that one hid, since showing it now would open that edition.
    """
    rest = cells["denominator"] - cells["numerator"]  # of a share those who are not counted; of a ratio nothing
    is_share = (rest.groupby(cells["metric"]).transform("min") >= 0).to_numpy()
    cells = cells.assign(is_told=False, stays_hidden=False, remainder=rest.where(is_share))
    for one in earlier:
        before = at_same_places(one, cells)
        is_shown = (before["status"] == "shown").to_numpy()
        for part in PARTS:
            was, now = (f[part].to_numpy(dtype=float, na_value=np.nan) for f in (before, cells))
            cells["is_told"] |= is_shown & (was == now)
        is_moving = before["is_provisional"].eq(True).to_numpy() if "is_provisional" in before else False
        cells["stays_hidden"] |= (before["status"] == "suppressed").to_numpy() & ~is_moving
    return cells


def at_same_places(other: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The rows of another table in the order of this one; nothing where it has none."""
    key = [k for k in KEY if k in cells and k in other]
    return other.drop_duplicates(key).set_index(key).reindex(pd.MultiIndex.from_frame(cells[key]))


def split(cells: pd.DataFrame, tiers: dict[str, str]) -> Iterator[Table]:
    """The rows of each source, restricted metric and fiscal year, and their places: no sum crosses either."""
    restricted = cells["metric"].map(tiers) == "restricted"
    frame = cells[restricted].assign(place=np.flatnonzero(restricted))
    by = [*(["source"] if "source" in frame else []), "metric"]
    for _, rows in frame.groupby([*(frame[c] for c in by), frame["period"].str.slice(0, 6)], sort=True):
        yield rows["place"].to_numpy(), rows.reset_index(drop=True)


def systems(rows: pd.DataFrame, rule: Rule, group_of: Callable[[str], str]) -> Iterator[tuple[str, Block]]:
    """The counts in a block's rows: of a count the numerator, of a rate both its parts, of a median the records."""
    place = np.where(is_withheld(rows, rule), LATENT, np.arange(len(rows)))
    of_share = ("numerator", "remainder") if rows["denominator"].notna().any() else ()  # may be none in a hidden row
    for part in COUNTS:
        there = rows[part].notna() | (rows["status"] == "suppressed")
        if rows[part].notna().any():
            frame = rows.assign(count=rows[part], place=place, is_known=rows["is_told"] | is_none(rows, rule))[there]
            yield part, build(frame, rule, group_of, least=int(part not in of_share))


def is_none(rows: pd.DataFrame, rule: Rule) -> Bools:
    """Rows that count nothing: a zero names nobody and is always shown."""
    count = rows["denominator"].fillna(rows["numerator"])
    return (count == 0).to_numpy() & ~is_withheld(rows, rule)


def is_withheld(rows: pd.DataFrame, rule: Rule) -> Bools:
    """Rows of a level that is never published."""
    area, period = rows["area_kind"].to_numpy(), rows["period_kind"].to_numpy()
    found = np.zeros(len(rows), dtype=bool)
    for of_area, of_period in rule.withheld:
        found |= (area == of_area) & (period == of_period)
    return found


def cost(rows: pd.DataFrame, part: str) -> Floats:
    """What hiding each row costs a reader: by its level first, then a little by its size."""
    group = np.where(rows["area"].isin(NOT_A_PHASE), "rest", "phase")
    kind = rows["area_kind"].where(rows["area_kind"] != "group", group)
    level = [COST[k] for k in zip(kind, rows["period_kind"], strict=True)]
    costs: Floats = np.array(level) * (1 + np.log1p(rows[part].fillna(0).to_numpy(dtype=float)) / 10)
    return costs
