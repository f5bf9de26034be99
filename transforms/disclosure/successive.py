"""Protect an edition that comes after others: nothing that it shows may open what it hides, or what they hid.

In: all numbers of an edition, true, and the published tables of the editions released before, earliest first. Out: the
same rows; hidden ones have null numbers and the status `suppressed`. A settled count that was hidden stays hidden. One
that was still filling up may open; then this edition and the last release are attacked together, and a block that gives
a count away keeps hidden what was hidden, or, where that is not enough, is hidden whole.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from transforms.disclosure.attacker import together
from transforms.disclosure.block import Bools
from transforms.disclosure.protection import NUMBERS, at_same_places, hidden
from transforms.disclosure.rule import Rule
from transforms.start import Start


def protect(
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    group_of: Callable[[str], str],
    earlier: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """The table that may be published; rows of public-docket metrics stay as they are."""
    return masked(cells, must_hide(cells, tiers, rule, group_of, earlier))


def must_hide(
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    group_of: Callable[[str], str],
    earlier: Sequence[pd.DataFrame] = (),
    start: Start = partial,
) -> Bools:
    """Which rows must not leave; part of the work is done beside the rest where `start` begins at once."""
    is_hidden = hidden(cells, tiers, rule, group_of, earlier, start=start)
    if earlier and rule.complementary:
        was_hidden = (at_same_places(earlier[-1], cells)["status"] == "suppressed").to_numpy()
        for keep in (was_hidden, np.ones(len(cells), dtype=bool)):
            opened = list(together(masked(cells, is_hidden), earlier[-1], tiers, rule, group_of))
            for rows in (rows for rows, found in opened if not all(e.is_from_earlier for e in found)):
                is_hidden[rows] = hidden(cells.iloc[rows], tiers, rule, group_of, earlier, keep=keep[rows])
    return is_hidden


def masked(cells: pd.DataFrame, is_hidden: Bools) -> pd.DataFrame:
    """The rows without the numbers that are hidden."""
    published = cells.copy()
    published.loc[is_hidden, [c for c in NUMBERS if c in published]] = np.nan
    published.loc[is_hidden, "status"] = "suppressed"
    return published
