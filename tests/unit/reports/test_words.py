"""Zero, suppressed, not reported and not applicable read differently."""

import math

from reports import words
from reports.words import Cell

CELL = Cell("id", "cases_filed", "ALL", "FY2020", 0.0, 0.0, None, 0.0, 3.7, "shown", False)


def with_status(status):
    return Cell("id", "m", "ALL", "FY2020", None, None, None, None, None, status, False)


def test_four_words_for_four_things():
    cells = [CELL, with_status("suppressed"), None, with_status("not_applicable")]
    read = [words.read(c, "count") for c in cells]
    assert read == ["0", "not shown", "not reported", "not applicable"]


def test_numbers_take_the_form_of_their_metric():
    forms = [(1234.0, "count"), (0.934, "rate"), (2.14, "ratio"), (41.0, "median"), (41.5, "median")]
    assert [words.number(v, k) for v, k in forms] == ["1,234", "93 %", "2.1", "41", "41.5"]


def test_limits_without_an_end_say_so():
    assert words.interval(0.0, math.inf) == "0.00 to no limit"


def test_a_limit_beside_1_says_on_which_side_it_lies():
    assert words.interval(1.004, 13.68) == "1.004 to 13.68"
    assert words.interval(0.26, 0.99996) == "0.26 to 0.99996"
    assert words.interval(1.0, 1.01) == "1.00 to 1.01"
    assert words.ratio(math.inf) == "infinite"
    assert words.ratio(None) == "not applicable"


def test_years_and_lists():
    assert words.years(2010, 2010) == "FY2010"
    assert words.years(2010, 2011).replace("\u2060", "") == "FY2010–11"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
