"""The workbook: a sheet of notes first, then typed tables that no spreadsheet will run as formulas.

In: an edition. Out: the bytes of an XLSX file.
"""

import datetime as dt
import io
import math
import zipfile
from typing import Any

import pandas as pd

from reports import words
from reports.edition import Edition
from reports.state import STAMP, late_lines, provisional_line
from sources.facts import districts

NUMBER = ["source", "metric", "scope", "area", "period", "value", "numerator", "denominator", "lower", "upper",
          "status", "is_provisional", "id"]  # fmt: skip


def sheets(edition: Edition) -> list[tuple[str, pd.DataFrame]]:
    """Name and rows of every sheet, in order."""
    cells = edition.cells
    years = cells[cells["period_kind"] == "fy"]
    groups = years[years["area_kind"] != "district"]
    return [
        ("Notes", notes(edition)), ("Measures", _measures(edition)),
        ("Trends", groups[NUMBER].round({"lower": 4, "upper": 4})),
        ("Districts", _districts(edition)), ("Comparison", edition.tables["comparison"]),
        ("Published figures", edition.tables["benchmarks"]), ("Deliveries", edition.tables["deliveries"]),
    ]  # fmt: skip


def notes(edition: Edition) -> pd.DataFrame:
    """What a reader must know before the first number."""
    m = edition.manifest
    lines = [
        ("Data", STAMP if m["is_invented"] else "Real deliveries"),
        ("Programme", m["programme"]), ("Edition", m["edition"]), ("Data date", m["data_date"]),
        ("Code", m["code_version"]), ("Study file, SHA-256", m["study_sha256"]),
        ("Provisional", provisional_line(edition)), *[("Late or held", line) for line in late_lines(edition)],
        ("Zero", "A count of nothing."),
        ("Empty with status suppressed", f"Not shown (under {edition.threshold})."),
        ("Empty with status not_applicable", "A share of nothing."), ("No row", "Not reported by the source."),
        ("Shares", "Run from 0 to 1."), ("Intervals", "95 %; columns lower and upper."),
        ("Sheet Districts", f"Source {edition.lead[0]}, scope {edition.lead[1]}, fiscal years."),
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=["About", "Note"])


def _districts(edition: Edition) -> pd.DataFrame:
    """A row a district and fiscal year, a column a measure; a number that is not there says so in words."""
    (source, scope), rows = edition.lead, []
    for code in sorted(districts()):
        series = {m: {c.period: c for c in edition.series(source, m, scope, code)} for m in edition.metrics}
        for period in sorted({p for cells in series.values() for p in cells}):
            found = [cells.get(period) for cells in series.values()]
            loose = any(c is not None and c.is_provisional for c in found)
            values = [c.value if c and c.is_shown else words.read(c, "count", edition.threshold) for c in found]
            rows.append([code, edition.groups[edition.group_of(code)], period, loose, *values])
    return pd.DataFrame(rows, columns=["district", "group", "period", "is_provisional", *edition.metrics], dtype=object)


def _measures(edition: Edition) -> pd.DataFrame:
    rows = [
        (n, m["label"], m["question"], m["formula"], m["unit"], m["counts"], "; ".join(m["excludes"]), m["reading"],
         " ".join(m["caveats"]))
        for n, m in edition.metrics.items()
    ]  # fmt: skip
    names = ["metric", "label", "question", "formula", "unit", "counts", "excludes", "reading", "caveats"]
    return pd.DataFrame(rows, columns=names)


def workbook(found: list[tuple[str, pd.DataFrame]]) -> bytes:
    """Typed cells, a frozen header, column widths, and a fixed creation date."""
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    book.properties.creator = "Palermo"
    book.properties.created = book.properties.modified = dt.datetime(1980, 1, 1)
    for name, frame in found:
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for i, column in enumerate(frame.columns):
            wide = 90 if column in {"Note", "id", "reason", "caveats"} else 18
            sheet.column_dimensions[
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26] if i < 26 else f"A{chr(65 + i - 26)}"
            ].width = wide
        sheet.append([_typed(sheet, c) for c in frame.columns])
        for row in frame.itertuples(index=False):
            sheet.append([_typed(sheet, v) for v in row])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:  # book.save() would write the clock into the file
        ExcelWriter(book, archive).write_data()
    return out.getvalue()


def _typed(sheet: Any, value: Any) -> Any:
    """A number, a date, a truth or a text; a text that begins like a formula is pinned as text."""
    if isinstance(value, str):
        return _text(sheet, value)
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def _text(sheet: Any, value: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    clean = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not clean.startswith(("=", "+", "-", "@")):
        return clean
    cell = WriteOnlyCell(sheet, clean)
    cell.data_type, cell.quotePrefix = "s", True
    return cell
