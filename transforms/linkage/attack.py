"""The attacker of the tables of links: what a reader of one edition works out by sums and differences.

In: published tables `links`, `disagreement`, `linked`, `relinks` and `cells`, and the rule. Out: the counts that they
give away (docs/decisions/0006).
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from transforms.disclosure import Exposure, Rule, limits
from transforms.linkage.guard import AGENCY, over_hidden_year, small
from transforms.linkage.plan import thresholds

COUNTS = {"links": ["n"], "disagreement": ["n_compared", "n_differ"], "linked": ["denominator", "numerator"],
          "relinks": ["n"]}  # fmt: skip
NAMES = {"links": [*AGENCY, "pass"], "disagreement": [*AGENCY, "field"], "linked": ["measure", "threshold", "period"],
         "relinks": [*AGENCY, "kind"]}  # fmt: skip


def exposed(tables: dict[str, pd.DataFrame], cells: pd.DataFrame, rule: Rule) -> list[Exposure]:
    """Small counts that the tables give away by themselves, with each other or with the cells."""
    found = [exposure for table in COUNTS if table in tables for exposure in _small(table, tables[table], rule)]
    if "links" in tables and "disagreement" in tables:
        fields = dict(list(tables["disagreement"].dropna(subset="n_compared").groupby(AGENCY)))
        for key, passes in tables["links"].groupby(AGENCY):
            found += _passes(passes, fields.get(key), rule)
            found += _fields(passes, fields.get(key), rule)
    if "linked" in tables:
        shown = tables["linked"].dropna(subset="numerator")
        over = shown[over_hidden_year(shown, cells)]
        found += [_named("linked", row, 0, row["numerator"]) for _, row in over.iterrows()]
    return sorted(set(found))


def _small(table: str, frame: pd.DataFrame, rule: Rule) -> Iterator[Exposure]:
    """Counts, and what one leaves over of the other."""
    counts = [frame[name] for name in COUNTS[table]]
    for count in [*counts, *([counts[0] - counts[1]] if len(counts) > 1 else [])]:
        is_small = small(count, rule.threshold)
        for (_, row), n in zip(frame[is_small].iterrows(), count[is_small], strict=True):
            yield _named(table, row, n, n)


def _passes(passes: pd.DataFrame, fields: pd.DataFrame | None, rule: Rule) -> Iterator[Exposure]:
    """Hidden passes, by the field that most pairs tell, which is taken for told in every pair, and by recalls."""
    counts, most = passes["n"].to_numpy(float), _expected_in_hidden(passes)
    told: Iterable[tuple[int, float, float]] = ((int(place), 0, most) for place in np.flatnonzero(np.isnan(counts)))
    if fields is not None:
        told = limits(counts, fields["n_compared"].max(), np.zeros(len(counts)), np.full(len(counts), most))
    for place, least, highest in told:
        if highest < rule.threshold - 1 or (least > 1 and highest < rule.threshold):
            yield _named("links", passes.iloc[place], least, highest)


def _expected_in_hidden(passes: pd.DataFrame) -> float:
    """How many links can be in hidden passes: each has the middle threshold's probability or more."""
    told = passes[passes["recall"].gt(0) & passes["n"].gt(0)]
    expected = (told["n"] * told["precision"] / told["recall"]).max()
    rest = 1 - passes["recall"].sum()
    return float(np.floor(expected * rest / thresholds()["middle"])) if len(told) else np.inf


def _fields(passes: pd.DataFrame, fields: pd.DataFrame | None, rule: Rule) -> Iterator[Exposure]:
    """Pairs that do not tell a field: of all that are linked, or of those that tell another one."""
    totals = [] if passes["n"].isna().any() else [passes["n"].sum()]
    for _, row in (pd.DataFrame() if fields is None else fields).iterrows():
        left = [abs(total - row["n_compared"]) for total in totals]
        yield from (_named("disagreement", row, n, n) for n in left if rule.is_small(n))
        totals.append(row["n_compared"])


def _named(table: str, row: "pd.Series[Any]", least: float, most: float) -> Exposure:
    first, second, third = (str(row[name]) for name in NAMES[table])
    names = (first, second, "ALL", third) if table == "linked" else (table, first, second, third)
    return Exposure(*names, int(least), int(most))
