"""Quality: what was delivered, what became of every record, what is held, and what the checks found.

In: tables `deliveries` and `fates`; the rest from `held`, `checks` and `trust`. Out: `quality.html`.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pandas as pd

from reports import words
from reports.cards import delivery_card, only
from reports.charts.deliveries import fates, timeline
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import Edition
from reports.package import csv_link
from reports.section import Figure, Page, Section, Table, Td, View
from reports.sections import checks, costs, held, linkage, trends, trust

COUNTS = ["n_read", "n_staged", "n_quarantined", "n_skipped"]


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    figures = [
        *held.figures(edition), _deliveries(edition), _fates(edition), _reasons(edition),
        *checks.figures(edition), *trust.figures(edition), *linkage.quality(edition), *costs.figures(edition),
    ]  # fmt: skip
    yield Page("quality.html", "Quality", "quality.html", "quality", {
        "held": held.notes(edition), "figures": figures, "switches": switches(edition, figures),
    })  # fmt: skip


def switches(edition: Edition, figures: list[Figure]) -> dict[str, list[tuple[str, str, bool]]]:
    """The agency of the coverage, and the views of what a held delivery would have moved."""
    kept = only(trends.switches(edition), figures) | {"group": []}
    labels = {v.source: v.label for f in figures if f.key == "coverage" for v in f.views}
    return kept | {"source": [(key, label, key == edition.lead[0]) for key, label in labels.items()]}


def _number(value: Any) -> Td:
    return Td(words.number(float(value), "count"))


def _deliveries(edition: Edition) -> Figure:
    frame = edition.tables["deliveries"]
    lines: list[Any] = list(frame.itertuples())
    rows = [
        [Td(f"{r.label} {r.delivery}"), Td(str(r.as_of)), Td(f"{r.status}, late" if r.is_late else str(r.status)),
         *(_number(getattr(r, c)) for c in COUNTS),
         Td("yes" if r.n_staged + r.n_quarantined + r.n_skipped == r.n_read else "no: tell the analyst")]
        for r in lines
    ]  # fmt: skip
    names = ["Delivery", "As of", "Status", "Read", "Staged", "Set aside", "Skipped", "Adds up"]
    used = frame[frame["status"] == "in use"]
    total = {c: int(used[c].sum()) for c in COUNTS}
    counts = frame["status"].value_counts()
    late = _late(edition)
    tardy = frame[frame["is_late"].astype(bool)]
    claims = [
        check(Claim(f"{words.listed([f'{counts[s]} {s}' for s in sorted(counts.index)])}.")),
        check(Claim(f"Late: {words.listed(sorted(late))}." if late else "No agency is late.")),
        check(Claim(f"{words.counted(len(tardy), 'delivery', 'deliveries')} came later than the agency promises.")),
        check(Claim(
            f"Of the deliveries in use {total['n_read']:,} records were read = {total['n_staged']:,} staged + "
            f"{total['n_quarantined']:,} set aside + {total['n_skipped']:,} skipped."
        )),
    ]  # fmt: skip
    labels = list(dict.fromkeys(frame["label"]))
    view = View("", "", "", "All agencies", claims, drawn(timeline(frame, labels, late)),
                Table("Deliveries and the fate of their records", [Td(n) for n in names], rows))  # fmt: skip
    card = delivery_card(edition, "Every record of every delivered file.", "Read = staged + set aside + skipped.",
                         f"deliveries@{edition.manifest['edition']}")  # fmt: skip
    return Figure("deliveries", "What did each agency deliver, and when?", [view], card,
                  "Deliveries by agency and date, a symbol for each status. The table beside it holds the same.",
                  csv_link("deliveries", "Deliveries"),
                  csv_link("files", "Files with hashes"))  # fmt: skip


def _late(edition: Edition) -> dict[str, str]:
    """The day by which the next delivery of a late agency was expected, by label."""
    agencies = [a for a in edition.manifest["agencies"].values() if a["is_late"]]
    return {
        a["label"]: str(dt.date.fromisoformat(str(a["as_of"])) + dt.timedelta(days=int(a["cadence_days"])))
        for a in agencies
    }


def _fates(edition: Edition) -> Figure:
    frame = edition.tables["deliveries"]
    lost = frame[frame["n_read"] > 0]
    rows = [
        [Td(f"{r.label} {r.as_of}"), *(_number(getattr(r, c)) for c in COUNTS), Td(_share(r.n_quarantined, r.n_read))]
        for r in _worst_first(lost)
    ]  # fmt: skip
    shares = (lost["n_quarantined"] / lost["n_read"]).max() if len(lost) else 0.0
    claim = check(Claim(f"No delivery has more than {100 * shares:.1f} % of its records set aside."))
    names = ["Delivery", "Read", "Staged", "Set aside", "Skipped", "Share set aside"]
    view = View(
        "", "", "", "All agencies", [claim], drawn(fates(lost)), Table("Records by fate", [*map(Td, names)], rows)
    )
    card = delivery_card(edition, "Every record of every delivered file.", "Share = records set aside / records read.",
                         f"deliveries@{edition.manifest['edition']}")  # fmt: skip
    return Figure("fates", "How many records were set aside or skipped?", [view], card,
                  "Records set aside and skipped by delivery, as marks. The table beside it holds the same numbers.",
                  csv_link("deliveries", "Deliveries"))  # fmt: skip


def _worst_first(frame: pd.DataFrame) -> list[Any]:
    rows: list[Any] = list(frame.itertuples())
    return sorted(rows, key=lambda r: (-r.n_quarantined / r.n_read, r.label, r.as_of))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %"


def _reasons(edition: Edition) -> Figure:
    used = edition.tables["deliveries"].query("status == 'in use'")
    names = set(zip(used["agency"], used["delivery"], strict=True))
    kept: list[Any] = [r for r in edition.tables["fates"].itertuples() if (r.agency, r.delivery) in names]
    kept.sort(key=lambda r: (r.agency, r.delivery, r.contract, r.fate, r.rule))
    labels = {k: a["label"] for k, a in edition.manifest["agencies"].items()}
    fate = {"quarantined": "set aside", "skipped": "skipped"}
    rows = [
        [Td(f"{labels.get(r.agency, r.agency)} {r.delivery}"), Td(str(r.contract)), Td(fate.get(r.fate, r.fate)),
         Td(str(r.rule)), _number(r.n)]
        for r in kept
    ]  # fmt: skip
    columns = [Td(n) for n in ("Delivery", "Export", "Fate", "Rule or reason", "Records")]
    claim = check(Claim(f"{words.counted(len(kept), 'rule or reason', 'rules and reasons')} in the deliveries in use."))
    view = View(
        "", "", "", "Deliveries in use", [claim], "", Table("Rules and reasons, by delivery", columns, rows, True)
    )
    card = delivery_card(edition, "Records of the deliveries in use that were not staged.",
                         "A rule's ID, or a reason to skip.", f"fates@{edition.manifest['edition']}")  # fmt: skip
    return Figure("reasons", "Why were records set aside or skipped?", [view], card, "",
                  csv_link("fates", "Rules and reasons"))  # fmt: skip


SECTION = Section("quality", "Quality", pages)
