"""Which rows to hide besides the small ones, so that nothing published narrows the small ones down.

In: a block, what must be hidden and what hiding costs. Out: what is hidden, and what no pattern can guard.

An integer programme chooses the cheapest rows that meet all cuts; the attacker answers with new cuts; until it finds
nothing (Fischetti & Salazar 2001, solved by HiGHS). Limits are counts of cuts and nodes, never seconds, so that the
same table always gives the same pattern. Past them rows are added one by one, which also always ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sources.errors import DefinitionError
from transforms.disclosure.audit import audit
from transforms.disclosure.block import Block, Bools, Floats
from transforms.disclosure.cuts import Tight, glance
from transforms.disclosure.solver import cheapest
from transforms.disclosure.view import View, view

ENOUGH, MOST = 150, 12


@dataclass
class Search:
    """The way to a pattern of one block."""

    block: Block
    must: Bools
    cost: Floats
    hidden: Bools
    cuts: list[Floats] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)  # what no pattern can guard
    is_deep: bool = False  # the attacker uses the levels that are never published, too
    is_done: bool = False

    def seen(self) -> View:
        """What the attacker sees of it."""
        return view(self.block, self.hidden, self.lost, with_latent=self.is_deep)

    def answer(self, found: list[Tight]) -> None:
        """Meet new cuts by a new pattern; or, if there are none, go on to the sharper attacker, then end.

        Every answer adds a cut, hides a row or loses a count, and there are only so many of each: so it ends.
        """
        if found and self.lost.issuperset(t.variable for t in found):
            raise DefinitionError(f"disclosure: {self.block.metric}: the attacker finds nothing but what is lost.")
        self.is_done, self.is_deep = self.is_deep and not found, self.is_deep or not found
        helps = [t for t in found if t.cut.any()]
        self.lost |= {t.variable for t in found if not t.cut.any()}
        if helps:
            self.cuts += [t.cut for t in helps]
            before, all_cuts = self.hidden, np.array(self.cuts)
            is_early = len(self.cuts) < ENOUGH
            self.hidden = _cheapest(all_cuts, self.must, self.cost) if is_early else _more(all_cuts, before, self.cost)
            if (self.hidden == before).all():  # the cut is met and yet the count is not safe: a matter of rounding
                self.hidden = before | np.array([t.cut > 0 for t in helps]).any(axis=0)
                self.lost |= {t.variable for t in helps} if (self.hidden == before).all() else set()


def suppress(searches: Sequence[Search], threshold: int) -> None:
    """Find for each block the cheapest pattern that the attacker cannot break."""
    while active := [s for s in searches if not s.is_done]:
        found = {id(s): glance(s.block, s.hidden, threshold, s.lost) for s in active}
        asked = [s for s in active if not found[id(s)]]
        if asked:
            blocks, n_rows = [s.block for s in asked], [len(s.hidden) for s in asked]
            answers = audit(blocks, [s.seen() for s in asked], n_rows, threshold, MOST)
            found |= {id(s): answer for s, answer in zip(asked, answers, strict=True)}
        for s in active:
            s.answer(found[id(s)])


def _cheapest(cuts: Floats, must: Bools, cost: Floats) -> Bools:
    """The cheapest rows that meet all cuts."""
    free = ~must & cuts.any(axis=0)
    needed = 1 - cuts[:, must].sum(axis=1)
    chosen = cheapest(cost[free], cuts[:, free], np.minimum(needed, cuts[:, free].sum(axis=1)))
    if chosen is None:
        return _more(cuts, must, cost)
    hidden = must.copy()
    hidden[free] = chosen
    return hidden


def _more(cuts: Floats, hidden: Bools, cost: Floats) -> Bools:
    """Add rows until all cuts are met: each time the one that gives most for what it costs."""
    hidden = hidden.copy()
    for cut in cuts:
        while cut[hidden].sum() < 1 - 1e-6 and (cut[~hidden] > 0).any():
            hidden[np.argmax(np.where(hidden, 0, cut / cost))] = True
    return hidden
