"""Quality: what was delivered, what became of every record, what is held, and what the checks found.

In: tables `deliveries`, `files`, `fates`; checks and coverage come from `checks`. Out: `quality.html`.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pandas as pd

from reports import words
from reports.cards import delivery_card
from reports.charts.deliveries import fates, timeline
from reports.charts.drawn import drawn
from reports.claims import Claim, check
from reports.edition import Edition
from reports.section import Figure, Page, Section, Table, Td, View
from reports.sections import checks

COUNTS = ["n_read", "n_staged", "n_quarantined", "n_skipped"]


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    figures = [*_what_if(edition), _deliveries(edition), _fates(edition), _reasons(edition), *checks.figures(edition)]
    yield Page("quality.html", "Quality", "quality.html", "quality", {"held": held(edition), "figures": figures})


def held(edition: Edition) -> list[tuple[str, str]]:
    """(what happened, why) of every held delivery that a newer one has not replaced, in plain words."""
    notes = []
    for agency in edition.manifest["agencies"].values():
        for one in agency["held"]:
            stands = (
                f"The figures of {agency['label']} stay those of {agency['as_of']}, from its last good delivery"
                if agency["as_of"]
                else f"There is no earlier good delivery, so its figures are {words.NOT_REPORTED}"
            )
            sent = f"{agency['label']} sent {one['delivery']}; it did not pass and is held."
            notes.append((f"{sent} {stands}. Nothing of it is counted.", str(one["reason"])))
    return notes


def _what_if(edition: Edition) -> Iterable[Figure]:
    """Records of each held delivery beside those in use: what it would have changed."""
    rows: list[list[Td]] = []
    unread = 0
    for key, agency in edition.manifest["agencies"].items():
        for one in agency["held"]:
            last = agency["in_use"][-1:]
            now, before = _staged(edition, key, one["delivery"]), _staged(edition, key, *last)
            unread += not now
            rows += [_beside(agency["label"], one["delivery"], c, now, before) for c in sorted({*now, *before})]
    if not rows:
        return
    said = "Nothing of a held delivery is counted. This is what its records would have replaced or added."
    if unread:
        said += f" {unread:,} of them could not be read, so what it holds is not known."
    columns = [Td("Delivery and export"), Td("Staged in it"), Td("Staged in the last good one"), Td("Difference")]
    view = View("", "", "", "", [check(Claim(said))], "", Table("Held deliveries beside those in use", columns, rows))
    card = delivery_card(
        edition, "Records that passed the contract, by export, in the held delivery and in the last good one.",
        "Difference = records staged in the held delivery - records staged in the last good one.",
        f"files@{edition.manifest['edition']}",
    )  # fmt: skip
    yield Figure("what-if", "What would a held delivery have changed?", [view], card, "",
                 ("downloads/files.csv", "Files with their records (CSV)"))  # fmt: skip


def _staged(edition: Edition, agency: str, delivery: str = "") -> dict[str, int]:
    """Records staged by contract; empty where the delivery was never read or there is none."""
    frame = edition.tables["files"]
    part = frame[(frame["agency"] == agency) & (frame["delivery"] == delivery)]
    return {str(c): int(n) for c, n in part.groupby("contract")["n_staged"].sum().items()}


def _beside(label: str, delivery: str, contract: str, now: dict[str, int], before: dict[str, int]) -> list[Td]:
    name = Td(f"{label} {delivery}: {contract}")
    texts = [words.number(found[contract], "count") if contract in found else "" for found in (now, before)]
    unread = Td("not read", "absent") if not now else Td("no such file", "absent")
    gap = Td(f"{now[contract] - before.get(contract, 0):+,}") if contract in now else Td("not known", "absent")
    return [name, Td(texts[0]) if texts[0] else unread, Td(texts[1]) if texts[1] else Td("none", "absent"), gap]


def _number(value: Any) -> Td:
    return Td(words.number(float(value), "count"))


def _deliveries(edition: Edition) -> Figure:
    frame = edition.tables["deliveries"]
    lines: list[Any] = list(frame.itertuples())
    rows = [
        [Td(f"{r.label} {r.delivery}"), Td(str(r.as_of)), Td(str(r.status)), *(_number(getattr(r, c)) for c in COUNTS),
         Td("yes" if r.n_staged + r.n_quarantined + r.n_skipped == r.n_read else "no: tell the analyst")]
        for r in lines
    ]  # fmt: skip
    names = ["Delivery", "As of", "Status", "Read", "Staged", "Set aside", "Skipped", "Adds up"]
    used = frame[frame["status"] == "in use"]
    total = {c: int(used[c].sum()) for c in COUNTS}
    counts = frame["status"].value_counts()
    late = _late(edition)
    claims = [
        check(Claim(f"{words.listed([f'{counts[s]} {s}' for s in sorted(counts.index)])}.")),
        check(Claim(f"Late: {words.listed(sorted(late))}." if late else "No agency is late.")),
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
                  ("downloads/deliveries.csv", "Deliveries (CSV)"),
                  ("downloads/files.csv", "Files with hashes (CSV)"))  # fmt: skip


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
                  ("downloads/deliveries.csv", "Deliveries (CSV)"))  # fmt: skip


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
                  ("downloads/fates.csv", "Rules and reasons (CSV)"))  # fmt: skip


SECTION = Section("quality", "Quality", pages)
