"""Records of one matter or defendant: how sure links are, what hangs on them, where agencies differ, what moved.

In: tables `links`, `linked`, `disagreement` and `relinks`. Out: figures of `coordination.html`, `quality.html` and
`changes.html`; none where the edition has no link.
"""

from typing import Any

import pandas as pd

from reports import words
from reports.cards import source_lines
from reports.claims import Claim, check
from reports.edition import Edition, clean
from reports.package import csv_link
from reports.section import Card, Figure, Table, Td, View

ENDS = ("strict", "middle", "loose")
HIDDEN = "suppressed"
KINDS = {"joined": "joined a {one}", "left": "left a {one}", "moved": "moved to another {one}"}


def coordination(edition: Edition) -> list[Figure]:
    """What hangs on links, with the ends of the range."""
    frame = edition.tables.get("linked", pd.DataFrame())
    if frame.empty:
        return []
    facts, cuts = edition.manifest["linkage"]["measures"], edition.manifest["linkage"]["thresholds"]
    rows, claims = [], []
    for measure, part in frame.groupby("measure", sort=False):
        fact = facts[str(measure)]
        wide = {str(period): _by_end(found) for period, found in part.groupby("period", sort=True)}
        claims += _moves(fact, wide)
        rows += [
            [Td(f"{fact['label']}, {period}"), *(_value(at.get(end), fact["kind"]) for end in ENDS),
             _number(at.get("middle"), "denominator")]
            for period, at in reversed(wide.items())
        ]  # fmt: skip
    names = [*(f"{end[0].upper()}{end[1:]} ({100 * cuts[end]:g} %)" for end in ENDS), "Of"]
    table = Table(
        "Measures that depend on links, at three thresholds", [Td("Measure and years"), *map(Td, names)], rows
    )
    said = [check(Claim(text)) for text in claims] or [check(Claim("Every number is hidden."))]
    card = _card(
        edition, "; ".join(dict.fromkeys(str(f["of"]) for f in facts.values())),
        " ".join(f"{f['label']}: {f['says']}." for f in facts.values()),
        [c for f in facts.values() for c in f["caveats"]], "linkage/<measure>/<threshold>/ALL/<years>",
    )  # fmt: skip
    return [Figure("linked", "How much of this depends on joining records of several agencies?",
                   [View("", "", "", "", said, "", table)], card, "",
                   csv_link("linked", "Measures at three thresholds"))]  # fmt: skip


def _by_end(found: pd.DataFrame) -> dict[str, Any]:
    return {str(r.threshold): r for r in found.itertuples()}


def _moves(fact: dict[str, Any], wide: dict[str, dict[str, Any]]) -> list[str]:
    """One sentence for the last years that are shown at every threshold: the range, and how wide it is."""
    for period, at in reversed(wide.items()):
        ends = [at[end] for end in ENDS if end in at]
        if len(ends) == len(ENDS) and all(end.status != HIDDEN for end in ends):
            low, high = min(end.value for end in ends), max(end.value for end in ends)
            if fact["kind"] == "days":
                return [f"{fact['label']}, {period}: {low:,.0f} to {high:,.0f} days, by how sure a link must be."]
            width = 100 * (high - low)
            return [f"{fact['label']}, {period}: {100 * low:.1f} % to {100 * high:.1f} %;"
                    f" joining records moves it by {width:.1f} points."]  # fmt: skip
    return []


def _value(row: Any, kind: str) -> Td:
    if row is None or row.status == HIDDEN:
        return _hidden()
    return Td(f"{row.value:,.0f} days" if kind == "days" else f"{100 * row.value:.1f} %")


def _number(row: Any, column: str) -> Td:
    found = None if row is None else clean(getattr(row, column))
    return _hidden() if found is None else Td(words.number(float(found), "count"))


def _hidden() -> Td:
    return Td(words.NOT_SHOWN, HIDDEN)


def quality(edition: Edition) -> list[Figure]:
    """How sure the links of each pass are, and where agencies differ about one matter."""
    return [*_passes(edition), *_differences(edition)]


def _passes(edition: Edition) -> list[Figure]:
    frame = edition.tables.get("links", pd.DataFrame())
    if frame.empty:
        return []
    found: list[Any] = list(frame.itertuples())
    rows = [
        [Td(_label(edition, r.source)), Td(_one(edition, r)), Td(str(r.says)), _number(r, "n"), _share(r, "precision"),
         _hidden() if clean(r.recall) is None else _share(r, "recall")]
        for r in found
    ]  # fmt: skip
    cut = 100 * edition.manifest["linkage"]["thresholds"]["middle"]
    levels = [part for _, part in frame.groupby("level") if part["n"].notna().any()]
    said = [_expected(edition, part, cut) for part in levels] or [Claim("Every number is hidden.")]
    names = [Td(t) for t in ("Agency", "Linked to a", "Pass", "Links", "Right", "Of all that should be found")]
    table = Table("Links by agency and pass, in the order of the passes", names, rows, True)
    card = _card(
        edition, "Records of other agencies that are linked to a matter, or a defendant, of the U.S. Attorneys.",
        "Right: mean probability of the links of a pass. Of all that should be found: their expected right links as a"
        " share of the matches that the model expects among all pairs that it looked at.",
        ["What no rule brings together is not looked at, and not missed by the model either.",
         "A defendant is one in one case: no link leads from one case of a person to another."],
        f"links@{edition.manifest['edition']}",
    )  # fmt: skip
    return [Figure("links", "Which records are of one matter or defendant, and how sure is that?",
                   [View("", "", "", "", [check(c) for c in said], "", table)], card, "",
                   csv_link("links", "Links by agency and pass"))]  # fmt: skip


