"""Periods: fiscal years, their quarters, and windows of twelve months that end with a quarter.

In: days and names. Out: `Period` values and the SQL that puts a day into its quarter. A fiscal year runs from October
to September and is named by its end, so a day belongs to the year of the day three months later.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("fy", "quarter", "twelve_months")
QUARTER_SQL = "(year({day} + interval 3 month) * 4 + quarter({day} + interval 3 month) - 1)"
NAMES = re.compile(r"FY(?P<year>\d{4})(?: ?Q(?P<quarter>[1-4]))?|12M(?P<end>\d{4}-\d{2})")


@dataclass(frozen=True)
class Period:
    """A period by kind and name, its first and last day, and its first and last quarter as numbers."""

    kind: str
    name: str
    starts_on: dt.date
    ends_on: dt.date
    first: int
    last: int


def quarter_of(day: dt.date) -> int:
    """The number of a day's fiscal quarter: four times the fiscal year, plus 0 to 3."""
    return (day.year + (day.month >= 10)) * 4 + (day.month - 10) % 12 // 3


def starts_on(quarter: int) -> dt.date:
    """The first day of a quarter by number."""
    year, part = divmod(quarter, 4)
    return dt.date(year - (part == 0), (10, 1, 4, 7)[part], 1)


def fiscal_year(year: int) -> Period:
    """A fiscal year."""
    return _span("fy", f"FY{year}", year * 4, year * 4 + 3)


def quarter(number: int) -> Period:
    """A fiscal quarter by number."""
    return _span("quarter", f"FY{number // 4} Q{number % 4 + 1}", number, number)


def twelve_months(last: int) -> Period:
    """The twelve months that end with a quarter, named by their last month (12M2026-06)."""
    end = starts_on(last + 1) - dt.timedelta(days=1)
    return _span("twelve_months", f"12M{end:%Y-%m}", last - 3, last)


def periods(first: dt.date, last: dt.date) -> Iterator[Period]:
    """Every year and quarter that a span of days touches, and every window that lies in its quarters and is over."""
    a, b = quarter_of(first), quarter_of(last)
    yield from (fiscal_year(year) for year in range(a // 4, b // 4 + 1))
    yield from (quarter(number) for number in range(a, b + 1))
    windows = (twelve_months(number) for number in range(a + 3, b + 1))
    yield from (window for window in windows if window.ends_on <= last)


def parse(name: str) -> Period:
    """A period by its name, with or without the space before the quarter."""
    found = NAMES.fullmatch(name)
    if found is None:
        raise ValueError(f"no period {name}: write FY2026, FY2026 Q1 or 12M2026-06 (a year that ends with a quarter)")
    if found["end"]:
        year, month = map(int, found["end"].split("-"))
        if month not in (3, 6, 9, 12):
            raise ValueError("twelve months end with a quarter: 12M2026-03, -06, -09 or -12")
        return twelve_months(quarter_of(dt.date(year, month, 1)))
    if found["quarter"]:
        return quarter(int(found["year"]) * 4 + int(found["quarter"]) - 1)
    return fiscal_year(int(found["year"]))


def _span(kind: str, name: str, first: int, last: int) -> Period:
    return Period(kind, name, starts_on(first), starts_on(last + 1) - dt.timedelta(days=1), first, last)
