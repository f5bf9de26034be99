"""The recode detector tells more cases from the same conduct coded differently."""

import duckdb
import pandas as pd
import pytest

from transforms.recode import families, recode, sentences

FAMILY = families()["statute"]
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


def test_the_counts_of_a_family_are_of_the_first_category_entered():
    with duckdb.connect() as con:
        con.execute("create schema staging")
        con.execute(
            "create table staging.matter as select 'ME' as district, 'a' as matter_ref,"
            " date '2011-10-01' as received_on, 'R' as class, 'A' as status"
        )
        con.execute(
            "create table staging.program_category as select 'ME' as district, 'a' as matter_ref, "
            "unnest(['10', '9', '11']) as category_ref, unnest(['080', '05E', '040']) as program_category"
        )
        assert con.execute(families()["program_category"].counts).fetchall() == [(2012, "05E", 1)]
