"""What stands under a figure, taken from the definitions and the deliveries; and the tables beside the charts.

In: an edition. Out: `Card` and `Table` values.
"""

from dataclasses import replace
from typing import Any

from reports import words
from reports.edition import Bands, Edition
from reports.section import Card, Figure, Table, Td
from reports.words import Cell


def source_lines(edition: Edition, sources: list[str]) -> list[str]:
    """One line a source: its name, its data date, the delivery in use."""
    lines = []
    for key in sources:
        agency = edition.manifest["agencies"].get(key)
        if agency is None or not agency["in_use"]:
            lines.append(f"{key.upper()}: no good delivery; its figures are {words.NOT_REPORTED}")
            continue
        lines.append(f"{agency['label']}: {agency['name']}; delivery {agency['in_use'][-1]}, as of {agency['as_of']}")
    return lines


def metric_card(edition: Edition, metric: str, sources: list[str], ids: str, first: str = "") -> Card:
    """The card of a figure about one metric, from the metric's own file; `first` is the scope that is shown first."""
    m = edition.manifest["metrics"][metric]
    scope = edition.manifest["scopes"][first or edition.lead[1]]
    return Card(
        counted=f"{_upper(m['numerator']['says'])}; one count is one {m['counts']}. First scope shown: "
        f"{scope['label']}. {scope['says']}",
        not_counted=_upper("; ".join(m["excludes"])) or "Nothing is left out beyond the scope.",
        definition=f"{m['label']} = {m['formula']}; dated by {m['dated_by'].replace('_', ' ')}.",
        reading=_upper(m["reading"]),
        caveats=[*m["caveats"], *scope["caveats"]],
        sources=source_lines(edition, sources),
        ids=ids,
    )


def comparison_card(edition: Edition, ids: str, sources: list[str]) -> Card:
    """The card of a figure about the comparison, from the study file."""
    study = edition.manifest["study"]
    phases = "; ".join(f"{p['label']}: {words.listed(p['districts'])}" for p in study["phases"])
    return Card(
        counted=f"{phases}. Compared with: {study['comparison']} The share of the national change is of all districts.",
        not_counted="Cases and defendants outside the scope of each row.",
        definition="Ratio = count of the later window / count of the earlier one. Ratio of ratios = the teams' ratio / "
        "the others' ratio. Intervals (95 %) are exact for cases. Defendants come in schemes, so that theirs count "
        "several for one, as the caption of the table says: the mean of the squared sizes of cases over their mean.",
        reading="A description of two windows, not an effect of the programme. An interval leaves out that years "
        "and districts differ by more than chance: the evaluation below asks that.",
        caveats=[
            "Sites were chosen, not drawn by lot; a change that began before the teams counts in the ratio too.",
            study["spillover"]["why"],
        ],
        sources=source_lines(edition, sources),
        ids=ids,
    )


def delivery_card(edition: Edition, counted: str, definition: str, ids: str) -> Card:
    """The card of a figure about deliveries and their records."""
    return Card(
        counted=counted, not_counted="Files that were never delivered.", definition=definition,
        reading="A record set aside is not lost: it stays in quarantine with its rule and line.",
        caveats=["The same record is counted again in every delivery that repeats it."],
        sources=source_lines(edition, list(edition.manifest["agencies"])), ids=ids,
    )  # fmt: skip


def only(
    switches: dict[str, list[tuple[str, str, bool]]], figures: list[Figure]
) -> dict[str, list[tuple[str, str, bool]]]:
    """The switches without the choices that no view of the figures has."""
    views = [view for figure in figures for view in figure.views]
    kept = dict(switches)
    for name in ("source", "scope", "period"):
        have = {getattr(view, name) for view in views}
        kept[name] = [choice for choice in switches[name] if choice[0] in have]
    return kept


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def td(cell: Cell | None, kind: str, group: str = "") -> Td:
    """One number as a table prints it."""
    status = "absent" if cell is None else cell.status if not cell.is_shown else ""
    note = ""
    if cell is not None and cell.is_shown and kind == "rate" and cell.denominator is not None:
        note = f"of {words.number(cell.denominator, 'count')}"
    if cell is not None and cell.is_provisional:
        status = f"{status} provisional".strip()
    return Td(words.read(cell, kind), status, note, group)


def by_period(
    edition: Edition,
    metric: str,
    view: tuple[str, str],
    areas: list[str],
    period_kind: str,
    caption: str,
    bands: Bands | None = None,
) -> Table:
    """Periods down, groups across, the newest first; `bands` say what a provisional count is expected to become."""
    kind, (source, scope) = edition.manifest["metrics"][metric]["kind"], view
    series = {a: {c.period: c for c in edition.series(source, metric, scope, a, period_kind)} for a in areas}
    periods = sorted({p for cells in series.values() for p in cells}, reverse=True)
    rows = [
        [Td(p), *(_expected(td(series[a].get(p), kind, a), (bands or {}).get((a, p))) for a in areas)] for p in periods
    ]
    return Table(caption, [Td("Period"), *(Td(edition.groups.get(a, a), group=a) for a in areas)], rows)


def _expected(cell: Td, band: tuple[float, float, float] | None) -> Td:
    """The cell with what it is expected to become, where that is another number."""
    if band is None or round(band[1]) == round(band[2]):
        return cell
    return replace(cell, note=f"of about {band[0]:,.0f}")


def metrics_table(edition: Edition, view: tuple[str, str], area: str, caption: str) -> Table:
    """Fiscal years down, every metric across, for one area."""
    source, scope = view
    names = [m for m in edition.of_page("trends") if edition.series(source, m, scope, area)]
    series = {m: {c.period: c for c in edition.series(source, m, scope, area)} for m in names}
    periods = sorted({p for cells in series.values() for p in cells}, reverse=True)
    kinds: dict[str, Any] = {m: edition.metrics[m]["kind"] for m in names}
    rows = [[Td(p), *(td(series[m].get(p), kinds[m]) for m in names)] for p in periods]
    return Table(caption, [Td("Fiscal year"), *(Td(edition.metrics[m]["label"]) for m in names)], rows)


def view_label(edition: Edition, view: tuple[str, str]) -> str:
    """`ACTeam scope, EOUSA`."""
    source, scope = view
    agency = edition.manifest["agencies"].get(source, {}).get("label", source.upper())
    return f"{edition.manifest['scopes'][scope]['label']}, {agency}"
