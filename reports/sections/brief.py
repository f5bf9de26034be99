"""The brief: how many, which way, teams against others, what it takes to be sure, what is provisional or late.

In: an edition. Out: `index.html`, whose first printed page is the brief; three charts follow.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from reports import words
from reports.cards import td, view_label
from reports.claims import Claim, check
from reports.edition import NATION, Edition, clean
from reports.section import Figure, Page, Section, Table, Td
from reports.sections import comparison, evaluation, trends
from reports.sentences import compared, earlier_year, ended, which_way
from reports.state import late_lines, provisional_line

BESIDES = ["cases_filed", "defendants_charged", "defendants_convicted", "conviction_rate"]
POWER = 2.80  # 1.96 + 0.84: 95 % interval, 80 % of the time


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    source, scope = edition.lead
    primary = edition.manifest["study"]["primary_outcome"]
    now = edition.last_final(source, primary, scope)
    yield Page(
        "index.html", "Brief", "index.html", "brief",
        {
            "study": edition.manifest["study"], "lead": view_label(edition, edition.lead), "now": now,
            "headline": headline(edition, now), "counts": counts(edition, now), "way": way(edition, now),
            "against": against(edition), "verdict": evaluation.verdict(edition),
            "sure": sure(edition),
            "provisional": provisional_line(edition), "late": late_lines(edition), "figures": figures(edition),
            "primary": edition.manifest["metrics"][primary]["label"].lower(),
        },
    )  # fmt: skip


def headline(edition: Edition, now: str | None) -> str:
    """The first sentence of the report: how many, in the last year that is final."""
    if now is None:
        return "No fiscal year is final yet: every figure below is provisional."
    source, scope = edition.lead
    parts = []
    for metric in ("cases_filed", "defendants_charged", "defendants_convicted"):
        cell = edition.cell(source, metric, scope, NATION, now)
        text = words.read(cell, "count")
        parts.append(f"{text} {edition.manifest['metrics'][metric]['label'].lower()}")
    return check(Claim(f"{now}, all districts: {words.listed(parts)}.")).text


def counts(edition: Edition, now: str | None) -> Table:
    """Metrics down, groups across, in the last final year."""
    source, scope = edition.lead
    areas = list(edition.groups)
    rows = []
    for metric in (m for m in edition.metrics if m in {*BESIDES, "matters_received", "matters_declined"}):
        kind = edition.metrics[metric]["kind"]
        found = [edition.cell(source, metric, scope, a, now or "") for a in areas]
        rows.append([Td(edition.metrics[metric]["label"]), *(td(c, kind) for c in found)])
    columns = [Td("Measure"), *(Td(edition.groups[a]) for a in areas)]
    return Table(f"Counts of {now or 'no final year'}, {view_label(edition, edition.lead)}", columns, rows)


def way(edition: Edition, now: str | None) -> list[tuple[str, list[str]]]:
    """The primary outcome of every phase and of the others, against one and five years earlier."""
    if now is None:
        return []
    primary = edition.manifest["study"]["primary_outcome"]
    found = []
    for years in (1, 5):
        before = earlier_year(now, years)
        claims = [which_way(edition, primary, edition.lead, a, now, before) for a in compared_groups(edition)]
        found.append((f"{now} against {before}", [c.text for c in ended(claims)]))
    return found


def compared_groups(edition: Edition) -> list[str]:
    """The phases and the others: the lines that are set against each other."""
    return [p["key"] for p in edition.manifest["study"]["phases"]] + ["other"]


def against(edition: Edition) -> list[str]:
    """The comparison of the primary outcome in words, a paragraph a phase."""
    rows = comparison.rows(edition, edition.manifest["study"]["primary_outcome"])
    return [" ".join(claim.text for claim in compared(row)) for row in rows]


def sure(edition: Edition) -> list[str]:
    """How large a difference these counts could have shown: by simulation, or from the width of the intervals."""
    found = evaluation.verdict(edition)
    if found and found["least"] is not None:
        least = words.ratio(found["least"])
        return [f"With these sites and years, only a true ratio of {least} or more is seen four times in five."]
    lines = []
    for row in comparison.rows(edition, edition.manifest["study"]["primary_outcome"]):
        low, high = clean(row.ratio_of_ratios_lower), clean(row.ratio_of_ratios_upper)
        if row.status != "shown" or not (low and math.isfinite(high)):
            lines.append(f"{row.phase_label}: too few counts to say how large a difference would be seen.")
            continue
        factor = math.exp(POWER * math.log(high / low) / (2 * 1.96))
        lines.append(
            f"{row.phase_label}: with counts of this size a change under {factor:.1f} times that of the other "
            f"districts would be missed in one study of five or more."
        )
    return lines


def figures(edition: Edition) -> list[Figure]:
    """Three charts: the primary outcome, cases filed, and the comparison."""
    primary = edition.manifest["study"]["primary_outcome"]
    names = [m for m in dict.fromkeys([primary, "cases_filed"]) if m in edition.metrics]
    found = [trends.figure(edition, m, charted=compared_groups(edition)) for m in names]
    return [_first(f) for f in found + comparison.ratio_figures(edition)[:1]]


def _first(figure: Figure) -> Figure:
    """The figure with its first view alone."""
    return replace(figure, views=figure.views[:1])


SECTION = Section("brief", "Brief", pages)
