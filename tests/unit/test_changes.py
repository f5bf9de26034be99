"""Each cause of a change under its own heading, and the parts adding up to the unit."""

import datetime as dt

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from transforms.changes import CAUSES, changes
from transforms.metric import metrics

SINCE, UNTIL = dt.date(2026, 7, 31), dt.date(2026, 8, 31)
FLAGS = {
    "is_program_05e": True, "has_program_category": True, "is_chapter77": True, "is_bjs": True,
    "is_domestic_minor": False, "has_victim_counts": False,
}  # fmt: skip


def marts(folder, defendants):
    """Marts that hold only defendants: key -> (group, charged_on, disposed_on or None)."""
    folder.mkdir()
    rows = [
        {
            "source": "eousa", "defendant_key": key, "case_key": key, "district": "GAN", "group_key": group,
            "charged_on": charged, "disposed_on": disposed, "outcome": "CONVICTED_PLEA" if disposed else None,
            "is_convicted": disposed is not None, "is_terminated": disposed is not None, "case_filed_on": charged,
            "filed_on": charged, "n_defendants": 1, "case_key_": key,
        } | FLAGS
        for key, (group, charged, disposed) in defendants.items()
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for column in ("charged_on", "disposed_on", "filed_on", "case_filed_on"):
        frame[column] = pd.to_datetime(frame[column])
    frame.to_parquet(folder / "defendant_facts.parquet")
    frame.to_parquet(folder / "case_facts.parquet")
    return {f"mart.{name}": folder / f"{name}.parquet" for name in ("defendant_facts", "case_facts")}


@pytest.fixture
def two_counts(monkeypatch):
    chosen = {n: m for n, m in metrics().items() if n in ("defendants_charged", "defendants_convicted")}
    monkeypatch.setattr("transforms.changes.metrics", lambda: chosen)


@pytest.fixture
def moved(tmp_path, two_counts):
    def run(before, after):
        one, two = marts(tmp_path / "before", before), marts(tmp_path / "after", after)
        with duckdb.connect() as con:
            found = changes(con, one, two, SINCE, UNTIL)
        assert ((found.before + found[list(CAUSES)].sum(axis=1)) == found.after).all()
        return found[(found.scope == "acteam")]

    return run


def causes(found, metric, area="ALL", period="FY2026"):
    row = found[(found.metric == metric) & (found.area == area) & (found.period == period)]
    return {cause: int(row[cause].iloc[0]) for cause in CAUSES if len(row) and row[cause].iloc[0]}


def test_new_late_corrected_and_withdrawn_each_under_its_heading(moved):
    day = dt.date(2026, 5, 1)
    before = {"kept": ("phase_1", day, None), "gone": ("phase_1", day, None), "shifts": ("phase_1", day, None)}
    after = {
        "kept": ("phase_1", day, None),
        "shifts": ("phase_1", dt.date(2025, 5, 1), None),
        "late": ("phase_1", day, None),
        "new": ("phase_1", dt.date(2026, 8, 15), None),
    }
    found = moved(before, after)
    assert causes(found, "defendants_charged") == {"new": 1, "late": 1, "corrected": -1, "withdrawn": -1}
    assert causes(found, "defendants_charged", period="FY2025") == {"corrected": 1}
    assert causes(found, "defendants_charged", area="phase_1", period="FY2026 Q3") == {
        "late": 1, "corrected": -1, "withdrawn": -1,
    }  # fmt: skip


def test_conviction_recorded_late_and_one_taken_back(moved):
    charged = dt.date(2024, 5, 1)
    before = {"a": ("other", charged, None), "b": ("other", charged, dt.date(2026, 3, 1))}
    after = {"a": ("other", charged, dt.date(2026, 6, 30)), "b": ("other", charged, None)}
    found = moved(before, after)
    assert causes(found, "defendants_convicted") == {"late": 1, "corrected": -1}
    assert causes(found, "defendants_charged", period="FY2024") == {}


DAYS = st.dates(dt.date(2025, 10, 1), dt.date(2026, 8, 31))
WORLD = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.sampled_from(["phase_1", "other"]), DAYS, st.none() | DAYS), min_size=1
)
ANY = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.mark.usefixtures("two_counts")
@settings(max_examples=15, phases=[Phase.generate], **ANY)
@given(before=WORLD, after=WORLD)
def test_parts_add_up_whatever_moves(tmp_path_factory, before, after):
    folder = tmp_path_factory.mktemp("any")
    one, two = marts(folder / "b", before), marts(folder / "a", after)
    with duckdb.connect() as con:
        found = changes(con, one, two, SINCE, UNTIL)
    assert ((found.before + found[list(CAUSES)].sum(axis=1)) == found.after).all()
    nation = found[(found.metric == "defendants_charged") & (found.scope == "acteam") & (found.area == "ALL")]
    nation = nation[nation.period_kind == nation.period_kind.iloc[0]] if len(nation) else nation
    assert int((nation.after - nation.before).sum()) == len(after) - len(before)


def test_nothing_moves_between_a_view_and_itself(tmp_path, two_counts):
    now = marts(tmp_path / "now", {"a": ("phase_1", dt.date(2026, 5, 1), None)})
    with duckdb.connect() as con:
        found = changes(con, now, now, SINCE, UNTIL)
    assert found.empty and set(CAUSES) <= set(found.select_dtypes("int64"))
