"""Attack a published table as a stranger would: with nothing but the table.

In: the published `cells`. Out: every count that is certain to be small and is known more closely than "not shown".
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from transforms.disclosure.audit import programme, unreached
from transforms.disclosure.block import Block, Bools
from transforms.disclosure.cuts import SLACK
from transforms.disclosure.protection import Progress, split, systems, told
from transforms.disclosure.rule import Exposure, Rule
from transforms.disclosure.view import view


def attack(
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    group_of: Callable[[str], str],
    progress: Progress = lambda done, of: None,
) -> list[Exposure]:
    """Small counts of restricted metrics that the published table gives away, in order."""
    found: set[Exposure] = set()
    blocks = list(split(told(cells, None), tiers))
    for done, (_, rows) in enumerate(blocks):
        is_hidden = (rows["status"] == "suppressed").to_numpy()
        for _, block in systems(rows, rule, group_of):
            year = str(rows["period"].iloc[0])[:6]
            for variable, limits in known(block, is_hidden, rule):
                found.add(Exposure(block.metric, *_named(block, variable, year), *limits))
        progress(done + 1, len(blocks))
    return sorted(found)


def known(block: Block, is_hidden: Bools, rule: Rule) -> Iterator[tuple[int, tuple[int, int]]]:
    """Variables that are small for certain, with limits tighter than 1 to `threshold - 1`."""
    shown = block.is_small & (block.row >= 0) & ~np.isnan(block.value)
    yield from ((int(v), (int(block.value[v]), int(block.value[v]))) for v in np.flatnonzero(shown))
    seen = view(block, is_hidden)
    whole = programme([block], [seen])
    above = {s.column: s.reached for s in unreached(whole, whole.is_small, -1, 0)}
    wanted = np.isin(np.arange(len(whole.variable)), list(above))
    for stuck in unreached(whole, wanted, 1, rule.threshold):
        limits = int(np.ceil(above[stuck.column] - SLACK)), int(np.floor(stuck.reached + SLACK))
        if limits != (1, rule.threshold - 1):
            yield from ((v, limits) for v in _twins(block, int(whole.variable[stuck.column]), seen.twin))


def _twins(block: Block, variable: int, twin: np.ndarray) -> list[int]:
    """The variables that the fold made one with this one."""
    layer, area, period = np.unravel_index(variable, block.shape)
    same = np.flatnonzero(twin == area) if twin[area] == area else [area]
    return [int(np.ravel_multi_index((layer, a, period), block.shape)) for a in same]


def _named(block: Block, variable: int, year: str) -> tuple[str, str, str]:
    scope, area, period = block.labels[variable]
    return scope, area, year if period == "fy" else f"{year} {period}"
