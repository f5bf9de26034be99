"""Which rows to hide besides the small ones, so that nothing published narrows the small ones down.

In: a block, what must be hidden and what hiding costs. Out: what is hidden, and what no pattern can guard.

An integer programme chooses the cheapest rows that meet all cuts; the attacker answers with new cuts; until it finds
nothing (Fischetti & Salazar 2001, solved by SciPy's HiGHS). Limits are counts of rounds and nodes, never seconds, so
that the same table always gives the same pattern. Past them rows are added one by one, which also always ends.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from transforms.disclosure.audit import Tight, audit, glance
from transforms.disclosure.block import Block, Bools, Floats

ROUNDS, NODES, MOST = 25, 500, 12


def suppress(block: Block, must: Bools, cost: Floats, threshold: int) -> tuple[Bools, list[Tight]]:
    """The cheapest pattern that the attacker cannot break, and the counts that none can guard."""
    hidden, cuts, lost = must.copy(), [], {}
    for with_latent in (False, True):
        for turn in range(10**6):
            found = glance(block, hidden, threshold, set(lost))
            found = found or audit(block, hidden, threshold, set(lost), with_latent=with_latent, most=MOST)
            if not found:
                break
            lost |= {t.variable: t for t in found if not t.cut.any()}
            cuts += [t.cut for t in found if t.cut.any()]
            if cuts:
                hidden = _cheapest(np.array(cuts), must, cost) if turn < ROUNDS else _more(np.array(cuts), hidden, cost)
    return hidden, list(lost.values())


def _cheapest(cuts: Floats, must: Bools, cost: Floats) -> Bools:
    """The cheapest rows that meet all cuts."""
    free = ~must & cuts.any(axis=0)
    needed = 1 - cuts[:, must].sum(axis=1)
    found = milp(
        cost[free],
        constraints=LinearConstraint(cuts[:, free], lb=np.minimum(needed, cuts[:, free].sum(axis=1))),
        bounds=Bounds(0, 1),
        integrality=np.ones(int(free.sum())),
        options={"node_limit": NODES, "mip_rel_gap": 1e-3},
    )
    if found.x is None:
        return _more(cuts, must, cost)
    hidden = must.copy()
    hidden[free] = found.x > 0.5
    return hidden


def _more(cuts: Floats, hidden: Bools, cost: Floats) -> Bools:
    """Add rows until all cuts are met: each time the one that gives most for what it costs."""
    hidden = hidden.copy()
    for cut in cuts:
        while cut[hidden].sum() < 1 - 1e-6 and (cut[~hidden] > 0).any():
            hidden[np.argmax(np.where(hidden, 0, cut / cost))] = True
    return hidden
