"""What hangs on a protected count: rates over it, and its parts.

In: the published cells and the true numbers. Out: the same rows, hidden where they would tell what the cells hide.

A rate over a restricted count is hidden wherever that count is. The parts of a restricted count are published for the
nation by fiscal year under one scope, so they tie to one total and to nothing else: small parts are hidden, and then
the smallest of the rest, until what is hidden adds up to enough that each hidden part can be anything from one to
`threshold - 1` with the others at one or more: a part of none is shown. Where the total is so small that this cannot be
if each of its parts is one or more, all of them are hidden, those of none too: then none is known to be one or more.
Where the total is hidden, or was hidden so that it can be told, so are the parts.

A median of restricted days over public records is hidden where it rests on few: how many they are anybody may know.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from transforms.disclosure.block import Bools, Floats
from transforms.disclosure.rule import Exposure, Rule

NUMBERS = ["numerator", "denominator", "value", "lower", "upper"]
CELL = ["source", "scope", "area", "period"]


def follow(shown: pd.DataFrame, bases: dict[str, str]) -> pd.DataFrame:
    """Hide the rows of each metric in `bases` where the count that it divides by is hidden."""
    hidden = shown[shown["status"] == "suppressed"]
    for metric, base in bases.items():
        gone = pd.MultiIndex.from_frame(hidden.loc[hidden["metric"] == base, CELL])
        ours = shown.index[shown["metric"] == metric]
        must = ours[pd.MultiIndex.from_frame(shown.loc[ours, CELL]).isin(gone)]
        shown = _hide(shown, must)
    return shown


def without_few(shown: pd.DataFrame, metrics: Sequence[str], rule: Rule) -> pd.DataFrame:
    """Hide the rows of these metrics that rest on fewer records than the threshold."""
    few = shown["metric"].isin(metrics) & shown["denominator"].between(1, rule.threshold - 1)
    return _hide(shown, shown.index[few])


def protect_parts(
    parts: pd.DataFrame,
    shown: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    earlier: Sequence[tuple[pd.DataFrame, pd.DataFrame]] = (),
) -> pd.DataFrame:
    """Hide what must not leave of the parts of restricted counts; parts of public-docket metrics pass.

    `earlier` holds parts and cells of every edition released before: what one hid stays hidden until the total has
    grown by so much that the part can have been anything small.
    """
    totals = _totals(shown)
    before = [(one.set_index("id")["status"], _totals(cells)) for one, cells in earlier if len(one)]
    must: list[int] = []
    for total, group in _groups(parts, tiers):
        kept = np.zeros(len(group), dtype=bool)
        for status, were in before:
            was_hidden = status.reindex(group["id"]).eq("suppressed").to_numpy()
            has_not_grown = not totals.get(total, np.nan) - were.get(total, np.nan) >= rule.threshold - 1
            kept |= was_hidden & (total in were) & has_not_grown
        counts = group["numerator"].to_numpy(float)
        kept &= counts > 0
        must += list(
            group.index[hidden_parts(counts, kept, rule) if total in totals else np.ones(len(group), dtype=bool)]
        )
    return _hide(parts, pd.Index(must))


def attack_parts(
    parts: pd.DataFrame,
    cells: pd.DataFrame,
    tiers: dict[str, str],
    rule: Rule,
    last: tuple[pd.DataFrame, pd.DataFrame] | None = None,
) -> list[Exposure]:
    """Small parts that the published tables give away, alone or with parts and cells of the last release."""
    totals = _totals(cells)
    were, then = (_totals(last[1]), last[0].set_index("id")["numerator"]) if last and len(last[0]) else ({}, None)
    found = []
    for total, group in _groups(parts, tiers):
        now = group["numerator"].to_numpy(float)
        was = np.full(len(now), np.nan) if then is None else then.reindex(group["id"]).to_numpy(float)
        names = [
            (str(r.metric), f"{r.scope}:{r.split}={r.part}", str(r.area), str(r.period)) for r in group.itertuples()
        ]
        found += [Exposure(*n, int(x), int(x)) for n, x in zip(names, now, strict=True) if rule.is_small(x)]
        for i, least, most in _told(now, totals.get(total), was, were.get(total), rule):
            if least >= 1 and most < rule.threshold and (least, most) != (1, rule.threshold - 1):
                found.append(Exposure(*names[i], least, most))
    return found


def _told(
    now: Floats, total: float | None, was: Floats, before: float | None, rule: Rule
) -> Iterator[tuple[int, int, int]]:
    """Place, least and greatest of each hidden part of today and of the last release; parts only grow."""
    if total is None:
        return
    grown = total - before if before is not None else np.nan
    if not grown >= 0 or (now < was).any():  # the last release says nothing of today, or a record was taken back
        yield from limits(now, total, _least(now, total, rule), np.full(len(now), np.inf))
        return
    low, low_then = _least(now, total, rule), _least(was, total - grown, rule)
    yield from limits(now, total, np.fmax(was, low), np.nan_to_num(was + grown, nan=np.inf))
    yield from limits(was, total - grown, np.fmax(now - grown, low_then), np.nan_to_num(now, nan=np.inf))


def _groups(parts: pd.DataFrame, tiers: dict[str, str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The parts of each restricted count by each split, with the ID of the count."""
    restricted = parts[parts["metric"].map(tiers) == "restricted"]
    for (source, metric, scope, area, period, _), group in restricted.groupby(
        ["source", "metric", "scope", "area", "period", "split"], sort=True
    ):
        yield f"{source}/{metric}/{scope}/{area}/{str(period).replace(' ', '')}", group


