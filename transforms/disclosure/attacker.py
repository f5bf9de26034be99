"""Attack a published table as a stranger would: with nothing but the table.

In: the published `cells`. Out: every count that is certain to be small and is known more closely than "not shown".
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from transforms.disclosure.audit import programme, unreached
from transforms.disclosure.block import Block, Bools
from transforms.disclosure.cuts import SLACK
from transforms.disclosure.protection import BATCH, KEY, PARTS, Progress, split, systems, told
from transforms.disclosure.rule import Exposure, Rule
from transforms.disclosure.view import view


def attack(
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    group_of: Callable[[str], str],
    earlier: pd.DataFrame | None = None,
    progress: Progress = lambda done, of: None,
) -> list[Exposure]:
    """Small counts of restricted metrics that the published table gives away, in order."""
    found = set(shown_before(cells, tiers, rule, earlier))
    groups = [
        (rows, block) for _, rows in split(told(cells, None), tiers) for _, block in systems(rows, rule, group_of)
    ]
    for start in range(0, len(groups), BATCH):
        batch = groups[start : start + BATCH]
        hidden = [(rows["status"] == "suppressed").to_numpy() for rows, _ in batch]
        for k, variable, limits in known([block for _, block in batch], hidden, rule):
            rows, block = batch[k]
            year = str(rows["period"].iloc[0])[:6]
            found.add(Exposure(block.metric, *_named(block, variable, year), *limits))
        progress(min(start + BATCH, len(groups)), len(groups))
    return sorted(found)


def shown_before(
    cells: pd.DataFrame, tiers: dict[str, str], rule: Rule, earlier: pd.DataFrame | None
) -> Iterator[Exposure]:
    """Counts that are hidden now and that an earlier edition shows, small."""
    if earlier is None:
        return
    key = [k for k in KEY if k in cells and k in earlier]
    now = cells[(cells["metric"].map(tiers) == "restricted") & (cells["status"] == "suppressed")][key]
    both = now.merge(earlier[earlier["status"] == "shown"], on=key)
    for part in PARTS:
        for row in both[both[part].between(1, rule.threshold - 1)].to_dict("records"):
            count = int(row[part])
            yield Exposure(row["metric"], row["scope"], row["area"], row["period"], count, count, is_from_earlier=True)


def known(blocks: list[Block], hidden: list[Bools], rule: Rule) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Variables of the blocks that are small for certain, with limits tighter than 1 to `threshold - 1`."""
    for k, block in enumerate(blocks):
        shown = block.is_small & (block.row >= 0) & ~np.isnan(block.value)
        yield from ((k, int(v), (int(block.value[v]), int(block.value[v]))) for v in np.flatnonzero(shown))
    views = [view(block, is_hidden) for block, is_hidden in zip(blocks, hidden, strict=True)]
    whole = programme(blocks, views)
    may_be_small = whole.is_small.copy()
    for chance in np.random.default_rng(0).uniform(size=(3, len(may_be_small))):  # spare the programmes of large counts
        may_be_small &= whole.reach(chance, np.zeros(len(chance)))[0] < rule.threshold - SLACK
    above = {s.column: s.reached for s in unreached(whole, may_be_small, -1, 0)}
    wanted = np.isin(np.arange(len(whole.variable)), list(above))
    for stuck in unreached(whole, wanted, 1, rule.threshold):
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
