"""Cohorts: what became of the defendants charged, each year given the same time, and what a yearly rate hides.

In: tables `cohorts` and `cohort_curves`, and the cells of `convicted_within_36_months`. Out: `cohorts.html`.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from reports import words
from reports.cards import only, source_lines, view_label
from reports.charts.cohort import OUTCOMES, rates, stacked
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import NATION, Edition, clean
from reports.edition import rows as listed
from reports.package import csv_link
from reports.section import Card, Figure, Page, Section, Table, Td, View
from reports.sections import trends

WITHIN = "convicted_within_36_months"
STEPS = range(6, 61, 6)
READY = 0.9  # a cohort of which so many have ended hardly moves any more
AS_YEAR = "Convicted, of those whose case ended in the year"
BY_DAY = "Convicted by {day} (provisional), of those charged in the year"


def pages(edition: Edition) -> Iterable[Page]:
    """The one page; nothing where the edition follows no cohort."""
    made = figures(edition)
    switches = only(trends.switches(edition) | {"period": [], "group": []}, made)
    yield Page("cohorts.html", "What became of the charged", "figures.html", "cohorts", {
        "figures": made, "switches": switches,
        "lede": "Defendants are followed from the charge, year by year, so that every year is given the same time. Who "
        "is still open counts for as long as the case was followed, and is neither convicted nor cleared.",
    })  # fmt: skip


def figures(edition: Edition) -> list[Figure]:
    """Three questions; an edition without the tables has none."""
    rows, curves = edition.tables.get("cohorts"), edition.tables.get("cohort_curves")
    if rows is None or curves is None or rows.empty:
        return []
    nation = rows[rows["area"] == NATION]
    pairs = [pair for pair in edition.views if pair in set(zip(curves["source"], curves["scope"], strict=True))]
    return [
        _figure(edition, "after-the-charge", "What has happened to the defendants charged, month by month?",
                [_months(edition, curves, p) for p in pairs], "cohort_curves"),
        _figure(edition, "maturity", "How far has each year's cohort come?",
                [_maturity(edition, nation, p) for p in pairs], "cohorts"),
        _figure(edition, "same-time", "What share was convicted within 36 months, and what would a yearly rate say?",
                [_beside(edition, nation, p) for p in pairs], "cohorts"),
    ]  # fmt: skip


def _of(frame: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    return frame[(frame["source"] == pair[0]) & (frame["scope"] == pair[1])]


def _months(edition: Edition, curves: pd.DataFrame, pair: tuple[str, str]) -> View:
    rows = _of(curves, pair)
    rows = rows[rows["area"] == NATION]
    shares = rows.pivot(index="months", columns="outcome", values="value")
    shares["open"] = 1 - shares.sum(axis=1)
    share_of: dict[Any, Any] = shares.to_dict("index")
    at = {(r.months, r.outcome): r for r in listed(rows)}
    shown = [m for m in STEPS if (m, "convicted") in at]
    span = words.years(int(rows["from_fy"].iloc[0]), int(rows["to_fy"].iloc[0]))
    table = Table(
        f"Shares after the charge, {span} together, all districts, {view_label(edition, pair)}",
        [Td("Months"), *(Td(OUTCOMES[o][0]) for o in OUTCOMES), Td("Followed so long")],
        [[Td(str(m)), *(_share(at.get((m, o)), share_of[m][o]) for o in OUTCOMES),
          Td(words.number(at[m, "convicted"].n_at_risk, "count"))] for m in shown],
    )  # fmt: skip
    said = [
        f"{words.number(at[m, 'convicted'].value, 'rate')} were convicted within {m} months "
        f"({_limits(at[m, 'convicted'].lower, at[m, 'convicted'].upper)})"
        for m in (12, 24, 36, 48) if (m, "convicted") in at
    ]  # fmt: skip
    claim = check(Claim(f"Of the defendants charged in {span}, {words.listed(said)}." if said else "Too early to say."))
    chart = stacked([str(m) for m in shares.index], {o: shares[o].tolist() for o in OUTCOMES if o in shares})
    return View(*pair, "fy", view_label(edition, pair), [claim], drawn(chart), table)


def _share(row: Any, value: float) -> Td:
    note = _limits(row.lower, row.upper) if row is not None else ""
    return Td(words.number(float(value), "rate"), note=note)


def _limits(lower: float, upper: float) -> str:
    return f"{round(100 * lower)} to {words.number(upper, 'rate')}"


def _maturity(edition: Edition, nation: pd.DataFrame, pair: tuple[str, str]) -> View:
    rows = _of(nation, pair).sort_values("period")
    shares = {o: (rows[f"n_{o}"] / rows["n_charged"]).tolist() for o in OUTCOMES}
    until = rows["followed_to"].iloc[0]
    columns = ["Charged in", "Charged", *(label for label, _, _ in OUTCOMES.values()), "Ended",
               "Median days", "Days until nine in ten have ended"]  # fmt: skip
    table = Table(
        f"Outcomes by {until} by year of the charge, all districts, {view_label(edition, pair)}",
        [Td(c) for c in columns], [_matured(r) for r in listed(rows[::-1])],
    )  # fmt: skip
    young = [f"{r.period} {words.number(r.maturity, 'rate')}" for r in listed(rows) if r.maturity < READY]
    told = f"Ended by {until}: {words.listed(young)}; in every other year" if young else f"By {until}, in every year,"
    text = f"Cases are followed to {until}. {told} nine in ten cases or more had ended."
    return View(*pair, "fy", view_label(edition, pair), [check(Claim(text))],
                drawn(stacked(rows["period"].tolist(), shares)), table)  # fmt: skip


def _matured(row: Any) -> list[Td]:
    counts = [Td(words.number(getattr(row, c), "count")) for c in ("n_charged", *(f"n_{o}" for o in OUTCOMES))]
    days = [Td(words.NOT_APPLICABLE, "not_applicable") if clean(v) is None else Td(words.number(v, "count"))
            for v in (row.median_days, row.p90_days)]  # fmt: skip
    return [Td(row.period), *counts, Td(words.number(row.maturity, "rate")), *days]


def _beside(edition: Edition, nation: pd.DataFrame, pair: tuple[str, str]) -> View:
    rows = _of(nation, pair).sort_values("period")
    cells = {c.period: c for c in edition.series(pair[0], WITHIN, pair[1], NATION) if c.is_shown}
    periods = rows["period"].tolist()
    within = [cells.get(p) for p in periods]
    of_ended, so_far = ([clean(v) for v in rows[c].tolist()] for c in ("of_ended", "so_far"))
    day = edition.manifest["agencies"][pair[0]]["as_of"]
    by_day = BY_DAY.format(day=day)
    none = [None] * len(periods)
    ours = [[c and getattr(c, field) for c in within] for field in ("value", "lower", "upper")]
    chart = rates(periods, {
        "Convicted within 36 months": ("first", ours[0], ours[1], ours[2]),
        AS_YEAR: ("second", of_ended, none, none), by_day: ("third", so_far, none, none),
    })  # fmt: skip
    table = Table(
        f"Three rates by year, all districts, {view_label(edition, pair)}",
        [Td("Year"), Td("Convicted within 36 months of the charge"), Td(AS_YEAR), Td(by_day)],
        [[Td(p), _rate(c), *(_plain(v) for v in naive)]
         for p, c, *naive in reversed(list(zip(periods, within, of_ended, so_far, strict=True)))],
    )  # fmt: skip
    said = _said(periods, within, of_ended, so_far, day)
    return View(*pair, "fy", view_label(edition, pair), said, drawn(chart), table)


def _rate(cell: Any) -> Td:
    if cell is None:
        return Td(words.NOT_APPLICABLE, "not_applicable")
    return Td(words.number(cell.value, "rate"), note=_limits(cell.lower, cell.upper))


def _plain(value: float | None) -> Td:
    return Td(words.NOT_APPLICABLE, "not_applicable") if value is None else Td(words.number(value, "rate"))


def _said(periods: list[str], within: list[Any], of_ended: list[Any], so_far: list[Any], day: str) -> list[Claim]:
    """The last cohort with a 36-month share beside the naive rate of its year, and how far the newest one reads."""
    known = [i for i, cell in enumerate(within) if cell is not None]
    if not known:
        return [check(Claim("No cohort has been followed for 36 months, so no share is given."))]
    i = known[-1]
    cell, naive = within[i], of_ended[i]
    opening = (
        f"Of the defendants charged in {periods[i]}, {words.number(cell.value, 'rate')} were convicted within 36 "
        f"months (95 % interval {_limits(cell.lower, cell.upper)})."
    )
    claims = [Claim(opening)]
    if naive is not None:
        place = "within that interval" if cell.lower <= naive <= cell.upper else "outside that interval"
        claims.append(Claim(
            f"The yearly rate of {periods[i]} says {words.number(naive, 'rate')}, {place}: it counts only cases that "
            "ended in the year, so it leaves out the open ones, mixes years of charge and favours what ends fast."
        ))  # fmt: skip
    last = so_far[-1]
    if last is not None:
        claims.append(Claim(
            f"By {day}, provisional, {words.number(last, 'rate')} of those charged in {periods[-1]} are convicted: a "
            "young cohort reads low because most of its cases are open."
        ))  # fmt: skip
    return [check(claim) for claim in claims]


def _figure(edition: Edition, key: str, question: str, views: list[View], table: str) -> Figure:
    m = edition.manifest["metrics"][WITHIN]
    sources = list(dict.fromkeys(v.source for v in views))
    card = Card(
        counted=f"Defendants charged in a fiscal year; one count is one {m['counts']}.",
        not_counted="; ".join(m["excludes"]).capitalize() + ".",
        definition="Shares are Aalen-Johansen estimates: conviction, acquittal, dismissal, transfer and other endings "
        "compete, open cases are followed as far as they go. Days are Kaplan-Meier estimates.",
        reading=f"{m['reading'][0].upper()}{m['reading'][1:]}.",
        caveats=[*m["caveats"], *(_dates(edition, source) for source in sources)],
        sources=source_lines(edition, sources),
        ids=f"{table}@{edition.manifest['edition']}",
    )  # fmt: skip
    alt = "Shares by outcome. The table beside it holds the same numbers."
    download = csv_link(table, "Every group and month" if table == "cohort_curves" else "Every cohort and group")
    return Figure(key, question, views, card, alt, download,
                  (f"trends/{WITHIN}.html", "Convicted within 36 months, by group"))  # fmt: skip


def _dates(edition: Edition, source: str) -> str:
    """To which day outcomes count, and to which the one rate that does not wait for figures to be final."""
    rows, agency = edition.tables["cohorts"], edition.manifest["agencies"][source]
    until = rows[rows["source"] == source]["followed_to"].iloc[0]
    return (
        f"{agency['label']}: cases are followed to {until}, after which figures are provisional. Only the rate of "
        f"those convicted by {agency['as_of']} counts on to that day, so it is provisional and the higher one."
    )


SECTION = Section("cohorts", "Cohorts", pages)
