"""Reading a panel from a CSV, whatever separates its columns.

In: a path. Out: a data frame with numbers as numbers and all else as the text it is, and the family that an outcome
suggests. Text such as `01`, or a number too long to be held exactly, stays text: units must not run together.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from sources.errors import PalermoError
from transforms.evaluation.refusal import refuse_if

MISSING = {"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "<NA>", ".", "#N/A"}
EXACT = 2.0**53
ENCODINGS = (("utf-16", (b"\xff\xfe", b"\xfe\xff")), ("utf-8-sig", (b"",)), ("cp1252", (b"",)))


def read_panel(path: Path) -> pd.DataFrame:
    """The CSV as a data frame; comma, semicolon, tab or bar between columns, gzip or not, decimal comma or point."""
    refused = PalermoError(f"{path.name}: not a CSV that can be read. Give one header line, then one row per line.")
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = _decoded(data).lstrip("\r\n")
        header = text.split("\n", 1)[0]
        refuse_if(not header.strip(), "no_rows")
        separator = max(",;\t|", key=header.count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error):
        raise refused from None
    names = [name.strip() for name in rows[0]]
    named = [name for name in names if name]
    refuse_if(len(named) != len(set(named)), "column_twice", next((n for n in named if named.count(n) > 1), ""))
    body = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    if body and all(len(row) == len(names) + 1 for row in body):
        names = ["", *names]  # names of rows, which R writes without a heading
    ragged = sum(len(row) != len(names) for row in body)
    if ragged:
        raise PalermoError(f"{path.name}: {ragged} lines do not have as many fields as the header. Mend these lines.")
    frame = pd.DataFrame(body, columns=range(len(names)), dtype=object)
    return pd.DataFrame({name: _typed(frame[i], separator) for i, name in enumerate(names) if name})


def _decoded(data: bytes) -> str:
    for encoding, marks in ENCODINGS:
        if data.startswith(marks):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise UnicodeDecodeError("utf-8", data[:1], 0, 1, "unknown encoding")


def _typed(column: pd.Series[Any], separator: str) -> pd.Series[Any]:
    """Numbers where every value is one that a number holds exactly; else text, empty where it is empty."""
    text = column.str.strip()
    known = text[~text.isin(MISSING)]
    if separator == ";" and len(known) and known.str.fullmatch(r"[-+]?\d+(,\d+)?").all():
        text, known = text.str.replace(",", "."), known.str.replace(",", ".")
    numbers = pd.to_numeric(known, errors="coerce").astype(float)
    padded = known.str.fullmatch(r"[-+]?0\d+").any()
    rounded = (known.str.fullmatch(r"[-+]?\d+") & (numbers.abs() > EXACT)).any()
    if len(known) and numbers.notna().all() and not padded and not rounded:
        return pd.to_numeric(text.where(~text.isin(MISSING)))
    return text.where(text != "")


def only_complete(frame: pd.DataFrame, unit: str, time: str, needed: Sequence[str] = ()) -> pd.DataFrame:
    """Only the units that are seen in every period, with a value in every needed column."""
    for name in (unit, time, *needed):
        refuse_if(name not in frame.columns, "missing_column", name)
    known = frame[frame[[unit, time, *needed]].notna().all(axis=1)]
    return known[known.groupby(unit)[time].transform("nunique") == frame[time].nunique()]


def usual_family(
    frame: pd.DataFrame, outcome: str, exposure: str | None, estimators: Sequence[str]
) -> Literal["poisson", "gaussian"]:
    """Poisson where it is asked for by estimator or exposure, or the outcome is whole and not negative."""
    if exposure or (estimators and set(estimators) <= {"poisson_etwfe", "ratio_of_ratios"}):
        return "poisson"
    if estimators or outcome not in frame.columns:
        return "gaussian"
    values = pd.to_numeric(frame[outcome], errors="coerce")
    return "poisson" if values.notna().all() and (values >= 0).all() and (values % 1 == 0).all() else "gaussian"
