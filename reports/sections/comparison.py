"""The comparison: districts with a team against others, and published figures beside ours.

In: table `comparison`; the rest from `evaluation` and `benchmarks`. Out: `comparison.html`.
"""

from collections.abc import Iterable
from typing import Any

from reports import words
from reports.cards import comparison_card, only, view_label
from reports.charts.drawn import drawn
from reports.charts.ratios import Ratio, ratios
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.section import Figure, Page, Section, Table, Td, View
from reports.sections import benchmarks, evaluation, trends
from reports.sentences import against, missing


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    figures = ratio_figures(edition)
    yield Page(
        "comparison.html", "Teams against others", "comparison.html", "comparison",
        {
            "study": edition.manifest["study"], "figures": figures,
            "switches": only(trends.switches(edition), figures) | {"group": []},
            "trend": evaluation.trend(edition), "benchmarks": benchmarks.figure(edition),
        },
    )  # fmt: skip


def rows(edition: Edition, outcome: str, view: tuple[str, str] | None = None) -> list[Any]:
    """Rows of table `comparison` for one outcome, phase by phase."""
    return [row for row in _rows(edition, view or edition.lead) if row.outcome == outcome]


def _rows(edition: Edition, pair: tuple[str, str]) -> list[Any]:
    return [row for row in edition.tables["comparison"].itertuples() if (row.source, row.scope) == pair]


def ratio_figures(edition: Edition) -> list[Figure]:
    """One figure with a view for each source and scope that the comparison was made in."""
    pairs = edition.tables["comparison"][["source", "scope"]].drop_duplicates().to_numpy()
    ordered = sorted(((str(s), str(scope)) for s, scope in pairs), key=lambda v: (v != edition.lead, v))
    views = [_view(edition, pair) for pair in ordered]
    if not views:
        return []
    ids = f"{views[0].source}/<outcome>/{views[0].scope}/<phase>/<windows>@{edition.manifest['edition']}"
    return [
        Figure(
            key="comparison",
            question="Did counts change more where the teams worked than elsewhere?",
            views=views,
            card=comparison_card(edition, ids, list(dict.fromkeys(v.source for v in views))),
            alt="Ratios of after to before with 95 % intervals, for districts with a team, other districts, and the "
            "one set against the other. The table beside it holds the same numbers.",
            download=("downloads/comparison.csv", "The comparison, every outcome and scope (CSV)"),
        )
    ]


def _view(edition: Edition, pair: tuple[str, str]) -> View:
    kept = _rows(edition, pair)
    claims = [_short(row, edition) for row in kept if row.outcome == edition.manifest["study"]["primary_outcome"]]
    label = view_label(edition, pair)
    chart = ratios([r for row in kept if row.status == "shown" for r in _ratios(edition, row)])
    return View(*pair, "fy", label, claims, drawn(chart), _table(edition, kept, label))


def _short(row: Any, edition: Edition) -> Claim:
    label = edition.manifest["metrics"][row.outcome]["label"]
    if row.status != "shown":
        return check(Claim(f"{row.phase_label}, {label.lower()}: {missing(row)}."))
    claim = against(row)
    text = f"{row.phase_label}, {label.lower()}: {claim.text[0].lower()}{claim.text[1:]}"
    return check(Claim(text, claim.lower, claim.upper))


def _ratios(edition: Edition, row: Any) -> list[Ratio]:
    label = f"{edition.manifest['metrics'][row.outcome]['label']}, {row.phase_label}"
    return [
        Ratio(label, kind, *(float(clean(getattr(row, f"{name}{end}")) or 0) for end in ("", "_lower", "_upper")))
        for kind, name in (("sites", "ratio"), ("others", "ratio_other"), ("against", "ratio_of_ratios"))
        if clean(getattr(row, f"{name}_lower")) is not None
    ]


COLUMNS = [
    "Outcome, phase and windows", "Before", "After", "Ratio", "95 % interval", "Others before", "Others after",
    "Others' ratio", "95 % interval", "Ratio of ratios", "95 % interval", "Share of the national change",
]  # fmt: skip


def _table(edition: Edition, kept: list[Any], label: str) -> Table:
    body = []
    for row in kept:
        windows = f"{words.years(row.before_from, row.before_to)} to {words.years(row.after_from, row.after_to)}"
        cells = [Td(f"{edition.manifest['metrics'][row.outcome]['label']}, {row.phase_label}: {windows}")]
        if row.status != "shown":
            cells += [Td(missing(row), row.status, span=len(COLUMNS) - 1)]
        else:
            counts = [words.number(v, "count") for v in (row.before, row.after, row.before_other, row.after_other)]
            limits = [
                words.interval(getattr(row, f"{n}_lower"), getattr(row, f"{n}_upper")).replace(" ", words.SPACE)
                for n in ("ratio", "ratio_other", "ratio_of_ratios")
            ]
            cells += [
                Td(counts[0]), Td(counts[1]), Td(words.ratio(row.ratio)), Td(limits[0]), Td(counts[2]), Td(counts[3]),
                Td(words.ratio(row.ratio_other)), Td(limits[1]), Td(words.ratio(row.ratio_of_ratios)), Td(limits[2]),
                Td(_share(row)),
            ]  # fmt: skip
        body.append(cells)
    caption = f"Counts and ratios by window, {label}"
    if size := next((clean(row.clump) for row in kept if clean(row.clump) and row.clump != 1), None):
        caption += f"; {size:.1f} defendants count for one in the intervals"
    return Table(caption, [Td(c) for c in COLUMNS], body)


def _share(row: Any) -> str:
    share = clean(row.share_of_change)
    if share is not None:
        return words.number(share, "rate")
    return f"refused: {clean(row.share_refused) or words.NOT_APPLICABLE}"


SECTION = Section("comparison", "Comparison", pages)
