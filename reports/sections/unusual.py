"""What is unusual among the districts, in words: rates beyond the limits of chance, and signals of rare events.

In: tables `funnels` and `signals`. Out: figures for `districts.html`. Nothing is ranked.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import source_lines, view_label
from reports.charts.drawn import drawn
from reports.charts.limits import limits
from reports.claims import Claim, check
from reports.edition import Edition
from reports.edition import rows as listed
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View
from transforms.unusual import ALARM

ABOUT = {
    "more cases": "{n} in FY{to}, where {e} a year were filed before",
    "fewer cases": "{n} in FY{to}, where {e} a year were filed before",
    "longer without a case": "{n} months without a case, where one came every {e} months before",
}


def figures(edition: Edition) -> list[Figure]:
    """A funnel plot a rate, and the signals."""
    funnels, signals = edition.tables.get("funnels"), edition.tables.get("signals")
    if funnels is None or signals is None or signals.empty:
        return []
    source, scope = edition.lead
    ours = funnels[(funnels["source"] == source) & funnels["metric"].isin(edition.metrics)]
    made = [_funnel(edition, str(metric), rows) for metric, rows in ours.groupby("metric", sort=True)]
    told = signals[(signals["source"] == source) & (signals["scope"] == scope)]
    return [*made, _signals(edition, told)]


def _funnel(edition: Edition, metric: str, rows: pd.DataFrame) -> Figure:
    m = edition.metrics[metric]
    scopes = list(dict.fromkeys(rows["scope"]))
    scope = edition.lead[1] if edition.lead[1] in scopes else scopes[0]
    kept = listed(rows[rows["scope"] == scope])
    first, label = kept[0], view_label(edition, (str(rows["source"].iloc[0]), scope))
    span = words.years(int(first.from_fy), int(first.to_fy))
    outside = [r for r in kept if r.reading not in ("within", "none")]
    table = Table(
        f"{m['label']}, {span}, {label}",
        [Td(c) for c in ("District", "Rate", "95 % limits", "99.8 % limits", "Reading")],
        [_limited(r) for r in kept if r.denominator > 0], True,
    )  # fmt: skip
    n = sum(r.denominator > 0 for r in kept)
    said = [
        Claim(
            f"{span}: the rate of all districts is {words.number(first.rate, 'rate')}. {len(outside)} of {n} districts "
            f"lie outside the 95 % limits, where chance alone would put about {round(0.05 * n)}."
        )
    ]
    if outside:
        names = [f"{r.area} ({words.number(r.value, 'rate')} of {words.number(r.denominator, 'count')}, {r.reading} %)"
                 for r in outside[:12]]  # fmt: skip
        said.append(Claim(f"Outside: {words.listed(names)}."))
    card = Card(
        counted=f"{m['numerator']['says'][0].upper()}{m['numerator']['says'][1:]}; one count is one {m['counts']}.",
        not_counted="Provisional years; districts without any.",
        definition=f"{m['label']} = {m['formula']}, {span} together. Limits are binomial around the rate of all, at "
        f"the count over the spread between districts ({first.spread:.1f}).",
        reading="Within the limits districts cannot be told apart, whatever their order. Outside is a question.",
        caveats=["Districts differ in what they are sent, so a rate beyond the limits need not be the office's doing.",
                 "Defendants of one case share its fate, which widens the spread."],
        sources=source_lines(edition, [str(rows["source"].iloc[0])]), ids=f"funnels@{edition.manifest['edition']}",
    )  # fmt: skip
    view = View("", "", "", label, [check(c) for c in said], drawn(limits(kept, float(first.rate))), table)
    return Figure(f"limits-{metric.replace('_', '-')}", f"{m['label']}: which districts differ by more than chance?",
                  [view], card, "Rates of districts by what they rest on, with limits. The table holds the same.",
                  csv_link("funnels", "Every rate and scope"))  # fmt: skip


def _limited(row: Any) -> list[Td]:
    def both(lower: float, upper: float) -> str:
        return f"{round(100 * lower)} to {words.number(upper, 'rate')}"

    return [Td(row.area), Td(words.number(row.value, "rate"), note=f"of {words.number(row.denominator, 'count')}"),
            Td(both(row.lower_95, row.upper_95)), Td(both(row.lower_998, row.upper_998)),
            Td(row.reading if row.reading == "within" else f"{row.reading} %")]  # fmt: skip


def _signals(edition: Edition, rows: pd.DataFrame) -> Figure:
    found = [r for r in listed(rows) if r.signal != "none"]
    n, label = len(rows), view_label(edition, edition.lead)
    false = words.number(2 * ALARM * n, "ratio")
    opening = (
        f"{n} series were watched; chance alone would give about {false} signals. "
        f"{words.counted(len(found), 'signal')} came up."
    )
    said = [Claim(opening), *(Claim(f"{_place(edition, r)}: {_told(r)}.") for r in found)]
    table = Table(
        f"Signals in cases filed, {label}", [Td(c) for c in ("Where", "What", "Observed", "Expected", "Chance")],
        [_signal(edition, r) for r in found] or [[Td("No signal"), Td("Nothing beyond chance", span=4)]], True,
    )  # fmt: skip
    card = Card(
        counted="Cases filed, a year against the five before it (u chart), and whole months from the last case of a "
        "district with four cases or more to the day to which figures are final (t chart).",
        not_counted="Provisional years; waits that a case has ended since; districts with fewer cases.",
        definition=f"A signal is what chance gives less than once in {round(1 / ALARM):,} series, on each side. A year "
        "is binomial given the six years' sum, at the counts over the spread between years; a wait one steady rate.",
        reading="A signal says look here. It says nothing of why.",
        caveats=["Where the whole country moves, many series signal at once.",
                 "The rate before is itself an estimate; its uncertainty is in the chance."],
        sources=source_lines(edition, [edition.lead[0]]), ids=f"signals@{edition.manifest['edition']}",
    )  # fmt: skip
    view = View("", "", "", label, [check(c) for c in said], "", table)
    return Figure("signals", "Where is the number of cases unusual?", [view], card, "",
                  csv_link("signals", "Every series that is watched"))  # fmt: skip


def _place(edition: Edition, row: Any) -> str:
    return str(row.area) if row.area_kind == "district" else edition.groups.get(row.area, row.area)


def _told(row: Any) -> str:
    return ABOUT[row.signal].format(
        n=words.number(row.observed, "count"), e=words.number(row.expected, "ratio"), to=int(row.to_fy)
    )


def _signal(edition: Edition, row: Any) -> list[Td]:
    chance = "under 1 in 100,000" if row.chance < 1e-5 else f"1 in {round(1 / row.chance):,}"
    return [Td(_place(edition, row)), Td(row.signal.capitalize()), Td(f"{row.observed:,.0f}"),
            Td(words.number(row.expected, "ratio")), Td(chance)]  # fmt: skip