def _totals(cells: pd.DataFrame) -> dict[str, float]:
    """Shown counts by ID."""
    shown = cells[cells["status"] == "shown"]
    return dict(zip(shown["id"], shown["numerator"].astype(float), strict=True))


def limits(values: Floats, total: float, low: Floats, high: Floats) -> Iterator[tuple[int, int, int]]:
    """Least and greatest of each hidden part: its own limits, and what the others leave of what is hidden."""
    hidden = np.isnan(values)
    left = total - values[~hidden].sum()
    low, high = np.maximum(low[hidden], 0), np.minimum(high[hidden], left)
    least = np.maximum(low, left - (high.sum() - high))
    most = np.minimum(high, left - (low.sum() - low))
    yield from ((int(i), int(a), int(b)) for i, a, b in zip(np.flatnonzero(hidden), least, most, strict=True))


def hidden_parts(counts: Floats, kept: Bools, rule: Rule) -> Bools:
    """Which parts of a known total to hide, `kept` among them; all of them where they cannot hide each other."""
    hidden = kept | (counts >= 1) & (counts < rule.threshold)
    if not hidden.any():
        return hidden
    if _is_tight(counts.sum(), len(counts), rule):
        return np.ones(len(counts), dtype=bool)
    for place in (p for p in np.argsort(counts, kind="stable") if counts[p] >= rule.threshold):
        if hidden.sum() >= 2 and counts[hidden].sum() - hidden.sum() >= rule.threshold - 2:
            break
        hidden[place] = True
    return hidden


def _is_tight(total: float, n: int, rule: Rule) -> bool:
    """Whether a total leaves too little for a part of `threshold - 1` beside the others, each of one or more."""
    return total - n < rule.threshold - 2


def _least(values: Floats, total: float, rule: Rule) -> Floats:
    """What each hidden part is at least: one, where parts of none are shown."""
    return np.full(len(values), float(not (np.isnan(values).all() and _is_tight(total, len(values), rule))))


def _hide(frame: pd.DataFrame, rows: "pd.Index[Any]") -> pd.DataFrame:
    frame = frame.copy()
    frame.loc[rows, NUMBERS] = np.nan
    frame.loc[rows, "status"] = "suppressed"
    return frame
