"""Methods: definitions, scopes, the study file, the rules of the sentences, the data dictionary, and the gaps.

In: the manifest's definitions and the columns of the tables. Out: `methods.html`.
"""

from collections.abc import Iterable

from reports import words
from reports.edition import Edition
from reports.package import schema, title
from reports.section import Page, Section, Table, Td


def pages(edition: Edition) -> Iterable[Page]:
    """The one page."""
    yield Page("methods.html", "Methods", "methods.html", "methods", {
        "metrics": edition.manifest["metrics"], "scopes": _scopes(edition), "study": edition.manifest["study"],
        "phases": _phases(edition), "gaps": gaps(edition), "dictionary": dictionary(edition),
        "agencies": edition.manifest["agencies"],
    })  # fmt: skip


def _scopes(edition: Edition) -> list[dict[str, object]]:
    return sorted(edition.manifest["scopes"].values(), key=lambda s: int(s["order"]))


def _phases(edition: Edition) -> Table:
    rows = [
        [Td(p["label"]), Td(str(p["announced_on"])), Td(f"FY{p['first_fiscal_year']}"),
         Td(words.years(*p["before"])), Td(words.years(*p["after"])), Td(", ".join(p["districts"]))]
        for p in edition.manifest["study"]["phases"]
    ]  # fmt: skip
    names = ["Phase", "Announced", "First fiscal year", "Earlier window", "Later window", "Districts"]
    return Table("Phases of the programme, from the study file", [Td(n) for n in names], rows, True)


def gaps(edition: Edition) -> list[str]:
    """What this edition cannot say: sources without a number, assumed layouts, empty scopes."""
    lines = []
    have = set(map(tuple, edition.cells[["source", "metric"]].drop_duplicates().to_numpy()))
    for name, m in edition.manifest["metrics"].items():
        missing = [s for s in m["sources"] if (s, name) not in have]
        if missing:
            lines.append(f"{m['label']}: {words.NOT_REPORTED} by {words.listed([s.upper() for s in missing])}.")
    for agency in edition.manifest["agencies"].values():
        if agency["is_assumed"]:
            lines.append(f"{agency['label']}: the layout of its export is assumed, no public layout exists.")
        if not agency["in_use"]:
            lines.append(f"{agency['label']}: no good delivery, so it is a gap and not a zero.")
    shown = {scope for _, scope in edition.views}
    lines += [f"{s['label']}: empty in this edition." for s in _scopes(edition) if s["name"] not in shown]
    return lines


def dictionary(edition: Edition) -> list[Table]:
    """Columns of every published table: name, type, meaning."""
    return [
        Table(
            f"{title(name)} ({name})", [Td("Column"), Td("Type"), Td("What it holds")],
            [[Td(f["name"]), Td(f["type"]), Td(f["description"])] for f in schema(name, frame)["fields"]], True,
        )
        for name, frame in sorted(edition.tables.items())
    ]  # fmt: skip


SECTION = Section("methods", "Methods", pages)
