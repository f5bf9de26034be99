"""More cases, or the same conduct coded differently: splits the change of each code of a family into the two.

In: yearly counts by code (`fiscal_year, code, n`), a `Family` of codes that can stand for the same conduct, and two
windows of fiscal years. Out: a table, one row a code, with one plain sentence each. A code's change is its old share
of the change of the family (growth) plus the change of its share (shift); the two add up to the whole exactly.
The family's total is tested by an exact conditional test of two Poisson rates (Przyborowski and Wilenski 1940), a share
by Fisher's exact test.
"""

import datetime as dt
from functools import cache
from importlib.resources import files
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from sources import definition
from sources.errors import DefinitionError, in_words
from transforms.study import fiscal_year

ALPHA = 0.05
FEWEST = 20  # records of the family in both windows; below it nothing is said
Window = tuple[int, int]


class Family(BaseModel):
    """Codes that can stand for the same conduct, and the SELECT that counts them.

    It gives `source, fiscal_year, group_key, code, n`; a record has one code only, so that the counts add up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str
    of: str
    tier: Literal["public_docket", "restricted"]
    codes: dict[str, str]
    why: str
    changed_on: dt.date | None = None
    changed: str | None = None
    counts: str


@cache
def families() -> dict[str, Family]:
    """Every family by name."""
    found = {}
    for path in sorted(files("transforms").joinpath("recodes").iterdir(), key=lambda p: p.name):
        name = path.name.removesuffix(".yml")
        try:
            found[name] = Family(name=name, **definition.read(path))
        except ValueError as error:
            raise DefinitionError(f"transforms/recodes/{path.name}: {in_words(error)}. Mend the definition.") from None
    return found


def recode(counts: pd.DataFrame, family: Family, before: Window, after: Window) -> pd.DataFrame:
    """One row a code: its counts a year in both windows, growth, shift, shares, and what that means."""
    old, new = (_sums(counts, family, window) for window in (before, after))
    years = [window[1] - window[0] + 1 for window in (before, after)]
    total_old, total_new = sum(old.values()), sum(new.values())
    moved = _total_moved(total_old, total_new, years)
    rows = []
    for code in family.codes:
        share_old, share_new = _share(old[code], total_old), _share(new[code], total_new)
        rate_old, rate_new = total_old / years[0], total_new / years[1]
        shifted = _share_moved(old[code], total_old, new[code], total_new)
        was, now = old[code] / years[0], new[code] / years[1]
        rows.append(
            {
                "family": family.name,
                "code": code,
                "n_before": old[code],
                "n_after": new[code],
                "per_year_before": was,
                "per_year_after": now,
                "share_before": share_old,
                "share_after": share_new,
                "growth_per_year": share_old * (rate_new - rate_old),
                "shift_per_year": (share_new - share_old) * rate_new,
                "reading": _reading(total_old + total_new, moved, shifted, rate_new - rate_old, now - was)
                if old[code] + new[code]
                else "none recorded",
            }
        )
    return pd.DataFrame(rows)


def sentences(table: pd.DataFrame, family: Family, before: Window, after: Window) -> list[str]:
    """One plain sentence a code, and one about a change of the code list that lies between the windows."""
    found = [_sentence({str(k): v for k, v in row.items()}, family, before, after) for row in table.to_dict("records")]
    if family.changed_on and fiscal_year(family.changed_on) in range(before[0], after[1] + 1):
        found.append(f"Mind the break of {family.changed_on.isoformat()}: {family.changed}")
    return found


def _sums(counts: pd.DataFrame, family: Family, window: Window) -> dict[str, int]:
    inside = counts[counts["fiscal_year"].between(*window)]
    return {code: int(inside.loc[inside["code"] == code, "n"].sum()) for code in family.codes}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _total_moved(old: int, new: int, years: list[int]) -> bool:
    """True where the yearly totals of the two windows differ by more than chance."""
    from scipy.stats import binomtest

    if old + new == 0:
        return False
    return bool(binomtest(new, old + new, years[1] / sum(years)).pvalue < ALPHA)


def _share_moved(old: int, total_old: int, new: int, total_new: int) -> bool:
    """True where the shares of a code in the two windows differ by more than chance."""
    import numpy as np
    from scipy.stats import fisher_exact

    return bool(fisher_exact(np.array([[old, total_old - old], [new, total_new - new]])).pvalue < ALPHA)


def _reading(n: int, total_moved: bool, share_moved: bool, change: float, own: float) -> str:
    """What the changes a year of the family (`change`) and of the code (`own`) say; opposite ones say nothing."""
    if n < FEWEST:
        return "too few to say"
    if share_moved:
        return "both" if total_moved else "coded differently"
    if total_moved and change * own > 0:
        return "more cases" if own > 0 else "fewer cases"
    return "no clear change"


def _sentence(row: dict[str, object], family: Family, before: Window, after: Window) -> str:
    name = family.codes[str(row["code"])]
    was, now = float(str(row["per_year_before"])), float(str(row["per_year_after"]))
    start = (
        f"{name[0].upper()}{name[1:]}, {family.label}: {was:.1f} {family.of} a year in {_years(before)}, "
        f"{now:.1f} in {_years(after)}"
    )
    growth, shift = float(str(row["growth_per_year"])), float(str(row["shift_per_year"]))
    ends = {
        "more cases": "; its kind as a whole rose, and its share of it did not clearly change.",
        "fewer cases": "; its kind as a whole fell, and its share of it did not clearly change.",
        "coded differently": "; its share of its kind changed, and its kind as a whole did not clearly change.",
        "both": f"; {growth:+.1f} a year with its kind as a whole, {shift:+.1f} by coding from or to others of it.",
        "no clear change": "; no change of its own that is clearly more than chance.",
        "none recorded": "; none is recorded in either.",
        "too few to say": "; too few to tell more cases from other coding.",
    }
    return start + ends[str(row["reading"])]


def _years(window: Window) -> str:
    return f"FY{window[0]}" if window[0] == window[1] else f"FY{window[0]}-{window[1]}"
