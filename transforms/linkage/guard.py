"""Which counts of links may leave (docs/decisions/0006, 0007).

In: the tables of `published` with every number, and the owner's threshold. Out: the same tables, `suppressed` where a
number would tell a count from 1 to threshold - 1, by itself or with others of these tables and the cells.
"""

import numpy as np
import pandas as pd

from transforms.disclosure import Rule, hidden_parts
from transforms.linkage.plan import facts

AGENCY = ["level", "source"]


def links(found: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Passes are parts of an agency's records (`n_records`), and those without a link a part that is never shown.

    A recall tells how many links are expected in all passes, so none stands beside a hidden pass.
    """
    must = small(found["n"], threshold)
    for _, group in found.groupby(AGENCY):
        if must[group.index].any():
            counts = np.append(group["n"], group["n_records"].iloc[0] - group["n"].sum()).astype(float)
            without_link = np.arange(len(counts)) == len(group)
            must[group.index] = hidden_parts(counts, without_link, Rule(threshold=threshold))[:-1]
    no_recall = must.groupby([found[name] for name in AGENCY]).transform("any")
    return _hide(found, must, ["n", "precision"]).assign(recall=found["recall"].mask(no_recall))


def disagreement(parts: pd.DataFrame, passes: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Fields of an agency, of which `parts` has a row for each pass. Each tells the total of the passes, so none is
    shown where a pass is hidden.

    Guarded are the pairs that tell a field, those that differ, those alike, those that do not tell it, and those alike
    beside the passes in which all are; and what is left between two fields that are shown.
    """
    alike = parts["n_compared"] - parts["n_differ"]
    parts = parts.assign(alike=alike, alike_by_pass=parts["n_linked"].where(alike == parts["n_linked"], 0))
    counts = ["n_linked", "n_compared", "n_differ", "alike", "alike_by_pass"]
    found = parts.groupby([*AGENCY, "field"], sort=False)[counts].sum().query("n_compared > 0").reset_index()
    found["share"] = found["n_differ"] / found["n_compared"]
    untold, beside = found["n_linked"] - found["n_compared"], found["alike"] - found["alike_by_pass"]
    must = small_in([found["n_compared"], found["n_differ"], found["alike"], untold, beside], threshold)
    gone = pd.MultiIndex.from_frame(passes.loc[passes["status"] == "suppressed", AGENCY])
    must |= pd.MultiIndex.from_frame(found[AGENCY]).isin(gone)
    for _, group in found[~must].groupby(AGENCY):
        must[group.index] = _too_close(group["n_compared"], threshold)
    return _hide(found, must, ["n_compared", "n_differ", "share"])


def linked(found: pd.DataFrame, cells: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Measures by three fiscal years; none over a year in which the count that it sums is hidden."""
    rest = found["denominator"] - found["numerator"]
    must = small_in([found["numerator"], found["denominator"], rest], threshold) | over_hidden_year(found, cells)
    return _hide(found, must, ["numerator", "denominator", "value"])


def relinks(found: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """What became of an agency's records."""
    return _hide(found, small(found["n"], threshold), ["n"])


def small(count: "pd.Series[float]", threshold: int) -> "pd.Series[bool]":
    """Counts that must not be known."""
    return count.between(1, threshold - 1)


def small_in(counts: "list[pd.Series[float]]", threshold: int) -> "pd.Series[bool]":
    """Rows in which any of these counts must not be known."""
    return pd.concat([small(count, threshold) for count in counts], axis=1).any(axis=1)


def over_hidden_year(found: pd.DataFrame, cells: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of `linked` over a year in which a published count that they are the sum of is hidden."""
    hidden = set(cells.loc[cells["status"] == "suppressed", "id"])
    sums = {measure: fact["sums"] for measure, fact in facts("measures").items()}
    over = [
        any(f"{metric}/ALL/FY{year}" in hidden for metric in sums[measure] for year in range(first, last + 1))
        for measure, first, last in zip(
            found["measure"], found["period"].str[2:6].astype(int), found["period"].str[7:].astype(int), strict=True
        )
    ]
    return pd.Series(over, index=found.index, dtype=bool)


def _too_close(counts: "pd.Series[int]", threshold: int) -> "pd.Series[bool]":
    """Whether a count differs from one before it that is shown by so few that they must not be known."""
    shown: list[int] = []
    for n in counts:
        if not any(1 <= abs(n - other) < threshold for other in shown):
            shown.append(n)
    return ~counts.isin(shown)


def _hide(frame: pd.DataFrame, must: "pd.Series[bool]", numbers: list[str]) -> pd.DataFrame:
    shown = {name: frame[name].astype(float).mask(must) for name in numbers}
    return frame.assign(**shown, status=must.map({True: "suppressed", False: "shown"}).astype(object))
