"""The recode detector tells more cases from the same conduct coded differently."""

import duckdb
import pandas as pd
import pytest
import yaml

from transforms.recode import families, recode, sentences
from transforms.recoded import recoded
from transforms.study import Study, default_text

FAMILY = families()["lead_charge"]
BEFORE, AFTER = (2010, 2011), (2012, 2013)


def counts(before: dict[str, int], after: dict[str, int]) -> pd.DataFrame:
    rows = [(year, code, n // 2) for year in (2010, 2011) for code, n in before.items()]
    rows += [(year, code, n // 2) for year in (2012, 2013) for code, n in after.items()]
    return pd.DataFrame(rows, columns=["fiscal_year", "code", "n"])


CASES = {
    "more cases": ({"1591": 60, "2421-2423": 40, "2251": 20}, {"1591": 120, "2421-2423": 80, "2251": 40}),
    "fewer cases": ({"1591": 120, "2421-2423": 80, "2251": 40}, {"1591": 60, "2421-2423": 40, "2251": 20}),
    "coded differently": ({"1591": 40, "2421-2423": 80}, {"1591": 80, "2421-2423": 40}),
    "both": ({"1591": 40, "2421-2423": 80}, {"1591": 180, "2421-2423": 60}),
    "no clear change": ({"1591": 60, "2421-2423": 40}, {"1591": 62, "2421-2423": 42}),
    "too few to say": ({"1591": 2}, {"1591": 8}),
}


@pytest.mark.parametrize("reading", CASES)
def test_a_change_is_read(reading):
    table = recode(counts(*CASES[reading]), FAMILY, BEFORE, AFTER)
    assert table.loc[table["code"] == "1591", "reading"].item() == reading


def test_a_code_that_fell_while_its_kind_rose_is_not_more_cases():
    table = recode(counts({"1591": 200, "2421-2423": 80, "2251": 20}, {"1591": 300, "2421-2423": 120, "2251": 18}),
                   FAMILY, BEFORE, AFTER).set_index("code")  # fmt: skip
    assert table["reading"].to_dict() == {
        "1591": "more cases", "2421-2423": "more cases", "2251": "no clear change",
    }  # fmt: skip


@pytest.mark.parametrize("reading", CASES)
def test_growth_and_shift_add_up_to_the_change(reading):
    table = recode(counts(*CASES[reading]), FAMILY, BEFORE, AFTER)
    change = table["per_year_after"] - table["per_year_before"]
    assert (table["growth_per_year"] + table["shift_per_year"]).tolist() == pytest.approx(change.tolist())
    assert table["shift_per_year"].sum() == pytest.approx(0)


def test_windows_of_different_length_are_compared_by_the_year():
    table = recode(counts({"1591": 60}, {"1591": 60}), FAMILY, (2010, 2011), (2012, 2012))
    assert table.loc[0, "per_year_before"] == table.loc[0, "per_year_after"] == 30
    assert table.loc[0, "reading"] == "no clear change"


def test_each_code_has_one_sentence_and_a_break_of_the_code_list_one_more():
    family = families()["program_category"]
    empty = recode(counts({}, {}), family, BEFORE, AFTER)
    assert len(sentences(empty, family, BEFORE, AFTER)) == 4
    assert "2011-01-31" in sentences(empty, family, BEFORE, AFTER)[-1]
    assert len(sentences(empty, family, (2014, 2015), (2016, 2017))) == 3


def test_a_code_that_nobody_used_rose_with_nobody():
    table = recode(counts({"1591": 60, "2421-2423": 40}, {"1591": 120, "2421-2423": 80}), FAMILY, BEFORE, AFTER)
    assert table.set_index("code")["reading"].to_dict() == {
        "1591": "more cases", "2421-2423": "more cases", "2251": "none recorded",
    }  # fmt: skip


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema staging; create schema core; create schema mart")
        con.execute("create table staging.district as select 'ME' as district, 'other' as group_key")
        con.execute(
            "create table staging.matter as select 'eousa' as agency, 'ME' as district, unnest(['a', 'b']) as"
            " matter_ref, date '2011-10-01' as received_on, 'R' as class, 'A' as status, 18 as lead_charge_title,"
            " unnest([2422, 2251]) as lead_charge_section"
        )
        con.execute(
            "create table staging.program_category as select 'ME' as district, 'a' as matter_ref,"
            " unnest(['10', '9', '11']) as category_ref, unnest(['080', '05E', '040']) as program_category"
        )
        con.execute(
            "create table mart.case_facts as select 'eousa' as source, unnest(['k1', 'k2']) as case_key,"
            " date '2011-09-30' as filed_on, 'phase_1' as group_key"
        )
        con.execute(
            "create table core.charge as select unnest(['k1', 'k1', 'k2', 'k2']) as matter_key, 18 as title,"
            " unnest([2421, 1591, 2423, 1594]) as section, unnest(['filing', 'filing', 'filing', 'referral']) as stage"
        )
        yield con


@pytest.mark.parametrize(
    ("family", "rows"),
    [
        ("program_category", [("eousa", 2012, "other", "05E", 1)]),
        ("lead_charge", [("eousa", 2012, "other", "2251", 1), ("eousa", 2012, "other", "2421-2423", 1)]),
        ("charged", [("eousa", 2011, "phase_1", "1591", 1), ("eousa", 2011, "phase_1", "2421-2423", 1)]),
    ],
)
def test_every_record_of_a_family_has_one_code(con, family, rows):
    """The first category entered; the lead charge; 1591 before 2251 before 2421 to 2423 among the charges filed."""
    assert con.execute(families()[family].counts).fetchall() == rows


def test_small_counts_of_matters_and_sums_over_a_hidden_year_are_not_shown(con):
    study = Study(**yaml.safe_load(default_text()))
    con.execute("delete from mart.case_facts")
    cells = pd.DataFrame(
        {"source": ["eousa"], "area": "ALL", "period_kind": "fy", "period": "FY2011", "status": "shown"}
    )

    def of_the_nation(n: int, status: str = "shown") -> pd.DataFrame:
        con.execute(
            "create or replace table staging.matter as select 'eousa' as agency, 'ME' as district, r as matter_ref,"
            " date '2011-09-30' as received_on, 'R' as class, 'A' as status, 18 as lead_charge_title,"
            f" unnest([1591, 2251, 2421]) as lead_charge_section from range({n}) as t(r)"
        )
        con.execute("create or replace table staging.program_category as select 'ME' as district, -1 as matter_ref,"
                    " '1' as category_ref, '05E' as program_category")  # fmt: skip
        found = recoded(con, study, cells.assign(status=status), 11)
        return found[(found["phase"] == "phase_1") & (found["area"] == "ALL")]

    large, small, hidden = of_the_nation(30), of_the_nation(5), of_the_nation(30, "suppressed")
    assert (large["status"] == "shown").all() and large["n_before"].tolist() == [30, 30, 30]
    assert (small["status"] == "suppressed").all() and small["n_before"].isna().all()
    assert (hidden["status"] == "suppressed").all() and hidden["n_before"].isna().all()
    assert large["reading"].tolist() == ["fewer cases"] * 3
    for held_back in (small, hidden):
        assert set(held_back["reading"]) == {"not shown"} and set(held_back["sentence"]) == {"Not shown."}
