"""How a number reads: counts, shares, dates, and the words for a number that is not there.

In: values and statuses of published cells. Out: text. Zero, suppressed, not reported and not applicable read
differently.
"""

import math
from typing import NamedTuple

NOT_REPORTED = "not reported"
NOT_APPLICABLE = "not applicable"
NOT_SHOWN = "not shown"
SPACE = "\u00a0"  # a space that does not break
JOINED = "\u2060–\u2060"  # an en dash that does not break


class Cell(NamedTuple):
    """One published number with its status, as a chart, a table or a sentence takes it."""

    id: str
    metric: str
    area: str
    period: str
    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    status: str
    is_provisional: bool

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to print."""
        return self.status == "shown" and self.value is not None


def number(value: float, kind: str) -> str:
    """A value in its metric's form: 1,234; 93 %; 2.1."""
    if kind == "rate":
        return f"{round(100 * value)} %"
    if kind == "ratio":
        return f"{value:.1f}"
    if kind == "median" and value != round(value):
        return f"{value:,.1f}"
    return f"{round(value):,}"


def counted(n: int, one: str, many: str = "") -> str:
    """`1 count`, `3 counts`; `many` where the plural is not made with an s."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def read(cell: Cell | None, kind: str) -> str:
    """The text of a cell, whatever its status."""
    if cell is None:
        return NOT_REPORTED
    if cell.status == "suppressed":
        return NOT_SHOWN
    if not cell.is_shown:
        return NOT_APPLICABLE
    return number(float(cell.value or 0), kind)


def ratio(value: float | None) -> str:
    """A ratio, infinite over a count of none."""
    if value is None or math.isnan(value):
        return NOT_APPLICABLE
    return "infinite" if math.isinf(value) else f"{value:.2f}"


def limit(value: float | None) -> str:
    """A limit of a ratio; an unbounded one says so, and one beside 1 has the digits that say on which side it lies."""
    if value is None or not math.isfinite(value):
        return "no limit" if value is not None and math.isinf(value) else ratio(value)
    return next((text for d in range(2, 7) if float(text := f"{value:.{d}f}") != 1), ratio(value))


def interval(lower: float | None, upper: float | None) -> str:
    """`1.08 to 1.86`; nothing to say where there are no limits."""
    if lower is None or math.isnan(lower):
        return NOT_APPLICABLE
    return f"{limit(lower)} to {limit(upper)}"


def years(first: int, last: int) -> str:
    """`FY2010–11` for two years, `FY2010` for one."""
    return f"FY{first}" if first == last else f"FY{first}{JOINED}{last % 100:02d}"


def spans(years_: list[int]) -> str:
    """Sorted years as ranges: `FY2004–06, FY2009`."""
    found: list[list[int]] = []
    for year in years_:
        if found and year == found[-1][1] + 1:
            found[-1][1] = year
        else:
            found.append([year, year])
    return ", ".join(years(*span) for span in found)


def listed(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
