"""What an unknown export looks like: format, encoding, delimiter, header, and what each column holds.

In: a file. Out: `Profile`. It reads the first records only. `sources.draft` turns it into the draft of a contract.
"""

import csv
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow.parquet as pq

from sources.errors import ContractError
from sources.facts import table
from sources.landing import SourceFile
from sources.readers import workbook
from sources.readers.lines import blocks, unmarked, utf8
from sources.schema import NO, YES

SAMPLE = 5_000
SEARCHED = 30
DELIMITERS = (",", "\t", ";", "|")
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%b-%Y", "%Y%m%d", "%m/%d/%y", "%Y-%m", "%m-%d-%Y", "%Y-%m-%d %H:%M:%S")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
IDENTIFIER = re.compile(
    r"name|\bnm\b|_nm\b|ssn|social|birth|\bdob\b|address|street|phone|e-?mail|alien|passport|licen[cs]e|victim_?id|\ba_?num",
    re.I,
)
SHAPES = re.compile(r"\d{3}-\d{2}-\d{4}|[^@\s]+@[^@\s]+\.\w+|\(?\d{3}\)?[ -]\d{3}-\d{4}")
STATUTE = re.compile(r"\W*\d{1,2}\s*(:|-|/|\s|u\.?\s*s\.?\s*c\.?)[^0-9]{0,6}\d{3,5}(?!\d).{0,20}", re.I)
MAX_CODES = 30


@dataclass(frozen=True)
class ColumnProfile:
    """What the sample shows of one column. `codes` is empty where the texts may be personal."""

    name: str
    n_filled: int
    n_distinct: int
    date_formats: tuple[str, ...] = ()
    is_number: bool = False
    is_boolean: bool = False
    is_statute: bool = False
    is_identifier: bool = False
    codes: tuple[str, ...] = ()
    districts: str = ""  # the code system of `facts/districts.csv` that its texts are of


@dataclass(frozen=True)
class Profile:
    """What the sample shows of a file."""

    name: str
    format: str
    n_rows: int
    encoding: str = "utf-8"
    delimiter: str = ""
    header_row: int = 1
    each: str = ""
    columns: tuple[ColumnProfile, ...] = ()
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def profile(file: SourceFile) -> Profile:
    """The profile of a file, by what its first bytes say it is."""
    with file.open() as stream:
        head = stream.read(8)
    if not head:
        raise ContractError(f"{file.name}: the file is empty. Ask the agency to send it again.")
    if head[:4] == b"PAR1":
        return _parquet(file)
    if head[:2] == b"PK":
        return _workbook(file)
    return _json_lines(file) if head.lstrip()[:1] in (b"{", b"[") else _text(file)


def _text(file: SourceFile) -> Profile:
    with file.open() as stream:
        plain, encoding = unmarked(stream, "detect")
        lines = (next(blocks(plain, cr_ends=True), b"") or b"").splitlines()[:SAMPLE]
    is_utf8 = all(utf8(line, "utf-8") is not None for line in lines[:-1])
    encoding = ("utf-8" if is_utf8 else "cp1252") if encoding == "detect" else encoding
    texts = [(utf8(line, encoding) or b"").decode() for line in lines]
    delimiter, width = _delimiter(texts)
    if width < 2:
        lengths = Counter(map(len, lines)).most_common(1)[0][0] if lines else 0
        if lengths > 40 and sum(len(line) == lengths for line in lines) > 0.9 * len(lines):
            note = f"every record has {lengths} characters: fixed width, whose layout must come from a README"
            return Profile(file.name, "fixed_width", len(lines), encoding, notes=(note,))
    rows = list(csv.reader(texts, delimiter=delimiter))
    at = _header(rows, width)
    body = [row for row in rows[at + 1 :] if len(row) == len(rows[at])]
    notes = [] if len(body) == len([r for r in rows[at + 1 :] if r]) else ["some records have another number of fields"]
    if any("\n" in cell for row in body for cell in row):
        notes.append("line ends stand inside quotes: set quoted_newlines: true")
    return _profile(file, "csv", rows[at], body, notes, encoding=encoding, delimiter=delimiter, header_row=at + 1)


def _delimiter(texts: list[str]) -> tuple[str, int]:
    """The delimiter by which most lines have the same number of fields, and that number."""
    best = (0.0, ",", 1)
    for sign in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(texts[:200], delimiter=sign) if row)
        width, n = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        score = n / max(sum(widths.values()), 1) * (width > 1) + width / 1e6
        best = max(best, (score, sign, width))
    return best[1], best[2]


def _header(rows: list[list[str]], width: int) -> int:
    """The first full row of different texts without a number or a date among them."""
    for at, row in enumerate(rows[:SEARCHED]):
        named = [cell.strip() for cell in row if cell.strip()]
        plain = not any(NUMBER.fullmatch(cell) or _formats([cell]) for cell in named)
        if len(row) == width and len(named) * 2 > width and len(set(named)) == len(named) and plain:
            return at
    return 0


