"""The return sheet: which records of a delivery were refused, by file, line and rule, for the agency's liaison.

In: the folder of a delivery that was taken in (its `fates/`), or the reason why it was held. Out: one XLSX and one HTML
page. A sheet holds places, rules and words of ours: no value of a record, so that it can be sent. For the analyst
inside the enclave there is a workbook of its own with the texts that were refused, which must not be sent.
"""

import hashlib
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from xlsxwriter import Workbook

from sources.contract import Agency, Contract
from transforms.typing_sql import literal

MAX_SHEET = 1_000_000
MAX_PAGE = 5_000
MAX_NAME = 160  # bytes of a delivery's name in that of a file, which may have 255; a letter takes up to four
HEADER = ("file", "line", "export", "rule", "what is wrong")
RECORD = {
    "record.short": "the record is shorter than the layout says",
    "record.long": "the record is longer than the layout says",
    "record.quote": "a quote is opened and not closed in the line",
    "record.fields": "the line has more or fewer fields than the header",
    "record.encoding": "the line holds bytes that are no text in the agreed encoding",
    "record.json": "the line is no JSON object of the agreed shape",
}
WHAT = {
    "required": "is empty, and must be filled",
    "code": "holds a code that is in no code list",
    "date": "is no date in the agreed form",
    "integer": "is no whole number",
    "number": "is no number",
    "boolean": "is neither yes nor no",
    "range": "is out of the range that can be meant",
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #bbb}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600;padding:.5rem 0}"
)


@dataclass(frozen=True)
class Refused:
    """One refused record."""

    file: str
    line: int
    contract: str
    rule: str
    words: str


def words(contract: Contract, rule: str) -> str:
    """A rule in words for the person who must mend the record, with their own name of the column."""
    if rule in RECORD:
        return RECORD[rule]
    _, column, what = rule.split(".")
    if column == "key":
        return f"another record with the same {', '.join(contract.table.key)} differs from this one"
    mapped = contract.columns[column]
    theirs = ", ".join(mapped.sources) or column
    return f"{theirs} {WHAT[what]} ({contract.table.columns[column].says})"


def refused(agency: Agency, folder: Path) -> Iterator[Refused]:
    """Every quarantined record of a delivery, by export, file and line."""
    for contract in agency.contracts:
        path = folder / "fates" / f"{contract.name}.parquet"
        if not path.is_file():
            continue
        for batch in pq.ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                if row["fate"] == "quarantined":
                    said = words(contract, row["why"])
                    yield Refused(row["file"], row["line"], contract.name, row["why"], said)


def paths(agency: Agency, delivery: str, out: Path) -> tuple[Path, Path]:
    """The workbook and the page of a delivery in a folder."""
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in delivery)
    if len(name.encode()) > MAX_NAME:
        name = f"{name[: MAX_NAME // 4]}-{hashlib.sha256(delivery.encode()).hexdigest()[:8]}"
    stem = f"{agency.key}_{name}_return"
    return out / f"{stem}.xlsx", out / f"{stem}.html"


def write(agency: Agency, delivery: str, folder: Path, out: Path, reason: str = "") -> list[Path]:
    """Write `<agency>_<delivery>_return.xlsx` and `.html` into a folder; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    sheet, page = paths(agency, delivery, out)
    counts = _write_sheet(agency, delivery, folder, sheet, reason)
    page.write_text(_page(agency, delivery, folder, counts, reason), encoding="utf-8")
    return [sheet, page]


def remove(agency: Agency, delivery: str, out: Path) -> None:
    """Take the workbook and the page of a delivery out of a folder, if they are there."""
    for path in paths(agency, delivery, out):
        path.unlink(missing_ok=True)


def write_differences(agency: Agency, delivery: str, out: Path, differs: Sequence[Refused]) -> None:
    """Write `<agency>_<delivery>_differs.xlsx`: the lines that another agency tells otherwise; none where all agree."""
    path = out / paths(agency, delivery, out)[0].name.replace("_return.xlsx", "_differs.xlsx")
    if not differs:
        path.unlink(missing_ok=True)
        return
    out.mkdir(parents=True, exist_ok=True)
    book = plain_book(path)
    sheet = book.add_worksheet("Differs")
    sheet.write_row(0, 0, ("file", "line", "other agency", "field", "what differs"))
    for n, found in enumerate(differs[:MAX_SHEET], 1):
        sheet.write_row(n, 0, [_plain(found.file), found.line, found.contract, found.rule, found.words])
    book.close()


def write_enclave(agency: Agency, delivery: str, folder: Path, out: Path) -> Path:
    """Write `<agency>_<delivery>_enclave.xlsx`: every refused record with the text that broke its rule."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / paths(agency, delivery, out)[0].name.replace("_return.xlsx", "_enclave.xlsx")
    book = plain_book(path)
    sheet = book.add_worksheet("Inside the enclave only")
    sheet.write_row(0, 0, ["This workbook holds values of records. It stays inside the enclave."])
    sheet.write_row(1, 0, [*HEADER, "text as received"])
    n = 1
    for contract in agency.contracts:
        given = _texts(contract, folder)
        for found in refused(agency.model_copy(update={"contracts": [contract]}), folder):
            row = given.get((found.file, found.line), {})
            text = " | ".join(row.get(name) or "" for name in _named(contract, found.rule))
            said = [_plain(found.file), found.line, found.contract, found.rule, found.words, _plain(text)]
            sheet.write_row(n := n + 1, 0, said)
    book.close()
    return path