def _expected(edition: Edition, part: pd.DataFrame, cut: float) -> Claim:
    """How many links of a level are shown, and what share of them the model expects to be right."""
    n, right = part["n"].sum(), (part["n"] * part["precision"].fillna(0)).sum()
    of = "" if part["n"].notna().all() else " in the passes that are shown"
    said = f"{n:,.0f} records are linked to a {_one(edition, part.iloc[0])} with a probability of {cut:g} % or more{of}"
    return Claim(f"{said}; the model expects {100 * right / n:.1f} % of these links to be right." if n else f"{said}.")


def _one(edition: Edition, row: Any) -> str:
    """What a record of the row's level is of: matter or defendant."""
    return str(edition.manifest["linkage"]["levels"][row.level])


def _differences(edition: Edition) -> list[Figure]:
    frame = edition.tables.get("disagreement", pd.DataFrame())
    if frame.empty:
        return []
    labels = edition.manifest["linkage"]["fields"]
    found: list[Any] = list(frame.itertuples())
    rows = [
        [Td(f"{_label(edition, r.source)} and {_label(edition, r.other)}"), Td(_one(edition, r)),
         Td(labels[r.field]["label"]), _number(r, "n_compared"), _number(r, "n_differ"), _share(r, "share")]
        for r in found
    ]  # fmt: skip
    shown = sorted((r for r in found if r.status != HIDDEN), key=lambda r: -r.share)
    said = [
        Claim(f"{_label(edition, r.source)} and {_label(edition, r.other)} differ most about the"
              f" {labels[r.field]['label']}: in {100 * r.share:.0f} % of the {_one(edition, r)}s that both tell of.")
        for r in shown[:1]
    ] or [Claim("Every number is hidden.")]  # fmt: skip
    names = [Td(t) for t in ("Agencies", "About one", "Field", "Both tell", "Differ", "Share")]
    table = Table("Fields on which two agencies differ about one matter or defendant", names, rows, True)
    card = _card(
        edition, "Pairs of records linked at the middle threshold in which both agencies fill the field.",
        "A field differs where the two records tell it otherwise; days by more than three.",
        ["A wrong link looks like a difference. A mistyped number is a difference too."],
        f"disagreement@{edition.manifest['edition']}",
    )  # fmt: skip
    return [Figure("disagreement", "Where do two agencies differ about the same matter or defendant?",
                   [View("", "", "", "", [check(c) for c in said], "", table)], card, "",
                   csv_link("disagreement", "Differences by agency and field"))]  # fmt: skip


def changes(edition: Edition) -> list[Figure]:
    """Records that the last view links otherwise than the one before."""
    frame = edition.tables.get("relinks")
    if frame is None or "linkage" not in edition.manifest:
        return []
    found: list[Any] = list(frame.itertuples())
    rows = [
        [Td(_label(edition, r.source)), Td(KINDS[r.kind].format(one=_one(edition, r))), _number(r, "n")] for r in found
    ]
    said = "No record that was known before is linked otherwise than at the last delivery."
    if found:
        names = words.listed(sorted({_label(edition, r.source) for r in found}))
        said = f"Records of {names} that were known on {found[0].since} are linked otherwise on {found[0].until}."
    table = Table("Records linked anew, by agency", [Td(t) for t in ("Agency", "What became of it", "Records")], rows)
    card = _card(
        edition, "Records that the last two views hold, both linked by what the model has learnt now.",
        "Joined: linked now and not before. Left: linked before and not now. Moved: linked to another one.",
        ["A matter or defendant keeps its key whatever joins or leaves."], f"relinks@{edition.manifest['edition']}",
    )  # fmt: skip
    return [Figure("relinks", "Which records are linked to another matter or defendant than before?",
                   [View("", "", "", "", [check(Claim(said))], "", table)], card, "",
                   csv_link("relinks", "Records linked anew"))]  # fmt: skip


def _share(row: Any, column: str) -> Td:
    if row.status == HIDDEN:
        return _hidden()
    found = clean(getattr(row, column))
    return Td(words.NOT_APPLICABLE if found is None else f"{100 * found:.1f} %")


def _label(edition: Edition, agency: str) -> str:
    return str(edition.manifest["agencies"].get(agency, {}).get("label", agency.upper()))


def _card(edition: Edition, counted: str, definition: str, caveats: list[str], ids: str) -> Card:
    return Card(
        counted=counted, not_counted="Matters that the U.S. Attorneys have no record of.", definition=definition,
        reading="A link is a judgement with a probability; a stricter threshold leaves out right links with the wrong"
        " ones.", caveats=caveats, sources=source_lines(edition, list(edition.manifest["agencies"])), ids=ids,
    )  # fmt: skip
