"""What the checks found: rules by delivery, unknown codes, and which district counts in which year.

In: tables `findings`, `deliveries` and `cells`. Out: figures of `quality.html`.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import delivery_card, metric_card, view_label
from reports.charts.drawn import drawn
from reports.charts.heat import heat
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.section import Figure, Table, Td, View
from sources.facts import districts

MOST = 200  # rows printed; the file holds all
CODE = ".code"  # how the rules that look into a code list end


def figures(edition: Edition) -> list[Figure]:
    """Every figure of this part, in order."""
    return [_fired(edition), _findings(edition), _codes(edition), *_coverage(edition)]


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
                  ("downloads/findings.csv", "Checks (CSV)"))  # fmt: skip


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
        "findings", "Which checks did not pass?", [view], card, "", ("downloads/findings.csv", "Checks (CSV)")
    )


def _count(value: Any) -> str:
    return words.NOT_APPLICABLE if clean(value) is None else words.number(float(value), "count")


def _codes(edition: Edition) -> Figure:
    """Columns with a code list, of the last delivery of each agency, those with unknown codes first."""
    found = _dated(edition)
    found = found[found["rule"].str.endswith(CODE)].sort_values("as_of", kind="stable")
    last = found.drop_duplicates(["agency", "contract", "rule"], keep="last")
    lines: list[Any] = sorted(last.itertuples(), key=lambda r: (-(clean(r.n_failed) or 0), r.label, r.contract, r.rule))
    unknown = [r for r in lines if clean(r.n_failed)]
    rows = [
        [Td(f"{r.label} {r.delivery}"), Td(str(r.contract)), Td(str(r.rule).removesuffix(CODE)), Td(_count(r.n_failed)),
         Td(_count(r.n_checked))]
        for r in lines
    ]  # fmt: skip
    columns = [Td(n) for n in ("Last delivery", "Export", "Column", "Records with an unknown code", "Looked at")]
    said = f"{words.counted(len(lines), 'column')} with a code list; {len(unknown):,} hold a code that is not in it."
    view = View("", "", "", "", [check(Claim(said))], "", Table("Unknown codes", columns, rows, True))
    card = delivery_card(edition, "Records whose code is in no list; they are set aside.",
                         "A code is known when sources/codes lists it.",
                         f"findings@{edition.manifest['edition']}")  # fmt: skip
    return Figure("codes", "Which columns hold codes that nobody knows?", [view], card, "",
                  ("downloads/findings.csv", "Checks (CSV)"))  # fmt: skip


def _coverage(edition: Edition) -> list[Figure]:
    """Districts down, fiscal years across: cases filed in the widest scope of the leading source."""
    metric, source = "cases_filed", edition.lead[0]
    widest = [scope for s, scope in edition.views if s == source][-1]
    series = {d: {c.period: c for c in edition.series(source, metric, widest, d)} for d in sorted(districts())}
    periods = sorted({p for cells in series.values() for p in cells})
    if not periods:
        return []
    counts = [[c.value if (c := series[d].get(p)) and c.is_shown else None for p in periods] for d in series]
    rows = [
        [Td(d),
         *(Td(text, "" if c and c.is_shown else "absent")
           for p in periods for c in [series[d].get(p)] for text in [words.read(c, "count", edition.threshold)])]
        for d in series
    ]  # fmt: skip
    final = [p for p in periods if any((c := s.get(p)) and not c.is_provisional for s in series.values())]
    empty = [d for d, s in series.items() if all(not (c := s.get(p)) or not c.value for p in final)]
    gaps = sum(1 for s in series.values() for p in final if not (c := s.get(p)) or not c.value)
    never = f"No case in any year: {words.listed(empty)}." if empty else "Every district holds a case in some year."
    of = f"{len(series) * len(final):,} final ones hold no case."
    said = [check(Claim(f"{words.counted(gaps, 'district-year')} of {of}")), check(Claim(never))]
    label = view_label(edition, (source, widest))
    table = Table(
        f"Cases filed by district and fiscal year, {label}", [Td("District"), *(Td(p[2:]) for p in periods)], rows
    )
    view = View("", "", "", label, said, drawn(heat(list(series), periods, counts, "cases")), table)
    card = metric_card(edition, metric, [source], f"{source}/{metric}/{widest}/<district>/<period>@"
                       f"{edition.manifest['edition']}", widest)  # fmt: skip
    return [Figure("coverage", "Which districts are covered, and in which years?", [view], card,
                   "Cases filed by district and fiscal year, darker for more. The table beside it holds the same"
                   " numbers.", ("downloads/cells.parquet", "Every number (Parquet)"))]  # fmt: skip
