"""Attack a published table as a stranger would: with nothing but the table, and those that were released before.

In: the published `cells`. Out: every count that is certain to be small and is known more closely than "not shown".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from transforms.disclosure.audit import programme, unreached
from transforms.disclosure.block import Block, Bools, Ints
from transforms.disclosure.cuts import SLACK
from transforms.disclosure.protection import BATCH, KEY, PARTS, at_same_places, is_none, split, systems, told
from transforms.disclosure.rule import Exposure, Rule
from transforms.disclosure.view import view

Progress = Callable[[int, int], None]
RELEASED = " as last released"


def attack(
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    group_of: Callable[[str], str],
    earlier: Sequence[pd.DataFrame] = (),
    progress: Progress = lambda done, of: None,
) -> list[Exposure]:
    """Small counts of restricted metrics that the published table gives away, alone or with the last release."""
    found = {e for one in earlier for e in shown_before(cells, tiers, rule, one)}
    if earlier:
        found |= {e for _, given in together(cells, earlier[-1], tiers, rule, group_of) for e in given}
    groups = [(rows, block) for _, rows in split(told(cells), tiers) for _, block in systems(rows, rule, group_of)]
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        hidden = [(rows["status"] == "suppressed").to_numpy() for rows, _ in batch]
        for k, variable, limits in known([block for _, block in batch], hidden, rule):
            rows, block = batch[k]
            year = str(rows["period"].iloc[0])[:6]
            found.add(Exposure(block.metric, *_named(block, variable, year), *limits))
        progress(min(start + BATCH, len(groups)), len(groups))
    return sorted(found)


def shown_before(cells: pd.DataFrame, tiers: dict[str, str], rule: Rule, earlier: pd.DataFrame) -> Iterator[Exposure]:
    """Counts that are hidden now and that an earlier edition shows, small."""
    key = [k for k in KEY if k in cells and k in earlier]
    now = cells[(cells["metric"].map(tiers) == "restricted") & (cells["status"] == "suppressed")][key]
    both = now.merge(earlier[earlier["status"] == "shown"], on=key)
    for part in PARTS:
        for row in both[both[part].between(1, rule.threshold - 1)].to_dict("records"):
            count = int(row[part])
            yield Exposure(row["metric"], row["scope"], row["area"], row["period"], count, count, is_from_earlier=True)


def together(
    cells: pd.DataFrame, before: pd.DataFrame, tiers: dict[str, str], rule: Rule, group_of: Callable[[str], str]
) -> Iterator[tuple[Ints, list[Exposure]]]:
    """Places of each table of one metric and year that opens something with the last release, and what it opens.

    A reader of both takes it that records come in and are not taken back. Where a shown count fell, or the two do not
    agree with that, they tell no more than each alone. What the two open even with all of today hidden is from earlier.
    """
    for places, now in split(cells, tiers):
        then = at_same_places(before, now).reset_index()
        columns = ["status", *PARTS]
        if then["status"].isna().all() or now[columns].reset_index(drop=True).equals(then[columns]):
            continue
        was = now.assign(**{c: then[c].to_numpy() for c in columns}, scope=now["scope"] + RELEASED)
        names = sorted(now["scope"].unique())
        nests = tuple((inner + RELEASED, outer + RELEASED) for inner, outer in rule.nests)
        both = replace(rule, nests=rule.nests + nests, grows=tuple((s + RELEASED, s) for s in names))
        was = was[was["status"].notna()]
        if found := _opened(now, was, both, group_of):
            gone = ~is_none(now, rule)
            nothing = now.assign(status=now["status"].mask(gone, "suppressed"), **{p: now[p].mask(gone) for p in PARTS})
            anyway = set(_opened(nothing, was, both, group_of))
            yield places, [replace(e, is_from_earlier=e in anyway) for e in found]


def _opened(now: pd.DataFrame, was: pd.DataFrame, rule: Rule, group_of: Callable[[str], str]) -> list[Exposure]:
    """What a table and the same one as last released open as one system."""
    rows = told(pd.concat([now, was], ignore_index=True))
    is_hidden, year = (rows["status"] == "suppressed").to_numpy(), str(rows["period"].iloc[0])[:6]
    found = []
    for _, block in systems(rows, rule, group_of):
        try:
            given = list(known([block], [is_hidden], rule))
        except ArithmeticError:  # something that is not shown fell
            continue
        found += [Exposure(block.metric, *_named(block, variable, year), *limits) for _, variable, limits in given]
    return found


def known(blocks: list[Block], hidden: list[Bools], rule: Rule) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Variables of the blocks that are small for certain, with limits tighter than 1 to `threshold - 1`."""
    for k, block in enumerate(blocks):
        shown = block.is_small & (block.row >= 0) & ~np.isnan(block.value)
        yield from ((k, int(v), (int(block.value[v]), int(block.value[v]))) for v in np.flatnonzero(shown))
    views = [view(block, is_hidden) for block, is_hidden in zip(blocks, hidden, strict=True)]
    whole = programme(blocks, views)
    may_be_small, high, low = whole.is_small.copy(), whole.tables(), whole.tables().from_zero()
    for chance in np.random.default_rng(0).uniform(size=(3, len(may_be_small))):  # spare the programmes of large counts
        may_be_small &= high.reach(chance)[0] < rule.threshold - SLACK
    above = {int(column): 1.0 for column in np.flatnonzero(may_be_small & (whole.lower > 0))}
    above |= {s.column: s.reached for s in unreached(whole, low, may_be_small, -1, 0)}
    wanted = np.isin(np.arange(len(whole.variable)), list(above))
    for stuck in unreached(whole, high, wanted, 1, rule.threshold):
        limits = int(np.ceil(above[stuck.column] - SLACK)), int(np.floor(stuck.reached + SLACK))
        if limits != (1, rule.threshold - 1):
            k = int(whole.owner[stuck.column])
            twins = _twins(blocks[k], int(whole.variable[stuck.column]), views[k].twin)
            yield from ((k, v, limits) for v in twins)


def _twins(block: Block, variable: int, twin: np.ndarray) -> list[int]:
    """The variables that the fold made one with this one."""
    layer, area, period = np.unravel_index(variable, block.shape)
    same = np.flatnonzero(twin == area) if twin[area] == area else [area]
    return [int(np.ravel_multi_index((layer, a, period), block.shape)) for a in same]


def _named(block: Block, variable: int, year: str) -> tuple[str, str, str]:
    scope, area, period = block.labels[variable]
    return scope, area, year if period == "fy" else f"{year} {period}"
