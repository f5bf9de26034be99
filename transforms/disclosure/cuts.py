"""Cuts: why an interval is too tight, said as what hiding each row would add to it.

In: a block, what is hidden, and multipliers of its sums. Out: `Tight`, for the integer programme.
"""

from dataclasses import dataclass

import numpy as np

from transforms.disclosure.block import LATENT, Block, Bools, Floats, Ints
from transforms.disclosure.view import unknown

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


def cut_of(block: Block, multipliers: Floats, aim: int, sign: int, missing: float, n_rows: int) -> Floats:
    """The dual of the attacker's programme, read as what each row would add (Fischetti & Salazar 2001).

    For any multipliers the way from the true count to the limit is at most the sum over hidden variables of what they
    may move times their reduced cost; so that sum must be no less than what is missing.
    """
    pull = block.by_variable @ multipliers
    pull[aim] += sign
    fall = np.minimum(np.maximum(-pull, 0) * (block.value - block.lower * (sign > 0)), missing)
    gain = np.where(block.is_known, 0.0, np.where(pull > SLACK, missing, fall))
    of_row = block.row >= 0
    missing -= gain[block.row == LATENT].sum()
    if missing <= SLACK:
        return np.zeros(n_rows)
    return np.minimum(np.bincount(block.row[of_row], weights=gain[of_row], minlength=n_rows) / missing, 1.0)


def glance(block: Block, is_hidden: Bools, threshold: int, skip: set[int]) -> list[Tight]:
    """What one sum alone gives away, the worst of each sum: most of what there is to find, without a programme."""
    hidden = unknown(block, is_hidden)
    is_aim = hidden & block.is_small
    is_aim[list(skip)] = False
    at, of, sign_of = block.entries
    side = (sign_of > 0).astype(np.int64)
    found = []
    for sign, target in ((1, threshold - 1), (-1, 1)):
        down = np.where(hidden, block.value - block.lower * (sign > 0), 0.0)
        missing = sign * (target - block.value)
        free, room = (_by_side(at, side, x[of], block.sums.shape[0]) for x in (hidden.astype(float), down))
        with_it = side if sign > 0 else 1 - side  # the side whose counts must fall when the aim moves
        rises = free[1 - with_it, at] - (0 if sign > 0 else hidden[of])
        short = missing[of] - room[with_it, at] + (down[of] if sign > 0 else 0)
        fails = np.flatnonzero(is_aim[of] & (rises < 1) & (short > SLACK))
        worst = fails[np.lexsort((of[fails], -short[fails], at[fails]))]
        for e in worst[np.unique(at[worst], return_index=True)[1]]:
            multipliers = np.zeros(block.sums.shape[0])
            multipliers[at[e]] = -sign * sign_of[e]
            reached = block.value[of[e]] + sign * (missing[of[e]] - short[e])
            cut = cut_of(block, multipliers, int(of[e]), sign, float(missing[of[e]]), len(is_hidden))
            found.append(Tight(int(of[e]), float(reached), cut))
    return found


def _by_side(at: Ints, side: Ints, x: Floats, n: int) -> Floats:
    """Sums of `x` over the negative and the positive entries of each sum."""
    return np.stack([np.bincount(at, weights=x * (side == s), minlength=n) for s in (0, 1)])
