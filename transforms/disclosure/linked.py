"""What hangs on a protected count: rates over it, and its parts.

In: the published cells and the true numbers. Out: the same rows, hidden where they would tell what the cells hide.

A rate over a restricted count is hidden wherever that count is. The parts of a restricted count are published for the
nation by fiscal year under one scope, so they tie to one total and to nothing else: small parts are hidden, and then
the smallest of the rest, until what is hidden adds up to enough that each hidden part can be anything from none to
`threshold - 1`. Where the total is hidden, or was hidden so that it can be told, so are the parts.
"""

from typing import Any

import numpy as np
import pandas as pd

from transforms.disclosure.block import Bools, Floats
from transforms.disclosure.rule import Rule

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


def protect_parts(parts: pd.DataFrame, shown: pd.DataFrame, tiers: dict[str, str], rule: Rule) -> pd.DataFrame:
    """Hide what must not leave of the parts of restricted counts; parts of public-docket metrics pass."""
    restricted = parts[parts["metric"].map(tiers) == "restricted"]
    known = set(shown.loc[shown["status"] == "shown", "id"])
    must: list[int] = []
    for (source, metric, scope, area, period, _), group in restricted.groupby(
        ["source", "metric", "scope", "area", "period", "split"], sort=True
    ):
        total = f"{source}/{metric}/{scope}/{area}/{str(period).replace(' ', '')}"
        counts = group["numerator"].to_numpy(float)
        must += list(group.index[_hidden(counts, rule) if total in known else np.ones(len(group), dtype=bool)])
    return _hide(parts, pd.Index(must))


def _hidden(counts: Floats, rule: Rule) -> Bools:
    """Which parts of a known total to hide; all of them where they cannot hide each other."""
    hidden = (counts >= 1) & (counts < rule.threshold)
    if not hidden.any():
        return hidden
    for place in (p for p in np.argsort(counts, kind="stable") if counts[p] >= rule.threshold):
        if hidden.sum() >= 2 and counts[hidden].sum() >= rule.threshold - 1:
            break
        hidden[place] = True
    return hidden


def _hide(frame: pd.DataFrame, rows: "pd.Index[Any]") -> pd.DataFrame:
    frame = frame.copy()
    frame.loc[rows, NUMBERS] = np.nan
    frame.loc[rows, "status"] = "suppressed"
    return frame
