"""Reading a panel from a CSV, whatever separates its columns.

In: a path. Out: a data frame with text kept as text, and the family that its outcome suggests.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from sources.errors import PalermoError
from transforms.evaluation.refusal import refuse_if


def read_panel(path: Path) -> pd.DataFrame:
    """The CSV as a data frame; comma, semicolon, tab or bar between columns."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with path.open(encoding=encoding, newline="") as lines:
                header = lines.readline()
            refuse_if(not header.strip(), "no_rows")
            separator = max(",;\t|", key=header.count)
            frame = pd.read_csv(path, sep=separator, encoding=encoding, low_memory=False)
            named = [c for c in frame.columns if not str(c).startswith("Unnamed:")]
            names = next(csv.reader([header], delimiter=separator))
            refuse_if(len(names) != len(set(names)), "column_twice", next((n for n in names if names.count(n) > 1), ""))
            return frame[named]
        except UnicodeDecodeError:
            continue
        except (pd.errors.ParserError, pd.errors.EmptyDataError):
            break
    raise PalermoError(f"{path.name}: this is not a CSV that can be read. Give one header line, then one row per line.")


def only_complete(frame: pd.DataFrame, unit: str, time: str) -> pd.DataFrame:
    """Only the units that are seen in every period."""
    refuse_if(unit not in frame.columns, "missing_column", unit)
    refuse_if(time not in frame.columns, "missing_column", time)
    return frame[frame.groupby(unit)[time].transform("nunique") == frame[time].nunique()]


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
