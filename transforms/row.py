"""From a row of a published table to the published numbers that it is made of, each with its address and its part.

In: the address of a row or of a table, and the tables of its edition. Out: `Sum`s, each the number of one column and
what gives it, and the SELECT of what no published number gives. `palermo explain` prints them; nothing is counted here.
"""

import datetime as dt
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from sources import definition
from transforms import bridge
from transforms.benchmarks import NATIONAL, SHARES
from transforms.comparison import NATION, named, sides, wholly_shown
from transforms.followed import cohort_sql
from transforms.metric import metrics
from transforms.study import Study
from transforms.unusual import COUNTED, wait_sql

KINDS = {"benchmark": "benchmarks", "cohort": "cohorts", "funnel": "funnels", "signal": "signals", "bridge": "bridge"}
WINDOWS = re.compile(r"FY\d{4}-\d{4}:FY\d{4}-\d{4}")
Row = Mapping[Hashable, Any]
Read = Callable[..., pd.DataFrame]  # the rows of a table in which columns have these values


@dataclass(frozen=True)
class Address:
    """The ID of a row of a table that is no table of numbers; without an ID the table itself."""

    table: str
    id: str
    edition: str | None = None


@dataclass(frozen=True)
class Part:
    """A published number that goes into another one."""

    id: str
    value: float


@dataclass(frozen=True)
class Sum:
    """The number of one column, in words what gives it, the parts, and what they give; None where only rows tell."""

    column: str
    says: str
    parts: list[Part]
    value: float | None


def address(number: str, edition: str | None) -> Address | None:
    """The address of a row, or of a table (its name alone); None where it is a number's."""
    pieces = number.split("/")
    if len(pieces) == 1 and number:
        return Address(number.split()[0], "", edition)  # "refresh RUN" is what the figure of its cost prints
    table = KINDS.get(pieces[1]) if len(pieces) > 1 else None
    if table is None and WINDOWS.fullmatch(pieces[-1]):
        table = "comparison"
    return Address(table, number, edition) if table else None


def sums(table: str, row: Row, read: Read, study: Study) -> list[Sum]:
    """What the numbers of a row are made of."""
    found = {
        "comparison": _comparison, "benchmarks": _benchmark, "cohorts": _cohort, "funnels": _funnel,
        "signals": _signal, "bridge": _bridge,
    }[table](row, read, study)  # fmt: skip
    return [one for one in found if one.parts]


def counted(table: str, row: Row) -> list[str]:
    """The metrics whose marts a row goes back to."""
    if table == "benchmarks":
        name = str(row["metric"])
        return [NATIONAL[name][0] if name in NATIONAL else SHARES.get(name, name)]
    if table == "bridge":
        return ["cases_filed", "defendants_charged"]
    return [str(row["outcome"] if table == "comparison" else row.get("metric", "defendants_charged"))]


def number_sql(table: str, row: Row, final_to: dt.date) -> str | None:
    """The SELECT that gives columns of a row for which there is no published number; None where there is none.

    `final_to` is the day to which the figures of the source are final.
    """
    source, area = str(row["source"]), str(row["area"]) if "area" in row else ""
    if table == "cohorts":
        until = dt.date.fromisoformat(str(row["followed_to"]))
        return cohort_sql(source, str(row["scope"]), area, str(row["period"]), until)
    if table == "signals" and row["chart"] == "t":
        return wait_sql(source, str(row["scope"]), area, final_to)
    if table == "bridge":
        walk = bridge.bridges()[str(row["bridge"])]
        return bridge.step_sql(walk, int(row["step"]), source, area, _year(str(row["period"])))
    return None


def _comparison(row: Row, read: Read, study: Study) -> list[Sum]:
    if row["status"] != "shown":
        return []
    place = {"source": row["source"], "metric": row["outcome"], "scope": row["scope"], "period_kind": "fy"}
    cells = read("cells", **place)
    phase = next(p for p in study.phases if p.key == row["phase"])
    before, after = (range(row[f"{w}_from"], row[f"{w}_to"] + 1) for w in ("before", "after"))
    known = named(cells)
    found = []
    for end, places in zip(("", "_other"), sides(study, phase, known), strict=True):
        whole = wholly_shown(cells, phase, places)
        found += [_summed(f"before{end}", whole, before), _summed(f"after{end}", whole, after)]
    if pd.notna(row["share_of_change"]):
        nation = wholly_shown(cells, phase, NATION | {"district": known})
        was, now = _summed("", nation, before), _summed("", nation, after)
        change = (float(now.value or 0) - float(was.value or 0)) or float("nan")
        says = f"after less before, over the same of all districts: {now.value:,.0f} less {was.value:,.0f} in"
        found.append(Sum("share_of_change", says, was.parts + now.parts, (row["after"] - row["before"]) / change))
    return found


def _summed(column: str, cells: pd.DataFrame, years: range) -> Sum:
    chosen = cells[cells["period"].isin([f"FY{year}" for year in years])]
    return Sum(column, "the sum of", _parts(chosen), float(chosen["numerator"].sum()))


