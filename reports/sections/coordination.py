"""Coordination: who worked a case together, how complex cases are, what else was found.

In: cells of the metrics of the page `coordination`, the pairs of agencies, and what hangs on links. Out:
`coordination.html`. Where the edition has none, the page says so and why.
"""

from collections.abc import Iterable

from reports.cards import only, view_label
from reports.edition import Edition
from reports.section import Page, Section
from reports.sections import linkage, pairs, trends


def pages(edition: Edition) -> Iterable[Page]:
    """The overview with switches, then the pages that need no script."""
    figures = {metric: trends.figure(edition, metric) for metric in edition.of_page("coordination")}
    named = pairs.figures(edition)
    yield Page("coordination.html", "Coordination", "coordination.html", "coordination", {
        "figures": list(figures.values()), "pairs": named,
        "switches": only(trends.switches(edition), [*figures.values(), *named]),
        "lead": view_label(edition, edition.lead), "wanted": wanted(edition), "linked": linkage.coordination(edition),
    })  # fmt: skip
    yield from trends.tables(edition, figures, "coordination")


def wanted(edition: Edition) -> list[str]:
    """Measures of coordination that are defined and have no number here, with the sources that would report them."""
    defined = {n: m for n, m in edition.manifest["metrics"].items() if m["page"] == "coordination"}
    return [
        f"{m['label']}: would come from {', '.join(s.upper() for s in m['sources'])}"
        for name, m in defined.items() if name not in edition.metrics
    ]  # fmt: skip


SECTION = Section("coordination", "Coordination", pages)
