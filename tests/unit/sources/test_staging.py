"""Staging SQL: every shape of a statute, every type, the fate of every record and the rule that it breaks."""

import datetime as dt

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from sources.errors import ContractError, DeliveryError
from sources.readers import keyed_hash
from sources.schema import Column
from tests.unit.sources.conftest import agency_of, contract_of, delivery_of
from transforms import written
from transforms.intake import take_in
from transforms.staging import EARLIEST, judged_sql
from transforms.typing_sql import statute_columns, typed

SHAPES = [
    ("18:1591", 18, 1591, None),
    ("18:1591.F", 18, 1591, None),
    ("18:1591(a)(1)", 18, 1591, "(a)(1)"),
    ("18 USC 1591(a)(1)", 18, 1591, "(a)(1)"),
    ("18 USC 1591 (a) (1)", 18, 1591, "(a)(1)"),
    ("18 U.S.C. § 1591", 18, 1591, None),
    ("18 U.S.C. §§ 1591, 1594", 18, 1591, None),
    ("18 U.S.C.A. 1591", 18, 1591, None),
    ("18 USC Sec. 1591", 18, 1591, None),
    ("18 USC Section 1591", 18, 1591, None),
    ("18usc1591", 18, 1591, None),
    ("18-1591", 18, 1591, None),
    ("18 1591", 18, 1591, None),
    ("18/1591", 18, 1591, None),
    ("181591", 18, 1591, None),
    ("181591.F", 18, 1591, None),
    ("018:01591", 18, 1591, None),
    ("0018:001591", 18, 1591, None),
    ("18:1594C", 18, 1594, "C"),
    ("18:2423A.F", 18, 2423, "A"),
    ("181594(c)", 18, 1594, "(c)"),
    ("08:1324.F", 8, 1324, None),
    ("8:1324(a)(1)(A)(iii)", 8, 1324, "(a)(1)(A)(iii)"),
    ("081324", 8, 1324, None),
    ("81324", 8, 1324, None),
    ("21841", 21, 841, None),
    ("18:371", 18, 371, None),
    ("  18:1591  ", 18, 1591, None),
    ("18 USC 1961-1968", 18, 1961, None),
    ("1591", None, None, None),
    ("slavery", None, None, None),
    ("TVPA 2000", None, None, None),
    ("18", None, None, None),
    ("", None, None, None),
    (None, None, None, None),
]


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize(("text", "title", "section", "subsection"), SHAPES)
def test_statutes(con, text, title, section, subsection):
    found = con.execute(f"select {', '.join(statute_columns('s', 't'))} from (select $1::varchar as t)", [text])
    assert found.fetchone() == (title, section, subsection)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "12", 12),
        ("integer", "-8", -8),
        ("integer", "12.0", 12),
        ("integer", "12.5", None),
        ("integer", "1,234", None),
        ("integer", "1e3", None),
        ("integer", "99999999999999999999", None),
        ("number", "12.5", 12.5),
        ("number", "nan", None),
        ("number", "inf", None),
        ("number", "1,234.5", None),
        ("date", "2015-02-28", dt.date(2015, 2, 28)),
        ("date", "2015-02-31", None),
        ("date", "03/01/2015", dt.date(2015, 3, 1)),
        ("date", "42064", None),
        ("boolean", "Y", True),
        ("boolean", "false", False),
        ("boolean", "maybe", None),
        ("text", "as it is", "as it is"),
    ],
)
def test_types(con, kind, text, value):
    contract = contract_of(date_formats=["%Y-%m-%d", "%m/%d/%Y"])
    sql = typed(contract, "state", Column(says="x", type=kind), contract.columns["state"], "t")
    assert con.execute(f"select {sql} from (select $1::varchar as t)", [text]).fetchone() == (value,)


def taken(con, tmp_path, data: str, contract=None, as_of="2026-09-30"):
    """Intake of one CSV file, with the staged rows and the fates by line."""
    found = contract or contract_of()
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    (folder / "cases.csv").write_text(data, encoding="utf-8")
    agency = agency_of(found)
    out = tmp_path / "out"
    result = take_in(con, agency, delivery_of(agency, folder, as_of), out, keyed_hash(b"k"))
    staged = con.execute(f"from '{out}/staged/cases.parquet'").df()
    fates = con.execute(f"select line, fate, why from '{out}/fates/cases.parquet' order by line").fetchall()
    return result, staged, fates