def _benchmark(row: Row, read: Read, _study: Study) -> list[Sum]:
    name, source, scope = str(row["metric"]), row["source"], row["scope"]
    if name in NATIONAL:
        cells = read("cells", id=f"{source}/{NATIONAL[name][0]}/{scope}/ALL/FY{row['from_fy']}")
        return [_same("ours", cells)]
    outcome, windows = SHARES.get(name, name), (row["from_fy"], row["to_fy"])
    made = read("comparison", source=source, scope=scope, outcome=outcome, status="shown").to_dict("records")
    for one in made:
        for column in ("share_of_change",) if name in SHARES else ("before", "after"):
            side, times = ("before", 1) if column == "before" else ("after", 100 if name in SHARES else 1)
            value = times * float(one[column])
            if (one[f"{side}_from"], one[f"{side}_to"]) == windows and value == row["ours"]:
                says = f"{column} of" if times == 1 else f"{times} times {column} of"
                return [Sum("ours", says, [Part(str(one["id"]), float(one[column]))], value)]
    return []


def _cohort(row: Row, read: Read, _study: Study) -> list[Sum]:
    def cell(metric: str) -> pd.DataFrame:
        return read("cells", id="/".join(map(str, (row["source"], metric, row["scope"], row["area"], row["period"]))))

    charged, since = cell("defendants_charged"), cell("cohort_convicted")
    found = [
        _same("n_charged", charged, f"those of them who were charged by {row['followed_to']}, of"),
        _same("of_ended", cell("conviction_rate")),
        _same("median_days", cell("median_days_charge_to_disposition")),
    ]
    both = _parts(since) + _parts(charged)
    if len(both) == 2 and both[1].value:
        found.append(Sum("so_far", "the first over the second of", both, both[0].value / both[1].value))
    return [one for one in found if pd.notna(row[one.column])]


def _funnel(row: Row, read: Read, _study: Study) -> list[Sum]:
    place = {"source": row["source"], "metric": row["metric"], "scope": row["scope"]}
    years = [f"FY{year}" for year in range(row["from_fy"], row["to_fy"] + 1)]
    cells = read("cells", **place, area=row["area"], period_kind="fy")
    cells = cells[cells["period"].isin(years)]
    every = read("funnels", **place)
    top, bottom = float(every["numerator"].sum()), float(every["denominator"].sum())
    found = [
        Sum(column, "the sum of", _parts(cells, column), float(cells[column].sum()))
        for column in ("numerator", "denominator")
    ]
    if bottom:
        says = f"of all districts together: {top:,.0f} over {bottom:,.0f}, the numerators and denominators of"
        found.append(Sum("rate", says, _parts(every), top / bottom))
    return found


def _signal(row: Row, read: Read, _study: Study) -> list[Sum]:
    cells = read("cells", source=row["source"], metric=COUNTED, scope=row["scope"], area=row["area"], period_kind="fy")
    first, last = row["from_fy"], row["to_fy"]
    if row["chart"] == "t":
        all_years = _summed("", cells, range(first, last + 1))
        return [Sum("observed", "whole months, from the days of the cases counted in", all_years.parts, None)]
    before = _summed("expected", cells, range(first, last))
    mean = Sum("expected", f"the mean of {last - first} years", before.parts, float(before.value or 0) / (last - first))
    return [_summed("observed", cells, range(last, last + 1)), mean]


def _bridge(row: Row, read: Read, _study: Study) -> list[Sum]:
    place = {"source": row["source"], "bridge": row["bridge"], "area": row["area"], "period": row["period"]}
    steps = read("bridge", **place)
    steps = steps[steps["step"] <= row["step"]]
    found = [Sum("total", "the sum of", _parts(steps, "n"), float(steps["n"].sum()))] if row["step"] else []
    stop = bridge.stops(bridge.bridges()[str(row["bridge"])]).get(int(row["step"]))
    if stop:
        metric, scope, period = stop
        name = period.format(year=_year(str(row["period"])))
        cell = read("cells", id="/".join((str(row["source"]), metric, scope, str(row["area"]), name)))
        found.append(_same("total", cell, "the published count"))
    return found


def evaluated(panel: pd.DataFrame, read: Read, study: Study) -> Sum:
    """The cells that an evaluation is made of: those of the panel's districts and years."""
    source, scope = panel["source"].iloc[0], panel["scope"].iloc[0]
    place = {"source": source, "metric": study.primary_outcome, "scope": scope, "period_kind": "fy"}
    cells = read("cells", **place, area_kind="district")
    kept = panel.assign(period="FY" + panel["year"].astype(int).astype(str))[["district", "period"]]
    cells = cells.merge(kept, left_on=["area", "period"], right_on=["district", "period"])
    return Sum("n", "of", _parts(cells), float(cells["numerator"].sum()))


@cache
def made_of() -> dict[str, str]:
    """Of what each published table is made, in words."""
    found: dict[str, str] = definition.read(files("transforms").joinpath("tables.yml"))
    return found


def _same(column: str, cells: pd.DataFrame, says: str = "as published:") -> Sum:
    """A number that is the value of one cell."""
    parts = _parts(cells, "value")
    return Sum(column, says, parts, parts[0].value if parts else None)


def _parts(cells: pd.DataFrame, column: str = "numerator") -> list[Part]:
    return [Part(str(i), float(v)) for i, v in zip(cells["id"], cells[column], strict=True)]


def _year(period: str) -> int:
    return int(period[2:6])


def is_about(metric: str) -> str:
    """A metric in words: its label and its formula."""
    return f"{metrics()[metric].label} = {metrics()[metric].formula}"