def _named(contract: Contract, rule: str) -> list[str]:
    """Their columns that a rule looks at; none where the record itself could not be read."""
    if rule in RECORD:
        return []
    column = rule.split(".")[1]
    ours = contract.table.key if column == "key" else [column]
    return [source for name in ours for source in contract.columns[name].sources]


def _texts(contract: Contract, folder: Path) -> dict[tuple[str, int], dict[str, str | None]]:
    """The refused records of a contract as they were received, identifiers as hashes."""
    raw, fates = (folder / part / f"{contract.name}.parquet" for part in ("raw", "fates"))
    if not raw.is_file() or not fates.is_file():
        return {}
    refused = f"from read_parquet({literal(str(fates))}) where fate = 'quarantined'"
    with duckdb.connect() as con:
        rows = con.execute(
            f"select raw.* exclude (reject) from read_parquet({literal(str(raw))}) as raw "
            f"semi join ({refused}) as fate on raw.file = fate.file and raw.line = fate.line"
        )
        names = [column[0] for column in rows.description or ()]
        return {(row[0], row[1]): dict(zip(names, row, strict=True)) for row in rows.fetchall()}


def _summary(counts: dict[tuple[str, str, str], int], reason: str) -> str:
    if reason:
        return f"This delivery was held: {reason}"
    n = sum(counts.values())
    return f"{n:,} records were refused. Please mend them and send them again." if n else "No record was refused."


def _write_sheet(
    agency: Agency, delivery: str, folder: Path, path: Path, reason: str
) -> dict[tuple[str, str, str], int]:
    book = plain_book(path)
    first, rows = book.add_worksheet("Summary"), book.add_worksheet("Refused")
    rows.write_row(0, 0, HEADER)
    counts: dict[tuple[str, str, str], int] = {}
    for n, found in enumerate(refused(agency, folder)):
        kind = (found.contract, found.rule, found.words)
        counts[kind] = counts.get(kind, 0) + 1
        if n < MAX_SHEET:
            rows.write_row(n + 1, 0, [_plain(found.file), found.line, found.contract, found.rule, found.words])
    summary = [
        (f"{agency.label}: delivery {_plain(delivery)}",),
        (_summary(counts, reason),),
        ("export", "rule", "what is wrong", "records"),
        *((*kind, n) for kind, n in counts.items()),
    ]
    for i, line in enumerate(summary):
        first.write_row(i, 0, line)
    book.close()
    return counts


def plain_book(path: Path) -> Workbook:
    """A workbook in constant memory, in which a text is never a formula or a link."""
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent), **plain})


def _plain(text: str) -> str:
    """A file's name that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in "=+-@" else text


def _page(agency: Agency, delivery: str, folder: Path, counts: dict[tuple[str, str, str], int], reason: str) -> str:
    title = html.escape(f"Return sheet: {agency.label}, delivery {delivery}")
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>',
        f"<h1>{title}</h1><p>{html.escape(_summary(counts, reason))}</p>",
    ]
    if counts:
        parts.append(_table("Refused records by rule", ("export", "rule", "what is wrong", "records"),
                            [(c, r, w, f"{n:,}") for (c, r, w), n in counts.items()]))  # fmt: skip
        shown = [r for r, _ in zip(refused(agency, folder), range(MAX_PAGE), strict=False)]
        rest = sum(counts.values()) - len(shown)
        caption = f"Refused records{f' (the first {MAX_PAGE:,}; the workbook has {rest:,} more)' if rest else ''}"
        rows = [(r.file, str(r.line), r.contract, r.rule, r.words) for r in shown]
        parts.append(_table(caption, HEADER, rows))
    return "".join([*parts, "</main></body></html>\n"])


def _table(caption: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td{_class(cell)}>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _class(cell: str) -> str:
    return ' class="n"' if cell.replace(",", "").isdigit() else ""
