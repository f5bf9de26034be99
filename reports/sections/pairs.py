"""Pairs: which agencies are named together on cases, each pair with its count by year.

In: the split `pair` of `agency_pairs` in table `splits`. Out: a figure of `coordination.html`; none without the split.
"""

from dataclasses import replace

import pandas as pd

from reports import words
from reports.cards import metric_card, td, view_label
from reports.claims import Claim, check
from reports.edition import FIELDS, NATION, Edition, clean
from reports.package import csv_link
from reports.section import Figure, Table, Td, View
from reports.words import Cell

METRIC = "agency_pairs"
YEARS, NAMED = 6, 3
Parts = dict[str, dict[str, Cell]]  # pair -> period -> its count


def figures(edition: Edition) -> list[Figure]:
    """One view a source and scope, all districts."""
    frame = edition.tables.get("splits", pd.DataFrame())
    if frame.empty or METRIC not in edition.metrics:
        return []
    rows = frame[(frame["metric"] == METRIC) & (frame["area"] == NATION) & (frame["period_kind"] == "fy")]
    have = {(str(s), str(scope)): _parts(part) for (s, scope), part in rows.groupby(["source", "scope"])}
    views = [_view(edition, pair, have[pair]) for pair in sorted(have, key=lambda p: (p != edition.lead, p))]
    if not views:
        return []
    address = f"{views[0].source}/{METRIC}/{views[0].scope}:pair=<pair>/{NATION}/<period>@{edition.manifest['edition']}"
    card = metric_card(edition, METRIC, list(dict.fromkeys(v.source for v in views)), address)
    code = "An agency stands under its code in the source, the two in the order of their codes."
    return [Figure(
        "which-agencies", "Which agencies work cases together?", views,
        replace(card, caveats=[code, *card.caveats]), "", csv_link("splits", "Every pair, among the parts of measures"),
    )]  # fmt: skip


def _parts(rows: pd.DataFrame) -> Parts:
    found: Parts = {}
    fields = rows[FIELDS].astype(object).where(rows[FIELDS].notna(), None).itertuples(index=False, name=None)
    for name, cell in zip(rows["part"], map(Cell._make, fields), strict=True):
        found.setdefault(str(name), {})[cell.period] = cell
    return found


def _view(edition: Edition, pair: tuple[str, str], parts: Parts) -> View:
    """Pairs down, the last years across; a pair that a counted year does not name has none in it."""
    source, scope = pair
    label = view_label(edition, pair)
    totals = {c.period: c for c in edition.series(source, METRIC, scope, NATION)}
    periods = sorted(totals, reverse=True)[:YEARS]
    none = {p: Td("0", "provisional" if totals[p].is_provisional else "") for p in periods}
    rows = [
        [Td(name), *(td(cells[p], "count") if p in cells else none[p] for p in periods)]
        for name, cells in sorted(parts.items(), key=lambda item: (-_sum(item[1], periods), item[0]))
        if any(p in cells for p in periods)
    ]
    whole = [Td("All pairs"), *(td(totals[p], "count") for p in periods)]
    table = Table(
        f"Pairs of agencies on cases, all districts, {label}", [Td("Pair"), *map(Td, periods)], [*rows, whole]
    )
    said = _said(parts, totals, edition.last_final(source, METRIC, scope))
    return View(source, scope, "fy", label, [check(Claim(said))], "", table)


def _sum(cells: dict[str, Cell], periods: list[str]) -> float:
    return sum(float(clean(cells[p].value) or 0) for p in periods if p in cells)


def _said(parts: Parts, totals: dict[str, Cell], now: str | None) -> str:
    """The pairs that are named most in the last final year."""
    found = [
        (float(cells[now].value or 0), name) for name, cells in parts.items() if now in cells and cells[now].is_shown
    ]
    if now is None or not found:
        return "No pair is shown in a year that is final."
    most = [f"{name} {words.number(n, 'count')}" for n, name in sorted(found, key=lambda f: (-f[0], f[1]))[:NAMED]]
    return f"{now}: of {words.read(totals.get(now), 'count')} pairs named on cases, {words.listed(most)}."