def test_every_record_has_one_fate_and_they_add_up(con, tmp_path):
    result, staged, fates = taken(con, tmp_path, (
        "id,state,victims\n1,OH,2\n2,UT,two\n3,IA,-1\n,MO,1\n1,OH,2\n1,OH,3\n4,NV\n5,TX,7\n"
    ))  # fmt: skip
    assert list(staged["case_ref"]) == ["1", "5"]
    assert fates == [
        (3, "quarantined", "case_record.n_victims.integer"),
        (4, "quarantined", "case_record.n_victims.range"),
        (5, "quarantined", "case_record.case_ref.required"),
        (6, "skipped", "exact duplicate"),
        (7, "quarantined", "case_record.key.unique"),
        (8, "quarantined", "record.fields"),
    ]
    assert [result.total(f) for f in ("read", "staged", "quarantined", "skipped")] == [8, 2, 5, 1]
    kept = con.execute(f"select line, id, victims from '{tmp_path}/out/raw/cases.parquet' order by line").fetchall()
    assert kept == [(3, "2", "two"), (4, "3", "-1"), (5, "", "1"), (7, "1", "3"), (8, None, None)]


def test_a_redacted_field_is_null_and_noted(con, tmp_path):
    _, staged, fates = taken(con, tmp_path, "id,state,victims\n1,***,2\n2,UT,*\n")
    assert staged[["state", "redacted"]].values.tolist() == [[None, "state"], ["UT", "victims"]]
    assert fates == []


def test_words_for_nothing_are_null_in_the_column_that_names_them_only(con, tmp_path):
    columns = {
        "case_ref": {"from": "id"},
        "n_victims": {"from": "victims", "null_when": ["-8"]},
        "state": {"from": "victims"},
    }
    _, staged, _ = taken(con, tmp_path, "id,victims\n1,-8\n2,3\n", contract_of(columns))
    assert staged["state"].tolist() == ["-8", "3"]
    assert staged["n_victims"].isna().tolist() == [True, False]


def test_several_columns_are_joined_and_a_value_holds_for_all(con, tmp_path):
    columns = {"case_ref": {"from": ["year", "month"], "join": "-"}, "state": {"value": "IL"}}
    _, staged, _ = taken(con, tmp_path, "year,month\n2020,3\n2021,\n", contract_of(columns))
    assert staged[["case_ref", "state"]].values.tolist() == [["2020-3", "IL"], ["2021", "IL"]]


def test_skipped_records_have_a_reason(con, tmp_path):
    contract = contract_of(skip={"not ours": {"state": ["UT", "TX"]}})
    result, _, fates = taken(con, tmp_path, "id,state,victims\n1,OH,2\n2,UT,two\n", contract)
    assert fates == [(3, "skipped", "not ours")]
    assert result.why == {"cases": {"not ours": 1}}


DATED = {"case_ref": {"from": "id"}, "filed_on": {"from": "filed"}}


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2020-02-30", "date"), ("1900-01-01", "range"), ("2999-12-31", "range"), ("2027-12-01", "range"),
        ("2027-01-01", None), (EARLIEST, None),
    ],
)  # fmt: skip
def test_a_date_is_a_day_of_a_century_that_can_be_meant(con, tmp_path, day, why):
    _, _, fates = taken(con, tmp_path, f"id,filed\n1,{day}\n", contract_of(DATED))
    assert [w for _, _, w in fates] == ([f"case_record.filed_on.{why}"] if why else [])


def test_an_unknown_district_stops_the_delivery_and_is_not_printed(con, tmp_path):
    columns = {
        "investigation_ref": {"from": "id", "hash": True},
        "opened_on": {"from": "opened"},
        "district": {"from": "district", "codes": "districts.abbreviation"},
        "status": {"value": "OPEN"},
    }
    contract = contract_of(columns, feeds="investigation")
    with pytest.raises(
        ContractError, match=r"1 records have a code in district .* first in cases.csv line 3"
    ) as caught:
        taken(con, tmp_path, "id,opened,district\n1,2020-01-01,GAN\n2,2020-01-01,XQZ\n", contract)
    assert "XQZ" not in str(caught.value)


