"""What the checks of deliveries found: rules by day, and every check that did not pass.

In: tables `findings` and `deliveries`. Out: figures of `quality.html`.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import delivery_card
from reports.charts.drawn import drawn
from reports.charts.heat import heat
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.package import csv_link
from reports.section import Figure, Table, Td, View

MOST = 200  # rows printed; the file holds all


def figures(edition: Edition) -> list[Figure]:
    """Every figure of this part, in order."""
    return [_fired(edition), _findings(edition)]


def _dated(edition: Edition) -> pd.DataFrame:
    """Findings with the day and the label of their delivery."""
    days = edition.tables["deliveries"][["agency", "delivery", "as_of"]].drop_duplicates(["agency", "delivery"])
    found = edition.tables["findings"].merge(days, how="left", on=["agency", "delivery"])
    labels = {k: a["label"] for k, a in edition.manifest["agencies"].items()}
    return found.assign(label=found["agency"].map(labels).fillna(found["agency"]), as_of=found["as_of"].fillna("?"))


def _fired(edition: Edition) -> Figure:
    """Rules down, days across."""
    found = _dated(edition)
    failed = found[~found["passed"].astype(bool)].assign(n_failed=lambda f: f["n_failed"].fillna(1).astype(int))
    failed = failed.assign(name=failed["rule"] + " (" + failed["label"] + ")")
    grid = failed.pivot_table(index="name", columns="as_of", values="n_failed", aggfunc="sum")
    grid = grid.loc[grid.sum(axis=1).sort_values(ascending=False, kind="stable").index][:MOST]
    days = [str(d) for d in grid.columns]
    names = [str(n) for n in grid.index]
    counts = [[None if pd.isna(v) else int(v) for v in row] for row in grid.to_numpy()]
    rows = [
        [Td(name), *(Td("did not fire", "absent") if n is None else Td(f"{n:,}") for n in row)]
        for name, row in zip(names, counts, strict=True)
    ]
    said = f"{words.counted(len(names), 'rule')} fired over {words.counted(len(days), 'day')} of delivery."
    chart = drawn(heat(names, days, counts, "records")) if names else ""
    table = Table("Records that broke a rule, by rule and day of the delivery", [*map(Td, ["Rule", *days])], rows)
    view = View("", "", "", "All deliveries", [check(Claim(said))], chart, table)
    card = delivery_card(edition, "Records that broke a rule; one for a rule about a whole delivery.",
                         "Sum of failures by rule and day.", f"findings@{edition.manifest['edition']}")  # fmt: skip
    return Figure("fired", "Which rules fired, and how often?", [view], card,
                  "Rules by day of delivery, darker for more records. The table beside it holds the same numbers.",
                  csv_link("findings", "Checks"))  # fmt: skip


def _findings(edition: Edition) -> Figure:
    frame = _dated(edition)
    found: list[Any] = [r for r in frame.itertuples() if not r.passed]
    found.sort(key=lambda r: (r.severity != "error", r.agency, r.delivery, r.rule))
    rows = [
        [Td(f"{r.label} {r.delivery}"), Td(str(r.rule)), Td(str(r.says)), Td(str(r.severity)),
         Td(_count(r.n_failed)), Td(_count(r.n_checked))]
        for r in found[:MOST]
    ]  # fmt: skip
    columns = [Td(n) for n in ("Delivery", "Check", "What should hold", "Severity", "Failed", "Looked at")]
    held = sum(r.severity == "error" for r in found)
    claim = check(Claim(
        f"{words.counted(len(frame), 'check')} ran; {len(found):,} did not pass, {held:,} of them of the kind that"
        " holds a delivery."
    ))  # fmt: skip
    view = View("", "", "", "All deliveries", [claim], "", Table("Checks that did not pass", columns, rows, True))
    card = delivery_card(edition, "Every check of every delivery.", "A check looks at a column, row or whole table.",
                         f"findings@{edition.manifest['edition']}")  # fmt: skip
    return Figure(
        "findings",
        "Which checks did not pass?",
        [view],
        card,
        "",
        csv_link("findings", "Checks"),
    )


def _count(value: Any) -> str:
    return words.NOT_APPLICABLE if clean(value) is None else words.number(float(value), "count")
