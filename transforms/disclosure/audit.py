"""The attacker: what anybody can work out about a hidden count from all that is published.

In: a block and which of its variables are hidden. Out: the hidden counts whose feasible interval is too tight, each
with the reason as a cut: which rows, hidden too, would widen it.

The interval of a hidden count is found by linear programmes over every table that agrees with what is published
(Willenborg & de Waal 2001, ch. 6; Hundepool et al. 2012, ch. 4). It is wide enough if it holds 1 to `threshold - 1`:
then the published figures tell no more than the words "not shown (under 11)". One table that agrees and holds a 1, and
one that holds a 10, prove it, so one programme clears many counts.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from transforms.disclosure.block import LATENT, Block, Bools, Floats, Ints

SLACK = 1e-6


@dataclass(frozen=True)
class Tight:
    """A variable that cannot reach a limit that it should, and the cut that a better pattern must meet.

    `cut @ is_hidden >= 1` over the rows: what hiding each would add, as a share of what is missing. All zero if
    nothing helps.
    """

    variable: int
    reached: float
    cut: Floats


def unknown(block: Block, is_hidden: Bools) -> Bools:
    """Variables that a reader does not have: never published, or in a hidden row and not in an earlier edition."""
    hidden = np.append(is_hidden, [False, True])[block.row]  # ABSENT is -2 and LATENT is -1
    return hidden & ~block.is_known


@dataclass(frozen=True)
class View:
    """A block as one attacker sees it, folded: `kept` variables, and for each area the area that stands for it."""

    kept: Bools
    is_unknown: Bools
    value: Floats
    lower: Floats
    is_small: Bools
    is_unseen: Bools
    stands_for: Ints
    twin: Ints


def view(block: Block, is_hidden: Bools, *, with_latent: bool = True) -> View:
    """Fold districts that nothing published tells apart: one of them stays, the others become one.

    Their intervals are the same, since swapping two of them changes nothing that is published; and any table for the
    sum of the others can be shared out evenly among them. So the fold loses nothing.
    """
    hidden = unknown(block, is_hidden)
    areas = block.shape[1]
    face = np.stack([hidden, np.where(hidden, block.lower, block.value)]).reshape(2, *block.shape)
    classes: dict[bytes, list[int]] = {}
    is_leaf = ~np.isin(np.arange(areas), block.parents)
    for area in np.flatnonzero(is_leaf):
        key = np.append(face[:, :, area].ravel(), block.parents[area]).tobytes()
        classes.setdefault(key, []).append(int(area))
    stands_for, twin = np.arange(areas), np.arange(areas)
    for members in classes.values():
        twin[members] = members[0]
        stands_for[members[1:]] = members[1] if len(members) > 1 else members[0]
    small = block.is_small.reshape(block.shape).copy()
    for members in classes.values():
        small[:, members[0]] = small[:, members].any(axis=1)
        small[:, members[1:]] = False
    kept = np.broadcast_to((stands_for == np.arange(areas))[None, :, None], block.shape).copy()
    fold = sp.csr_matrix((np.ones(areas), (stands_for, np.arange(areas))), shape=(areas, areas))
    value, lower = (_folded(x.reshape(block.shape), fold) for x in (block.value, block.lower))
    is_kept = kept.ravel() & (with_latent | ~block.is_deep)
    is_unseen = block.is_deep & (not with_latent)
    return View(is_kept, hidden, value, lower, small.ravel() & hidden & is_kept, is_unseen, stands_for, twin)


def _folded(x: Floats, fold: sp.csr_matrix) -> Floats:
    return np.stack([fold @ layer for layer in x]).ravel()


def components(sums: sp.csr_matrix, free: Ints) -> list[Ints]:
    """Unknown variables that are tied to each other."""
    tie = abs(sums[:, free])
    n, label = sp.csgraph.connected_components(tie.T @ tie, directed=False)
    order = np.argsort(label, kind="stable")
    return np.split(free[order], np.cumsum(np.bincount(label, minlength=n))[:-1])


@dataclass(frozen=True)
class Part:
    """One component as a linear programme: `matrix @ x == constant`, `x >= lower`."""

    block: Block
    free: Ints
    rows: Ints
    matrix: sp.csr_matrix
    constant: Floats
    lower: Floats

    def reach(self, goal: Floats, lower: Floats) -> tuple[Floats, Floats]:
        """A table that makes `goal @ x` greatest, and the multiplier of each sum."""
        bounds = np.column_stack([lower, np.full(len(self.free), np.inf)])
        found = linprog(-goal, A_eq=self.matrix, b_eq=self.constant, bounds=bounds, method="highs")
        if found.status == 3:  # no limit: nothing published bounds it
            return np.where(goal > 0, np.inf, lower), np.zeros(len(self.rows))
        if found.status:
            raise ArithmeticError("disclosure: the published counts do not add up, so they cannot be attacked")
        return found.x, found.eqlin.marginals


def parts(block: Block, seen: View) -> list[Part]:
    """The components of what is unknown, as linear programmes."""
    columns = np.flatnonzero(seen.kept & ~seen.is_unknown)
    constant = -(block.sums[:, columns] @ seen.value[columns])
    made = []
    sums = sp.diags((abs(block.sums) @ seen.is_unseen == 0).astype(float)) @ block.sums
    for free in components(sums, np.flatnonzero(seen.kept & seen.is_unknown)):
        if not seen.is_small[free].any():
            continue
        tie = sums[:, free]
        rows = np.flatnonzero(np.diff(tie.indptr))
        made.append(Part(block, free, rows, tie[rows], constant[rows], seen.lower[free]))
    return made


def unreached(
    part: Part, wanted: Bools, sign: int, target: float, most: int = 10**9
) -> dict[int, tuple[float, Floats]]:
    """Which of the wanted variables cannot reach the target from its side: how far they get, and the multipliers."""
    left, stuck = wanted.copy(), {}
    lower = part.lower * (sign > 0)
    while left.any() and len(stuck) < most:
        aim = int(np.argmax(left))
        nudge = 1e-3 * left * np.random.default_rng(aim).uniform(size=len(left))
        table, _ = part.reach(sign * (nudge + np.eye(1, len(left), aim)[0]), lower)
        if sign * table[aim] < sign * target - SLACK:
            table, multipliers = part.reach(sign * np.eye(1, len(left), aim)[0], lower)
            if sign * table[aim] < sign * target - SLACK:
                stuck[aim] = (float(table[aim]), multipliers)
        left &= sign * table < sign * target - SLACK
        left[aim] = False
    return stuck


def audit(
    block: Block, is_hidden: Bools, threshold: int, skip: set[int], *, with_latent: bool = True, most: int = 10**9
) -> list[Tight]:
    """Small counts whose interval does not hold 1 to `threshold - 1`; at most about `most` in each component."""
    seen, found = view(block, is_hidden, with_latent=with_latent), []
    for part in parts(block, seen):
        wanted = seen.is_small[part.free] & ~np.isin(part.free, list(skip))
        for sign, target in ((1, threshold - 1), (-1, 1)):
            for aim, (reached, multipliers) in unreached(part, wanted, sign, target, most).items():
                missing = sign * (target - block.value[part.free[aim]])
                spread = _spread(block, seen, part, multipliers)
                cut = _cut(block, spread, int(part.free[aim]), sign, float(missing), len(is_hidden))
                found.append(Tight(int(part.free[aim]), reached, cut))
    return found


def _cut(block: Block, multipliers: Floats, aim: int, sign: int, missing: float, n_rows: int) -> Floats:
    """The dual of the attacker's programme, read as what each row would add (Fischetti & Salazar 2001).

    For any multipliers the way from the true count to the limit is at most the sum over hidden variables of what they
    may move times their reduced cost; so that sum must be no less than what is missing.
    """
    pull = block.sums.T @ multipliers
    pull[aim] += sign
    fall = np.minimum(np.maximum(-pull, 0) * (block.value - block.lower * (sign > 0)), missing)
    gain = np.where(block.is_known, 0.0, np.where(pull > SLACK, missing, fall))
    of_row = block.row >= 0
    missing -= gain[block.row == LATENT].sum()
    if missing <= SLACK:
        return np.zeros(n_rows)
    return np.minimum(np.bincount(block.row[of_row], weights=gain[of_row], minlength=n_rows) / missing, 1.0)


def _spread(block: Block, seen: View, part: Part, multipliers: Floats) -> Floats:
    """Multipliers of all sums: those of folded districts are those of the one that stands for them."""
    spread = np.zeros(block.sums.shape[0])
    spread[part.rows] = multipliers
    n_areas, n_periods = block.shape[1:]
    years = block.n_scopes * n_areas
    nests = (block.shape[0] - block.n_scopes) * n_areas * n_periods
    by_area = spread[:years].reshape(block.n_scopes, n_areas)
    by_nest = spread[len(spread) - nests :].reshape(-1, n_areas, n_periods)
    by_area[:] = by_area[:, seen.stands_for]
    by_nest[:] = by_nest[:, seen.stands_for]
    return spread


def glance(block: Block, is_hidden: Bools, threshold: int, skip: set[int]) -> list[Tight]:
    """What one sum alone gives away, the worst of each sum: most of what there is to find, without a programme."""
    hidden = unknown(block, is_hidden)
    is_aim = hidden & block.is_small
    is_aim[list(skip)] = False
    entry = block.sums.tocoo()
    at, of, side = entry.row, entry.col, (entry.data > 0).astype(int)
    found = []
    for sign, target in ((1, threshold - 1), (-1, 1)):
        down = np.where(hidden, block.value - block.lower * (sign > 0), 0.0)
        missing = sign * (target - block.value)
        free, room = (_by_side(at, side, x[of], block.sums.shape[0]) for x in (hidden, down))
        with_it = side if sign > 0 else 1 - side  # the side whose counts must fall when the aim moves
        rises = free[1 - with_it, at] - (0 if sign > 0 else hidden[of])
        short = missing[of] - room[with_it, at] + (down[of] if sign > 0 else 0)
        fails = np.flatnonzero(is_aim[of] & (rises < 1) & (short > SLACK))
        worst = fails[np.lexsort((of[fails], -short[fails], at[fails]))]
        for e in worst[np.unique(at[worst], return_index=True)[1]]:
            multipliers = np.zeros(block.sums.shape[0])
            multipliers[at[e]] = -sign * entry.data[e]
            reached = block.value[of[e]] + sign * (missing[of[e]] - short[e])
            cut = _cut(block, multipliers, int(of[e]), sign, float(missing[of[e]]), len(is_hidden))
            found.append(Tight(int(of[e]), float(reached), cut))
    return found


def _by_side(at: Ints, side: Ints, x: Floats, n: int) -> Floats:
    """Sums of `x` over the negative and the positive entries of each sum."""
    return np.stack([np.bincount(at, weights=x * (side == s), minlength=n) for s in (0, 1)])
