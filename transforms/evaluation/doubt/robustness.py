"""The robustness table: the primary estimate again, with one choice changed at a time.

In: a panel of districts. Out: rows of check, detail, ratio, interval and p-value. What cannot be done is a labelled
gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.doubt.groups import groups
from transforms.evaluation.doubt.tested import gap, row, tested
from transforms.evaluation.estimate import Design
from transforms.evaluation.estimators.synthetic_control import simplex
from transforms.evaluation.panel import Panel
from transforms.evaluation.poisson import overall, score_of, windowed
from transforms.evaluation.refusal import PanelError

Rows = Iterator[dict[str, Any]]
PLACEBOS = 99
Floats = NDArray[np.float64]


def robustness(panel: Panel, circuits: dict[str, str], design: Design) -> Rows:
    """All checks that need only this panel."""
    yield row("primary", "all years before the start, all comparison districts", panel, tested(overall(panel), design))
    yield row("window", "5 years before, 5 years after", panel, tested(windowed(panel, 5, 5), design))
    yield row("window", "2 years before, 2 years after (as published)", panel, tested(windowed(panel, 2, 2), design))
    yield from _controls(panel, design)
    yield from _comparison(panel, circuits, design)
    yield from placebo_in_time(panel, design)
    yield from _one_out(panel, circuits, design)


def _controls(panel: Panel, design: Design) -> Rows:
    try:
        yield row("control", "never-treated districts only", panel, tested(overall(panel, never_only=True), design))
    except PanelError as error:
        yield gap("control", "never-treated districts only", error)
    for g in panel.cohorts:
        alone = panel.only((panel.start == g) | ~panel.ever)
        yield row("phase", f"sites starting FY{panel.periods[g]} only", alone, tested(overall(alone), design))


def _comparison(panel: Panel, circuits: dict[str, str], design: Design) -> Rows:
    for name, keep in groups(panel, circuits).items():
        if name == "all":
            continue
        some, detail = panel.only(keep), f"comparison districts: {name.replace('_', ' ')}"
        if some.ever.all():
            yield gap("comparison", detail, "no such district")
        else:
            yield row("comparison", detail, some, tested(overall(some), design))
    if 2 * int(panel.ever.sum()) < int((~panel.ever).sum()):
        note = f"no interval: the p-value is a rank among {PLACEBOS} draws of other sites"
        yield row("comparison", "comparison districts: synthetic mix", panel, synthetic(panel, design), note)
    else:
        yield gap("comparison", "comparison districts: synthetic mix", "too few districts to draw other sites from")


def synthetic(panel: Panel, design: Design) -> dict[str, Any]:
    """Sites of a cohort together against the mix of districts that moved most like them before the start.

    Every district is taken as a share of its own count before, so that size plays no part. The p-value is the rank of
    the ratio among draws of other districts as sites.
    """
    rng = np.random.default_rng(design.seed)
    own = _synthetic_ratio(panel.y, panel.start)
    never = panel.only(~panel.ever)
    sizes = [(g, int((panel.start == g).sum())) for g in panel.cohorts]
    drawn = []
    for _ in range(PLACEBOS):
        start, at = np.full(len(never.units), never.n_periods), 0
        order = rng.permutation(len(start))
        for g, size in sizes:
            start[order[at : at + size]] = g
            at += size
        drawn.append(abs(np.log(max(_synthetic_ratio(never.y, start), 1e-9))))
    far = sum(d >= abs(np.log(max(own, 1e-9))) - 1e-12 for d in drawn)
    return {"ratio": own, "lower": None, "upper": None, "p_value": (1 + far) / (1 + PLACEBOS)}


def _synthetic_ratio(y: Floats, start: NDArray[np.int64]) -> float:
    seen = without = 0.0
    for g in sorted({int(s) for s in start[start < y.shape[1]]}):
        others = y[start == y.shape[1]]
        others = others[others[:, :g].sum(axis=1) > 0]
        sites = y[start == g].sum(axis=0)
        before = sites[:g].sum()
        if not len(others) or not before:
            continue
        shares = others / others[:, :g].sum(axis=1, keepdims=True)
        weight = simplex(sites[:g] / before, shares[:, :g])
        seen, without = seen + sites[g:].sum(), without + float(before * (weight @ shares)[g:].sum())
    return float(seen / without) if without > 0 else 1.0


def placebo_in_time(panel: Panel, design: Design) -> Rows:
    """Starts moved three years back, with all truly treated years left out: there should be nothing to see."""
    for years in (2, 3, 4):
        moved = np.where(panel.ever, np.maximum(panel.start - years, 0), panel.start)
        if moved[panel.ever].min() < 2:
            yield gap("placebo in time", f"start {years} years early", "too few years before")
            continue
        pretend = np.arange(panel.n_periods)[None, :] >= moved[:, None]
        score = score_of(panel, pretend & ~panel.treated, ~pretend)
        yield row("placebo in time", f"start {years} years early, treated years left out", panel, tested(score, design))


def _one_out(panel: Panel, circuits: dict[str, str], design: Design) -> Rows:
    for site in np.flatnonzero(panel.ever):
        keep = np.ones(len(panel.units), dtype=bool)
        keep[site] = False
        some = panel.only(keep)
        if some.ever.any():
            yield row("leave one site out", panel.units[site], some, tested(overall(some), design))
    for circuit in sorted({circuits[u] for u in panel.units if u in circuits}):
        keep = np.array([circuits.get(u) != circuit for u in panel.units])
        some = panel.only(keep)
        if some.ever.any() and not some.ever.all():
            yield row("leave one circuit out", f"circuit {circuit}", some, tested(overall(some), design))
    for year in range(panel.n_periods):
        left = np.arange(panel.n_periods) != year
        score = score_of(panel, panel.treated & left, ~panel.treated & left)
        yield row("leave one year out", f"FY{panel.periods[year]}", panel, tested(score, design))
