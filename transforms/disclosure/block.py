"""The counts of one metric and fiscal year as a system of sums.

In: the rows of one metric, one fiscal year. Out: `Block`: every count, published or only implied, as a variable; the
sums that tie them; which may be published by which row; which are small.

Where a count is hidden from whoever builds the block (an attacker with the published table), it is not-a-number.

A variable is one of scope x area x period, and for two nested scopes their difference. What the parts leave over of
their total is a variable too, so that a table with a gap (districts unknown) is guarded like one without.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from sources.errors import DefinitionError
from transforms.disclosure.rule import Rule

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NATION = "ALL"
REST = "left over"
ABSENT, LATENT = -2, -1  # no such row, so a reader takes it for zero; never published, so a reader cannot know it
#: What it costs to hide a row: nation and phases by year are worth most, districts least.
COST = {
    ("nation", "fy"): 1000.0,
    ("phase", "fy"): 400.0,
    ("rest", "fy"): 150.0,
    ("nation", "quarter"): 100.0,
    ("phase", "quarter"): 20.0,
    ("rest", "quarter"): 8.0,
    ("district", "fy"): 2.0,
    ("district", "quarter"): 1.0,
}


@dataclass(frozen=True)
class Block:
    """One independent system: `sums @ value == 0`; `row` is the place of the row that would publish a variable."""

    metric: str
    labels: list[tuple[str, str, str]]
    value: Floats
    row: Ints
    is_known: Bools
    is_small: Bools
    lower: Floats
    is_deep: Bools
    sums: sp.csr_matrix
    parents: list[int]
    shape: tuple[int, int, int]  # scopes and their differences, areas, periods
    n_scopes: int

    @cached_property
    def touched(self) -> sp.csr_matrix:
        """Which variables are in which sum: a one in place of each sign."""
        return abs(self.sums)

    @cached_property
    def entries(self) -> tuple[Ints, Ints, Floats]:
        """The sum, the variable and the sign of each entry of `sums`."""
        entry = self.sums.tocoo()
        return entry.row.astype(np.int64), entry.col.astype(np.int64), entry.data

    @cached_property
    def by_variable(self) -> sp.csc_matrix:
        """`sums` the other way round."""
        return self.sums.T


def build(frame: pd.DataFrame, rule: Rule, group_of: Callable[[str], str], least: int) -> Block:
    """The system of `count`; `place` is the row's number or LATENT, `is_known` what anybody knows besides.

    `least` is what a hidden row counts at least: one where a count of nothing is always shown.
    """
    of_scope, of_area = frame["scope"].tolist(), frame["area"].tolist()
    tree = _tree(frame["area_kind"].tolist(), of_area, group_of)
    scopes, areas, periods = sorted(set(of_scope)), list(tree), ["fy", "Q1", "Q2", "Q3", "Q4"]
    parents = [areas.index(p) if p else -1 for p in tree.values()]
    in_year = [period[7:] or "fy" for period in frame["period"].tolist()]
    place = tuple(_places(*pair) for pair in ((scopes, of_scope), (areas, of_area), (periods, in_year)))
    shape = (len(scopes), len(areas), len(periods))
    value, row, is_known = np.zeros(shape), np.full(shape, ABSENT), np.ones(shape, dtype=bool)
    value[place] = frame["count"].to_numpy(dtype=float)
    row[place] = frame["place"].to_numpy()
    is_known[place] = frame["is_known"].to_numpy()
    _complete(value, is_known, row == ABSENT, parents)
    areas, parents, value, row, is_known = _left_over_area(areas, parents, value, row, is_known)
    periods, value, row, is_known = _left_over_period(periods, value, row, is_known)
    return _assemble(str(frame["metric"].iloc[0]), (scopes, areas, periods), parents, value, row, is_known, rule, least)


def _tree(kinds: list[str], areas: list[str], group_of: Callable[[str], str]) -> dict[str, str]:
    """Parent of each area: nation over groups over districts; a level that is not published is passed over."""
    there = sorted(set(zip(kinds, areas, strict=True)))
    groups = [area for kind, area in there if kind == "group"]
    tree = {NATION: ""} | dict.fromkeys(groups, NATION)
    for district in (area for kind, area in there if kind == "district"):
        group = group_of(district)
        tree[district] = group if group in groups else NATION
    return tree


def _places(names: list[str], of: list[str]) -> Ints:
    """Where each stands in the list of names."""
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[one] for one in of], dtype=np.int64)


def _complete(value: Floats, is_known: Bools, is_absent: Bools, parents: list[int]) -> None:
    """Totals that have no row are sums of their parts, unknown to the reader; a part without a row is a known zero."""
    no_year = is_absent[:, :, 0] & ~is_absent[:, :, 1:].all(axis=2)
    value[:, :, 0] = np.where(no_year, value[:, :, 1:].sum(axis=2), value[:, :, 0])
    is_known[:, :, 0] &= ~no_year
    is_absent[:, :, 0] &= ~no_year
    for parent in sorted(set(parents) - {-1}, reverse=True):
        children = [i for i, p in enumerate(parents) if p == parent]
        no_total = is_absent[:, parent] & ~is_absent[:, children].all(axis=1)
        value[:, parent] = np.where(no_total, value[:, children].sum(axis=1), value[:, parent])
        is_known[:, parent] &= ~no_total
        is_absent[:, parent] &= ~no_total


def _left_over_area(
    areas: list[str], parents: list[int], value: Floats, row: Ints, is_known: Bools
) -> tuple[list[str], list[int], Floats, Ints, Bools]:
    """Add one part to each area whose parts do not make up the total."""
    for parent in sorted(set(parents) - {-1}):
        rest = value[:, parent] - value[:, [i for i, p in enumerate(parents) if p == parent]].sum(axis=1)
        if np.nan_to_num(rest).any():
            _refuse_negative(rest)
            areas, parents = [*areas, f"{REST} of {areas[parent]}"], [*parents, parent]
            value = np.concatenate([value, rest[:, None]], axis=1)
            row = np.concatenate([row, np.full_like(row[:, :1], LATENT)], axis=1)
            is_known = np.concatenate([is_known, np.zeros_like(is_known[:, :1])], axis=1)
    return areas, parents, value, row, is_known


def _left_over_period(
    periods: list[str], value: Floats, row: Ints, is_known: Bools
) -> tuple[list[str], Floats, Ints, Bools]:
    """Add one part to the year if the quarters do not make it up."""
    rest = value[:, :, 0] - value[:, :, 1:].sum(axis=2)
    if not np.nan_to_num(rest).any():
        return periods, value, row, is_known
    _refuse_negative(rest)
    more = np.full_like(row[:, :, :1], LATENT)
    value, row = np.concatenate([value, rest[:, :, None]], axis=2), np.concatenate([row, more], axis=2)
    return [*periods, REST], value, row, np.concatenate([is_known, more > 0], axis=2)


def _refuse_negative(rest: Floats) -> None:
    if (rest < 0).any():
        raise DefinitionError(
            "disclosure: parts of a restricted metric add up to more than their total, so sums cannot be guarded. "
            "Count each record in one district, one group and one quarter."
        )


def _assemble(
    metric: str,
    names: tuple[list[str], list[str], list[str]],
    parents: list[int],
    value: Floats,
    row: Ints,
    is_known: Bools,
    rule: Rule,
    least: int,
) -> Block:
    """Flatten, add the differences of nested scopes, and write down the sums."""
    scopes, areas, periods = names
    values_of = dict(zip(scopes, value, strict=True))
    is_empty = {s: not np.nan_to_num(v, nan=1).any() for s, v in zip(scopes, value, strict=True)}  # ties nothing
    pairs = rule.nests + tuple(pair for pair in rule.grows if _only_grows(values_of, *pair))
    tied = [(i, o) for i, o in pairs if i in scopes and o in scopes and not is_empty[i]]
    nests = [(scopes.index(i), scopes.index(o)) for i, o in tied]
    rest = [value[outer] - value[inner] for inner, outer in nests]
    if any((r < 0).any() for r in rest):
        raise DefinitionError(f"disclosure: a scope of {metric} counts more than the one it lies in. Mend Rule.nests.")
    layers = [*scopes, *(f"{scopes[o]} without {scopes[i]}" for i, o in nests)]
    values = np.stack([*value, *rest])
    rows = np.stack([*row, *(np.full_like(row[0], LATENT) for _ in nests)])
    known = np.stack([*is_known, *(is_known[i] & is_known[o] for i, o in nests)])
    is_leaf = ~np.isin(np.arange(len(areas)), parents)[None, :, None]
    is_growth = np.array([False] * len(scopes) + [pair in rule.grows for pair in tied])
    is_small = ~((values < 1) | (values >= rule.threshold))  # one that is not a number may be
    deep = (row == LATENT) & is_leaf & (np.arange(len(periods)) > 0)
    deeps = np.stack([*deep, *(deep[i] | deep[o] for i, o in nests)])
    return Block(
        metric=metric,
        labels=[(s, a, p) for s in layers for a in areas for p in periods],
        value=values.ravel(),
        row=rows.ravel(),
        is_known=known.ravel(),
        is_small=(is_small & ~is_growth[:, None, None]).ravel(),
        lower=np.where(rows >= 0, np.fmin(values, least), 0).ravel(),
        is_deep=deeps.ravel(),
        sums=_sums(len(scopes), tuple(nests), tuple(parents), len(periods)),
        parents=parents,
        shape=values.shape,
        n_scopes=len(scopes),
    )


def _only_grows(value: dict[str, Floats], before: str, now: str) -> bool:
    """Whether no count that both tables show fell: a reader can then take growth for what came in."""
    return before in value and now in value and not (value[now] < value[before]).any()


@lru_cache(64)
def _sums(n_scopes: int, nests: tuple[tuple[int, int], ...], parents: tuple[int, ...], n_periods: int) -> sp.csr_matrix:
    """Year less quarters; area less its parts; outer scope less inner scope less difference: each is zero."""
    n_areas = len(parents)
    own = sp.eye(n_scopes, n_scopes + len(nests))
    year = sp.csr_matrix([[1.0] + [-1.0] * (n_periods - 1)])
    tops = sorted(set(parents) - {-1})
    tree = [[1.0 * (a == top) - 1.0 * (p == top) for a, p in enumerate(parents)] for top in tops]
    above = sp.csr_matrix(np.array(tree).reshape(-1, n_areas))
    nest = np.zeros((len(nests), n_scopes + len(nests)))
    for i, (inner, outer) in enumerate(nests):
        nest[i, [outer, inner, n_scopes + i]] = 1.0, -1.0, -1.0
    return sp.csr_matrix(
        sp.vstack(
            [
                sp.kron(own, sp.kron(sp.eye(n_areas), year)),
                sp.kron(own, sp.kron(above, sp.eye(n_periods))),
                sp.kron(sp.csr_matrix(nest), sp.eye(n_areas * n_periods)),
            ]
        )
    )