def _workbook(file: SourceFile) -> Profile:
    rows = list(islice(workbook.rows(file), SAMPLE))
    width = Counter(sum(bool(cell) for cell in row) for row in rows).most_common(1)[0][0] if rows else 0
    full = [i for i, row in enumerate(rows[:SEARCHED]) if sum(bool(c) for c in row) >= max(width, 1)]
    at = next((i for i in full if not any(NUMBER.fullmatch(c) or _formats([c]) for c in rows[i] if c)), 0)
    header = rows[at] if rows else []
    body = [row + [""] * (len(header) - len(row)) for row in rows[at + 1 :] if any(row)]
    return _profile(file, "xlsx", header, body, [], header_row=at + 1)


def _parquet(file: SourceFile) -> Profile:
    with file.open() as stream:
        batch = next(pq.ParquetFile(stream).iter_batches(batch_size=SAMPLE))
    rows = [["" if v is None else str(v) for v in row.values()] for row in batch.to_pylist()]
    return _profile(file, "parquet", batch.schema.names, rows, [])


def _json_lines(file: SourceFile) -> Profile:
    with file.open() as stream:
        lines = (next(blocks(stream), b"") or b"").splitlines()[:SAMPLE]
    found: list[dict[str, Any]] = []
    each, bad = "", 0
    for line in lines:
        try:
            fields = json.loads(line)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            bad += 1
            continue
        each = each or next((k for k, v in fields.items() if isinstance(v, list) and v and isinstance(v[0], dict)), "")
        for entry in fields.get(each) or [{}]:
            outer = {k: v for k, v in fields.items() if k != each}
            found.append(outer | {f"{each}.{k}": v for k, v in entry.items()})
    if not found or (len(lines) == 1 and lines[0].startswith(b"{") and max(map(len, lines)) > 100_000):
        raise ContractError(f"{file.name}: one JSON document, no object a line. Ask the agency for JSON lines or CSV.")
    names = list(dict.fromkeys(name for fields in found for name in fields))
    rows = [["" if (v := fields.get(n)) is None else str(v) for n in names] for fields in found]
    notes = [f"{bad:,} lines of the sample are no JSON object"] if bad else []
    return _profile(file, "json_lines", names, rows, notes, each=each)


def _profile(
    file: SourceFile, kind: str, header: list[str], rows: list[list[str]], notes: list[str], **how: Any
) -> Profile:
    names = [name.strip() for name in header]
    columns = tuple(_column(name, [row[i].strip() for row in rows]) for i, name in enumerate(names) if name)
    keys = tuple(c.name for c in columns if rows and c.n_distinct == c.n_filled == len(rows) and not c.date_formats)
    return Profile(file.name, kind, len(rows), columns=columns, keys=keys, notes=tuple(notes), **how)


def _column(name: str, values: list[str]) -> ColumnProfile:
    given = [v for v in values if v]
    distinct = set(given)
    formats = _formats(given[:500])
    is_number = bool(given) and all(NUMBER.fullmatch(v) for v in given)
    personal = bool(IDENTIFIER.search(name)) or any(SHAPES.search(v) for v in given[:200])
    few = 1 < len(distinct) <= MAX_CODES and len(given) >= 3 * len(distinct) and max(map(len, distinct)) <= 40
    codes = tuple(sorted(distinct)) if few and not personal and not formats else ()
    is_boolean = bool(distinct) and {v.casefold() for v in distinct} <= {*YES, *NO}
    said = [v for v in distinct if any(c.isdigit() for c in v)]
    is_statute = sum(bool(STATUTE.fullmatch(v)) for v in said) * 4 >= len(said)
    return ColumnProfile(
        name, len(given), len(distinct), formats, is_number, is_boolean, is_statute, personal, codes,
        _districts(distinct),
    )  # fmt: skip


def _districts(distinct: set[str]) -> str:
    """The system of district codes that nine of ten texts are of, if any."""
    for system in ("abbreviation", "lions_abbreviation", "pacer_court_id", "fjc_code", "ussc_code"):
        known = {row[system] for row in table("districts")}
        if distinct and len(distinct & known) * 10 >= len(distinct) * 9:
            return system
    return ""


def _formats(values: list[str]) -> tuple[str, ...]:
    """The fewest forms of dates that cover the texts, but for a fifth that may be errors."""
    left: set[str] = set(values)
    used: list[str] = []
    while left:
        fits = {form: {v for v in left if _is_date(v, form)} for form in DATES}
        best = max(DATES, key=lambda form: len(fits[form]))
        if not fits[best]:
            break
        used.append(best)
        left -= fits[best]
    return tuple(used) if used and len(left) * 5 <= len(set(values)) and len(used) <= 3 else ()


def _is_date(text: str, form: str) -> bool:
    if not 6 <= len(text) <= 19 or (form == "%Y%m%d" and len(text) != 8):
        return False
    try:
        return 1900 <= datetime.strptime(text, form).year <= 2100
    except ValueError:
        return False
