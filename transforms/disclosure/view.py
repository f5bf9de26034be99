"""A block as one attacker sees it: what is unknown, with districts that nothing tells apart folded into one.

In: a block and which of its rows are hidden. Out: `View`.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from transforms.disclosure.block import Block, Bools, Floats, Ints


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


def view(block: Block, is_hidden: Bools, lost: Collection[int] = (), *, with_latent: bool = True) -> View:
    """Fold districts that nothing published tells apart: one of them stays, the others become one.

    Their intervals are the same, since swapping two of them changes nothing that is published; and any table for the
    sum of the others can be shared out evenly among them. So the fold loses nothing. Nor does anything tell apart what
    hiding would do for them, so where the one that stays is `lost`, so are they.
    """
    hidden = unknown(block, is_hidden)
    areas = block.shape[1]
    shown = np.where(hidden, block.lower, np.nan_to_num(block.value))
    face = np.stack([hidden, block.is_known, shown]).reshape(3, *block.shape)
    classes: dict[bytes, list[int]] = {}
    is_leaf = ~np.isin(np.arange(areas), block.parents)
    faces = np.column_stack([np.moveaxis(face, 2, 0).reshape(areas, -1), block.parents])
    for area in np.flatnonzero(is_leaf).tolist():
        classes.setdefault(faces[area].tobytes(), []).append(area)
    stands_for, twin = np.arange(areas), np.arange(areas)
    for members in classes.values():
        twin[members] = members[0]
        stands_for[members[1:]] = members[1] if len(members) > 1 else members[0]
    is_lost = np.isin(np.arange(len(hidden)), list(lost)).reshape(block.shape)
    small = block.is_small.reshape(block.shape) & ~is_lost
    for members in classes.values():
        small[:, members[0]] = small[:, members].any(axis=1) & ~is_lost[:, members[0]]
        small[:, members[1:]] = False
    kept = np.broadcast_to((stands_for == np.arange(areas))[None, :, None], block.shape).copy()
    value, lower = (_folded(x.reshape(block.shape), stands_for) for x in (np.nan_to_num(block.value), block.lower))
    is_kept = kept.ravel() & (with_latent | ~block.is_deep)
    is_unseen = block.is_deep & (not with_latent)
    return View(is_kept, hidden, value, lower, small.ravel() & hidden & is_kept, is_unseen, stands_for, twin)


def _folded(x: Floats, stands_for: Ints) -> Floats:
    found = np.zeros(x.shape)
    np.add.at(np.moveaxis(found, 1, 0), stands_for, np.moveaxis(x, 1, 0))
    return found.ravel()
