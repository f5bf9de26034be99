"""Comparison groups by rule, and how alike each is to the sites before the start.

In: a panel whose units are districts, and the circuit of each. Out: masks of units, and the balance table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.panel import Panel

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
NEAREST = 3


def groups(panel: Panel, circuits: dict[str, str]) -> dict[str, Bools]:
    """Units to keep (sites included) under each rule."""
    of = np.array([circuits.get(u, "") for u in panel.units])
    same = np.isin(of, list(set(of[panel.ever])))
    return {"all": np.ones(len(of), dtype=bool), "same_circuit": panel.ever | same, "matched": matched(panel)}


def before(panel: Panel, first: int | None = None) -> dict[str, Floats]:
    """What each unit was like before a start (the first, unless told): level, trend, share of zero years, last change.

    The last change is that of the two years before the start from those before them.
    """
    first = int(panel.start.min()) if first is None else first
    early = panel.y[:, :first]
    half = max(1, first // 2)
    old, new = early[:, :half].mean(axis=1), early[:, -half:].mean(axis=1)
    last = early[:, -min(2, first) :].mean(axis=1)
    prior = early[:, : max(1, first - 2)].mean(axis=1)
    return {
        "events a year before": early.mean(axis=1),
        "log level before": np.log(early.mean(axis=1) + 0.5),
        "log growth before": np.log((new + 0.5) / (old + 0.5)),
        "share of years with none": (early == 0).mean(axis=1),
        "log change into the start": np.log((last + 0.5) / (prior + 0.5)),
    }


def matched(panel: Panel, nearest: int = NEAREST) -> Bools:
    """The sites with their nearest neighbours in level and growth before the start."""
    known = before(panel)
    x = np.column_stack([known["log level before"], known["log growth before"]])
    x = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)
    keep, others = panel.ever.copy(), np.flatnonzero(~panel.ever)
    for site in np.flatnonzero(panel.ever):
        far = ((x[others] - x[site]) ** 2).sum(axis=1)
        keep[others[np.argsort(far, kind="stable")[:nearest]]] = True
    return keep


def balance(panel: Panel, kept: dict[str, Bools]) -> list[dict[str, Any]]:
    """Means of sites and of each comparison group, with the difference in standard deviations."""
    rows = []
    for name, mask in kept.items():
        others = mask & ~panel.ever
        for variable, x in before(panel).items():
            here, there = x[panel.ever], x[others]
            spread = np.sqrt((here.var(ddof=1) + there.var(ddof=1)) / 2) if min(len(here), len(there)) > 1 else np.nan
            gap = float(here.mean() - there.mean()) if len(there) else None
            rows.append({
                "group": name, "variable": variable, "sites": float(here.mean()),
                "comparison": float(there.mean()) if len(there) else None,
                "standardised_difference": gap / float(spread) if gap is not None and spread > 0 else None,
                "n_sites": len(here), "n_comparison": len(there),
            })  # fmt: skip
    return rows


def regression_to_the_mean(panel: Panel) -> dict[str, Any]:
    """Where the sites' last change before their own start ranks among all districts: high invites a fall afterwards."""
    ranks = []
    for g in panel.cohorts:
        change = before(panel, g)["log change into the start"]
        ranks += [(change < c).mean() + (change == c).mean() / 2 for c in change[panel.start == g]]
    rank = np.array(ranks)
    return {"mean_rank": float(rank.mean()), "n_in_top_quarter": int((rank > 0.75).sum()), "n_sites": len(rank)}
