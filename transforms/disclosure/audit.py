"""The attacker: what anybody can work out about a hidden count from all that is published.

In: blocks, and which of their rows are hidden. Out: the hidden counts whose feasible interval is too tight.

The interval of a hidden count is found by linear programmes over every table that agrees with what is published
(Willenborg & de Waal 2001, ch. 6; Hundepool et al. 2012, ch. 4). It is wide enough if it holds 1 to `threshold - 1`:
then the published figures tell no more than that it is small. One table that agrees and holds a 1, and
one that holds a 10, prove it; so one programme clears many counts, and one call of the solver takes several blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from transforms.disclosure.block import Block, Bools, Floats, Ints
from transforms.disclosure.cuts import SLACK, Tight, cut_of
from transforms.disclosure.solver import Tables
from transforms.disclosure.view import View


@dataclass(frozen=True)
class Stuck:
    """A column that cannot reach its target, how far it gets, and the multipliers of the sums that hold it."""

    column: int
    reached: float
    sums: Ints
    multipliers: Floats


@dataclass(frozen=True)
class Programme:
    """Unknown variables of several blocks: `matrix @ x == constant`, `x >= lower`; components are not tied."""

    matrix: sp.csr_matrix
    constant: Floats
    lower: Floats
    is_small: Bools
    component: Ints
    owner: Ints  # of each column: the block, and the variable in it
    variable: Ints
    row_sum: Ints  # of each row: the sum in its block

    def tables(self) -> Tables:
        """The tables that agree with it. High counts are looked for above `lower`, low ones from zero."""
        return Tables(self.matrix, self.constant, self.lower)

    def only(self, columns: Bools) -> "Programme":
        """Some components alone."""
        part = self.matrix[:, columns]
        rows = np.diff(part.indptr) > 0
        return Programme(
            matrix=part[rows],
            constant=self.constant[rows],
            lower=self.lower[columns],
            is_small=self.is_small[columns],
            component=self.component[columns],
            owner=self.owner[columns],
            variable=self.variable[columns],
            row_sum=self.row_sum[rows],
        )


def programme(blocks: Sequence[Block], views: Sequence[View]) -> Programme:
    """One programme for several blocks, without the components that hold nothing small."""
    ties, constants, frees, rows = [], [], [], []
    for block, seen in zip(blocks, views, strict=True):
        is_free = seen.kept & seen.is_unknown
        is_seen = block.touched @ seen.is_unseen == 0
        known = np.where(seen.kept & ~seen.is_unknown, seen.value, 0.0)
        rows.append(np.flatnonzero(is_seen & (block.touched @ is_free > 0)))
        frees.append(np.flatnonzero(is_free))
        ties.append(block.sums[rows[-1]][:, frees[-1]])
        constants.append(-(block.sums @ known)[rows[-1]])
    matrix = sp.csr_matrix(sp.block_diag(ties))
    _, component = sp.csgraph.connected_components(abs(matrix).T @ abs(matrix), directed=False)
    is_small = np.concatenate([v.is_small[f] for v, f in zip(views, frees, strict=True)])
    made = Programme(
        matrix=matrix,
        constant=np.concatenate(constants),
        lower=np.concatenate([v.lower[f] for v, f in zip(views, frees, strict=True)]),
        is_small=is_small,
        component=component.astype(np.int64),
        owner=np.repeat(np.arange(len(frees)), [len(f) for f in frees]),
        variable=np.concatenate(frees),
        row_sum=np.concatenate(rows),
    )
    return made.only(np.isin(component, component[is_small]))


def unreached(
    whole: Programme, tables: Tables, wanted: Bools, sign: int, target: float, most: int = 10**9
) -> list[Stuck]:
    """Wanted columns that cannot reach the target from its side in any of the tables; `most` of each component."""
    found: list[Stuck] = []
    left, n_stuck = wanted.copy(), np.zeros(whole.component.max(initial=0) + 1, dtype=int)
    chance = np.random.default_rng(0)
    while left.any():
        aims = np.flatnonzero(left)
        aims = aims[np.unique(whole.component[aims], return_index=True)[1]]
        table, _ = tables.reach(sign * (_at(aims, left) + 1e-3 * left * chance.uniform(size=len(left))))
        reached = sign * table > sign * target - SLACK
        short = aims[~reached[aims]]
        if len(short):
            best, multipliers = tables.reach(sign * _at(short, left))
            reached |= sign * best > sign * target - SLACK
            found += [_stuck(whole, int(aim), best, multipliers) for aim in short[~reached[short]]]
            np.add.at(n_stuck, whole.component[short[~reached[short]]], 1)
        left &= ~reached & (n_stuck[whole.component] < most)
        left[aims] = False
    return found


def _at(places: Ints, like: Bools) -> Floats:
    goal = np.zeros(len(like))
    goal[places] = 1.0
    return goal


def _stuck(whole: Programme, aim: int, best: Floats, multipliers: Floats) -> Stuck:
    first = whole.matrix.indices[whole.matrix.indptr[:-1]]
    own = whole.component[first] == whole.component[aim]
    return Stuck(aim, float(best[aim]), whole.row_sum[own], multipliers[own])


def audit(
    blocks: Sequence[Block], views: Sequence[View], n_rows: Sequence[int], threshold: int, most: int
) -> list[list[Tight]]:
    """Of each block the small counts whose interval does not hold 1 to `threshold - 1`."""
    whole = programme(blocks, views)
    tables = whole.tables()
    found: list[list[Tight]] = [[] for _ in blocks]
    for sign, target in ((1, threshold - 1), (-1, 1)):
        tables = tables if sign > 0 else tables.from_zero()
        for stuck in unreached(whole, tables, whole.is_small, sign, target, most):
            k, variable = int(whole.owner[stuck.column]), int(whole.variable[stuck.column])
            missing = float(sign * (target - blocks[k].value[variable]))
            multipliers = _spread(blocks[k], views[k], stuck)
            cut = cut_of(blocks[k], multipliers, variable, sign, missing, n_rows[k])
            found[k].append(Tight(variable, stuck.reached, cut))
    return found


def _spread(block: Block, seen: View, stuck: Stuck) -> Floats:
    """Multipliers of all sums: those of folded districts are those of the one that stands for them."""
    spread = np.zeros(block.sums.shape[0])
    spread[stuck.sums] = stuck.multipliers
    n_areas, n_periods = block.shape[1:]
    years = block.n_scopes * n_areas
    nests = (block.shape[0] - block.n_scopes) * n_areas * n_periods
    by_area = spread[:years].reshape(block.n_scopes, n_areas)
    by_nest = spread[len(spread) - nests :].reshape(-1, n_areas, n_periods)
    by_area[:] = by_area[:, seen.stands_for]
    by_nest[:] = by_nest[:, seen.stands_for]
    return spread
