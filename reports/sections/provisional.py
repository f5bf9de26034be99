"""How much of the provisional counts is still to come, and how well that was foreseen before.

In: tables `completion` and `completion_check`. Out: a figure for `trends.html`.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import source_lines, view_label
from reports.charts.bars import to_come
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import NATION, Edition
from reports.edition import rows as listed
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View


def figures(edition: Edition) -> list[Figure]:
    """The one figure; nothing where no delivery has a history."""
    frame, checks = edition.tables.get("completion"), edition.tables.get("completion_check")
    if frame is None or checks is None or frame.empty:
        return []
    nation = frame[frame["area"] == NATION]
    pairs = [p for p in sorted(edition.views, key=lambda v: v != edition.lead) if not _of(nation, p).empty]
    views = [_view(edition, _of(nation, pair), _of(checks, pair), pair) for pair in pairs]
    card = Card(
        counted="Counts of the public docket whose period is over and provisional.",
        not_counted="Restricted counts, periods that still run, and counts that grow with outcomes (see Cohorts).",
        definition="Expected = each month's count times the growth that months of its age showed from delivery to "
        "delivery (chain ladder), over everything that the source holds.",
        reading="The count is what has arrived; what is expected is a forecast with its limits, and no count.",
        caveats=["A change in how fast clerks enter records moves the forecast.",
                 "Few deliveries make a rough forecast: each one that arrives sharpens it."],
        sources=source_lines(edition, list(dict.fromkeys(v.source for v in views))),
        ids=f"completion@{edition.manifest['edition']}",
    )  # fmt: skip
    alt = "Counts so far and what is expected to come. The table beside it holds the same numbers."
    return [Figure("to-come", "How much of the provisional counts is still to come?", views, card, alt,
                   csv_link("completion", "Every group and quarter"))]  # fmt: skip


def _of(frame: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    return frame[(frame["source"] == pair[0]) & (frame["scope"] == pair[1])]


def _view(edition: Edition, rows: pd.DataFrame, checks: pd.DataFrame, pair: tuple[str, str]) -> View:
    label = view_label(edition, pair)
    years = [r for r in listed(rows) if r.period_kind == "fy"]
    names = {m: edition.manifest["metrics"][m]["label"] for m in rows["metric"].unique()}
    table = Table(
        f"Provisional counts, all districts, {label}",
        [Td(c) for c in ("Count and period", "So far", "Expected", "95 % limits", "So far, of the expected")],
        [_row(names, r) for r in listed(rows)],
    )
    chart = to_come([f"{names[r.metric]}, {r.period}" for r in years],
                    [(r.counted, r.expected, r.lower, r.upper) for r in years])  # fmt: skip
    return View(*pair, "fy", label, _said(names, years, checks), drawn(chart), table)


def _row(names: dict[str, str], row: Any) -> list[Td]:
    share = row.counted / row.expected if row.expected else None
    return [
        Td(f"{names[row.metric]}, {row.period}"), Td(words.number(row.counted, "count"), "provisional"),
        Td(words.number(row.expected, "count")), Td(f"{row.lower:,.0f} to {row.upper:,.0f}"),
        Td(words.NOT_APPLICABLE, "not_applicable") if share is None else Td(words.number(share, "rate")),
    ]  # fmt: skip


def _said(names: dict[str, str], years: list[Any], checks: pd.DataFrame) -> list[Claim]:
    told: dict[str, list[str]] = {}
    for r in years:
        told.setdefault(r.period, []).append(
            f"{names[r.metric].lower()} {words.number(r.counted, 'count')} so far, "
            f"{words.number(r.expected, 'count')} expected ({r.lower:,.0f} to {r.upper:,.0f})"
        )
    claims = [Claim(f"{period}: {'; '.join(said)}.") for period, said in sorted(told.items())]
    claims = claims or [Claim("No fiscal year that is over is provisional.")]
    made = list(dict.fromkeys(zip(checks["made_on"], checks["checked_on"], strict=True)))
    if not made:
        return [*claims, Claim("No earlier forecast can be checked yet: that takes three deliveries a month apart.")]
    day, later = made[0]
    rows = [r for r in listed(checks) if (r.made_on, r.checked_on) == (day, later)]
    errors = [f"{names.get(r.metric, r.metric).lower()} {_signed(r.error)} (as counted {_signed(r.error_as_counted)})"
              for r in rows]  # fmt: skip
    inside = sum(r.lower <= r.said <= r.upper for r in rows)
    return [check(c) for c in (
        *claims,
        Claim(f"Checked: the forecast of {day} for the twelve months before it, against the delivery of {later}, was "
              f"off by {words.listed(errors)}; {inside} of {len(rows)} lay within the limits."),
    )]  # fmt: skip


def _signed(value: float) -> str:
    return f"{100 * value:+.1f} %"
