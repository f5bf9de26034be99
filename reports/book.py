"""The workbook: a sheet of notes first, then typed tables that no spreadsheet will run as formulas.

In: an edition. Out: an XLSX file; the same edition gives the same bytes.
"""

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports import words
from reports.edition import Edition
from reports.state import STAMP, late_lines, provisional_line
from sources.facts import districts

RISKY = ("=", "+", "-", "@")  # a text that a spreadsheet would run, once edited
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
        ("Empty with status suppressed", f"Not shown: under {edition.threshold}, or it gives away one that is."),
        ("Empty with status not_applicable", "A share of nothing."), ("No row", "Not reported by the source."),
        ("Shares", "Run from 0 to 1."), ("Intervals", "95 %; columns lower and upper."),
        ("Sheet Districts", f"Source {edition.lead[0]}, scope {edition.lead[1]}, fiscal years."),
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=["About", "Note"])


def _districts(edition: Edition) -> pd.DataFrame:
    """A row a district and fiscal year, a column a measure; a number that is not there says so in words."""
    (source, scope), rows = edition.lead, []
    for code in sorted(districts()):
        series = {m: {c.period: c for c in edition.series(source, m, scope, code)} for m in edition.local}
        for period in sorted({p for cells in series.values() for p in cells}):
            found = [cells.get(period) for cells in series.values()]
            loose = any(c is not None and c.is_provisional for c in found)
            values = [c.value if c and c.is_shown else words.read(c, "count") for c in found]
            rows.append([code, edition.groups[edition.group_of(code)], period, loose, *values])
    return pd.DataFrame(rows, columns=["district", "group", "period", "is_provisional", *edition.local], dtype=object)


def _measures(edition: Edition) -> pd.DataFrame:
    rows = [
        (n, m["label"], m["question"], m["formula"], m["unit"], m["counts"], "; ".join(m["excludes"]), m["reading"],
         " ".join(m["caveats"]))
        for n, m in edition.metrics.items()
    ]  # fmt: skip
    names = ["metric", "label", "question", "formula", "unit", "counts", "excludes", "reading", "caveats"]
    return pd.DataFrame(rows, columns=names)


def write(found: list[tuple[str, pd.DataFrame]], path: Path) -> None:
    """Typed cells, a frozen header, column widths, and a fixed creation date; a text is never a formula or a link."""
    from xlsxwriter import Workbook

    book = Workbook(path, {"in_memory": True})  # a text stands once: a fifth quicker than each in its cell
    book.set_properties({"author": "Palermo", "created": dt.datetime(1980, 1, 1)})
    day, pinned = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"quote_prefix": True})
    for name, frame in found:
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for i, column in enumerate(frame.columns):
            sheet.set_column(i, i, 90 if column in {"Note", "id", "reason", "caveats"} else 18)
        rows: list[Sequence[Any]] = [tuple(frame.columns), *frame.itertuples(index=False)]
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is None or value is pd.NaT:
                    continue
                if isinstance(value, str):
                    sheet.write_string(i, j, value, pinned if value.startswith(RISKY) else None)
                elif isinstance(value, bool | np.bool_):
                    sheet.write_boolean(i, j, bool(value))
                elif isinstance(value, dt.date):
                    sheet.write_datetime(i, j, value, day)
                elif math.isfinite(value):
                    sheet.write_number(i, j, value)
    book.close()