def test_statutes_that_cannot_be_read_are_staged_and_counted(con, tmp_path):
    columns = {
        "investigation_ref": {"from": "id", "hash": True},
        "opened_on": {"from": "opened"},
        "district": {"value": "GAN", "codes": "districts.abbreviation"},
        "status": {"value": "OPEN"},
        "lead_statute": {"from": "statute"},
    }
    data = "id,opened,statute\n1,2020-01-01,18:1591\n2,2020-01-01,peonage\n3,2020-01-01,\n"
    result, staged, _ = taken(con, tmp_path, data, contract_of(columns, feeds="investigation"))
    assert result.unparsed == {"cases": {"lead_statute": 1}}
    assert staged["lead_statute"].tolist()[:2] == ["18:1591", "peonage"]
    assert "1" not in staged["investigation_ref"].tolist()


def test_records_without_a_number_are_told_apart_by_their_place(con, tmp_path):
    contract = contract_of({"case_ref": {"value": "{file}:{line}"}, "state": {"from": "state"}})
    _, staged, _ = taken(con, tmp_path, "state\nOH\nOH\n", contract)
    assert staged["case_ref"].tolist() == ["cases.csv:2", "cases.csv:3"]


def test_a_missing_file_is_named_by_its_pattern(con, tmp_path):
    agency = agency_of(contract_of())
    with pytest.raises(ContractError, match=r"no file named \*\.csv"):
        take_in(con, agency, delivery_of(agency, tmp_path), tmp_path / "out", keyed_hash(b"k"))


def test_a_full_disk_is_said_in_words(con, tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device: secret")

    monkeypatch.setattr(written.pq, "ParquetWriter", full)
    with pytest.raises(Exception, match="the disk is full") as caught:
        taken(con, tmp_path, "id,state,victims\n1,OH,2\n")
    assert "secret" not in str(caught.value)


def test_a_file_that_changes_while_it_is_read_is_not_taken_in(con, tmp_path):
    (tmp_path / "cases.csv").write_text("id,state,victims\n1,OH,2\n")
    agency = agency_of(contract_of())
    delivery = delivery_of(agency, tmp_path)
    (tmp_path / "cases.csv").write_text("id,state,victims\n1,OH,2\n2,UT,3\n")
    with pytest.raises(DeliveryError, match="changed while it was read"):
        take_in(con, agency, delivery, tmp_path / "out", keyed_hash(b"k"))


def test_rows_and_bytes_are_told(con, tmp_path):
    (tmp_path / "cases.csv").write_text("id,state,victims\n1,OH,2\n")
    agency = agency_of(contract_of())
    rows, sizes = [], []
    delivery = delivery_of(agency, tmp_path)
    take_in(
        con, agency, delivery, tmp_path / "out", keyed_hash(b"k"), lambda *a: rows.append(a), lambda *a: sizes.append(a)
    )
    assert rows == [("lab cases", 1)]
    assert sizes[-1] == (delivery.size, delivery.size)


def test_a_large_chunk_keeps_its_order_and_the_text_of_the_records_that_are_refused(con, tmp_path):
    columns = {"case_ref": {"from": "id"}, "n_victims": {"from": "victims", "null_when": [f"-{i}" for i in range(30)]}}
    contract = contract_of(columns)
    lines = [f"{i:060d},{'none' if i % 50_000 == 7 else i % 9}\n" for i in range(240_000)]
    _, _, fates = taken(con, tmp_path, "id,victims\n" + "".join(lines), contract)
    staged, raw = (pq.read_table(tmp_path / "out" / part / "cases.parquet")["line"] for part in ("staged", "raw"))
    assert raw.to_pylist() == [line for line, _, _ in fates] == [i + 2 for i in range(7, 240_000, 50_000)]
    assert (np.diff(staged.to_numpy()) > 0).all()


def test_values_never_stand_in_an_error_of_the_generated_sql(con):
    con.execute("create temp table raw_records as select 'f' as file, 1 as line, null::varchar as reject, "
                "'a''b' as id, 'x' as state, 'y' as victims")  # fmt: skip
    assert con.execute(judged_sql(contract_of())).fetchall()[0][-1] == "case_record.n_victims.integer"
