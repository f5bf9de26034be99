"""Revisions: what each delivery knew of a period, by day of report; for `changes.html`.

In: table `revisions`. Out: one figure; nothing where an edition has one day of report only.
"""

from collections.abc import Iterator

import pandas as pd

from reports import words
from reports.cards import source_lines, view_label
from reports.charts.drawn import drawn
from reports.charts.triangle import triangle
from reports.claims import Claim, check
from reports.edition import NATION, Edition
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View
from reports.sections import trends

SHOWN = {"fy": 6, "quarter": 8}  # the last periods of the table
DRAWN = 5


def figures(edition: Edition) -> Iterator[Figure]:
    """The revision triangle of the study's first outcome, all districts and each group."""
    frame = edition.tables.get("revisions")
    metric = edition.manifest["study"]["outcomes"][0]
    if frame is None or not (frame["metric"] == metric).any():
        return
    frame = frame[frame["metric"] == metric]
    pairs = sorted({(s, p) for s, p in zip(frame["source"], frame["period_kind"], strict=True)}, key=str)
    pairs.sort(key=lambda v: (v[1] != "fy", v[0] != edition.lead[0]))
    views = [_view(edition, metric, source, kind, frame) for source, kind in pairs]
    label = edition.manifest["metrics"][metric]["label"]
    card = Card(
        counted=f"{label}: public counts of the nation and the groups, as the deliveries known on each day give them.",
        not_counted="Counts of the restricted tier; shares, means and medians; districts.",
        definition="Each column counts the records known on that day by today's definitions, so that along a row only"
        " records move. A dash: the period had not begun.",
        reading="A row that rises is still filling up; one that has stopped is settled. The last step of a row is cut"
        " into causes above.",
        caveats=["A day of report is the day of a cumulative delivery; the last is the data date."],
        sources=source_lines(edition, sorted({v.source for v in views})),
        ids=f"revisions@{edition.manifest['edition']}",
    )  # fmt: skip
    yield Figure(
        "revisions", f"What did each delivery know? {label} by day of report", views, card,
        "Each period's count as each report knew it, as lines. The table beside it holds the same numbers.",
        csv_link("revisions", "Every public count as each report knew it"),
    )  # fmt: skip


def _view(edition: Edition, metric: str, source: str, kind: str, frame: pd.DataFrame) -> View:
    rows = frame[(frame["source"] == source) & (frame["period_kind"] == kind)]
    days = sorted(rows["reported_on"].unique())
    periods = sorted(rows["period"].unique())[-SHOWN[kind] :]
    wide = rows.pivot(index=["area", "period"], columns="reported_on", values="n").reindex(columns=days)
    known = {
        key: [None if pd.isna(n) else int(n) for n in counts]
        for key, counts in zip(wide.index, wide.to_numpy(), strict=True)
        if key[1] in periods
    }
    label = f"{view_label(edition, (source, str(rows['scope'].iloc[0])))}, by {trends.PERIODS[kind]}"
    table = Table(
        f"{edition.manifest['metrics'][metric]['label']} as each report knew it, {label}",
        [Td("Period"), Td("Group", "word"), *(Td(day) for day in days)],
        [
            [Td(name, group=area), Td(edition.groups[area], "word"),
             *(Td("–" if n is None else words.number(n, "count")) for n in known[area, name])]
            for area in [NATION, *(a for a in edition.groups if a != NATION)]
            for name in reversed(periods) if (area, name) in known
        ],
    )  # fmt: skip
    nation = {name: known[NATION, name] for name in periods if (NATION, name) in known}
    chart = drawn(triangle(days, dict(list(nation.items())[-DRAWN:])))
    return View(source, str(rows["scope"].iloc[0]), kind, label, [_said(nation, days)], chart, table)


def _said(nation: dict[str, list[int | None]], days: list[str]) -> Claim:
    """How many periods that had ended before the first report grew since."""
    first = {name: counts[0] for name, counts in nation.items() if counts[0] is not None}
    moved = sum(nation[name][-1] != n for name, n in first.items())
    return check(
        Claim(
            f"Of {words.counted(len(first), 'period')} known on {days[0]}, {moved} "
            f"{'reads' if moved == 1 else 'read'} otherwise on {days[-1]}."
        )
    )
