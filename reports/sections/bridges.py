"""From one scope's total to another's: why two counts of one year differ, and by what.

In: table `bridge`. Out: figures for `trends.html`.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import source_lines
from reports.charts.bridge import bridge as chart
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import NATION, Edition
from reports.edition import rows as listed
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View
from transforms.bridge import bridges

KINDS = {"program category": "Program category", "statute": "Statutes", "unit": "Unit of count", "year": "Year"}


def figures(edition: Edition) -> list[Figure]:
    """Every bridge that the edition has."""
    frame = edition.tables.get("bridge")
    if frame is None or frame.empty:
        return []
    source = edition.lead[0] if edition.lead[0] in set(frame["source"]) else str(frame["source"].iloc[0])
    ours = frame[(frame["source"] == source) & (frame["area"] == NATION)]
    return [_figure(edition, source, str(name), rows) for name, rows in ours.groupby("bridge", sort=True)]


def _figure(edition: Edition, source: str, name: str, rows: pd.DataFrame) -> Figure:
    about = bridges()[name]
    last = max(rows["period"])
    now = [r for r in listed(rows) if r.period == last]
    periods = sorted(rows["period"].unique(), reverse=True)[:6]
    at = {(r.period, r.step): r for r in listed(rows)}
    totals = {0: "", **{max(r.step for r in now if r.kind == s.kind): s.total for s in about.steps}}
    table = Table(
        f"{about.label}, all districts", [Td("Step"), *(Td(p) for p in periods)],
        [line for r in now for line in _lines(r, periods, at, totals)],
    )  # fmt: skip
    names, counts, whole = [], [], []
    for r in now:
        names.append(_upper(r.says))
        counts.append(int(r.n))
        whole.append(r.step == 0)
        if total := totals.get(r.step):
            names.append(_upper(total))
            counts.append(int(r.total))
            whole.append(True)
    kinds = [
        f"{KINDS[k].lower()} {sum(int(r.n) for r in now if r.kind == k):+,}"
        for k in dict.fromkeys(r.kind for r in now) if k != "start"
    ]  # fmt: skip
    claim = check(Claim(f"{last}: from {now[0].n:,} to {now[-1].total:,}: {words.listed(kinds)}."))
    card = Card(
        counted="Cases filed, and from the step of the unit on defendants charged.",
        not_counted="Nothing between the totals.",
        definition="Each step is what the next count adds or leaves out; the steps add up to the unit.",
        reading="Two counts of trafficking are rarely two opinions: they count other statutes, units and years.",
        caveats=about.caveats, sources=source_lines(edition, [source]), ids=f"bridge@{edition.manifest['edition']}",
    )  # fmt: skip
    view = View("", "", "", f"All districts, {last}", [claim], drawn(chart(names, counts, whole)), table)
    return Figure(f"bridge-{name.replace('_', '-')}", about.question, [view], card,
                  "Steps from one total to the other, as bars. The table beside it holds the same numbers.",
                  csv_link("bridge", "Every year and group"))  # fmt: skip


def _lines(row: Any, periods: list[str], at: dict[Any, Any], totals: dict[int, str]) -> list[list[Td]]:
    """One step, and the total that stands after it."""
    first = row.step == 0
    step = [Td(_upper(row.says)), *(Td(f"{n:,}" if first or not n else f"{n:+,}")
                                    for n in (at[p, row.step].n for p in periods))]  # fmt: skip
    if not totals.get(row.step):
        return [step]
    return [step, [Td(f"= {totals[row.step]}"), *(Td(f"{at[p, row.step].total:,}") for p in periods)]]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
