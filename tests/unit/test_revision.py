"""The revision triangle: what each report knew, and nothing of a period before it began."""

import datetime as dt

import duckdb
import pytest

from tests.unit.test_changes import marts
from transforms.metric import metrics
from transforms.revision import COLUMNS, revisions

DAYS = [dt.date(2026, 7, 31), dt.date(2026, 8, 31), dt.date(2026, 10, 31)]


@pytest.fixture
def triangle(tmp_path, monkeypatch):
    monkeypatch.setattr("transforms.revision.counted", lambda: [metrics()["defendants_charged"]])

    def run(*worlds):
        views = [(day, marts(tmp_path / str(day), world)) for day, world in zip(DAYS, worlds, strict=True)]
        with duckdb.connect() as con:
            found = revisions(con, views, "acteam")
        assert list(found) == COLUMNS
        return found.set_index(["area", "period", "reported_on"])["n"].sort_index()

    return run


def test_each_report_counts_what_it_knew(triangle):
    may, old = ("phase_1", dt.date(2026, 5, 1), None), ("other", dt.date(2012, 5, 1), None)
    gone, late = ("other", dt.date(2013, 5, 1), None), ("other", dt.date(2026, 5, 2), None)
    october = ("other", dt.date(2026, 10, 3), None)
    found = triangle(
        {"a": may, "old": old, "gone": gone},
        {"a": may, "old": old, "gone": gone, "late": late},
        {"a": may, "old": old, "late": late, "october": october},
    )
    assert found["ALL", "FY2026 Q3"].tolist() == [1, 2, 2]
    assert found["phase_1", "FY2026 Q3"].tolist() == [1, 1, 1]
    assert found["ALL", "FY2013"].tolist() == [1, 1, 0], "an old year that was revised stays in sight"
    assert ("ALL", "FY2012") not in found.index, "one that was not does not"
    assert found["ALL", "FY2027"].to_dict() == {"2026-10-31": 1}, "a year is unknown before it begins"


def test_one_report_is_no_triangle(tmp_path):
    with duckdb.connect() as con:
        assert revisions(con, [(DAYS[0], tmp_path)], "acteam").empty
