"""Fixed-width records: every one accounted for, whatever its ends, its bytes and its length."""

import pytest

from sources.readers import lines
from tests.unit.sources.conftest import contract_of

README = """
GS_CASE - 20 Characters

Name    Null?     Type          Position
ID      NOT NULL  VARCHAR2(5)   (1:5)
STATE             VARCHAR2(10)  (6:15)
VICTIMS           NUMBER(5)     (16:20)
"""
CONTRACT = contract_of(
    {"case_ref": {"from": "ID"}, "state": {"from": "STATE"}, "n_victims": {"from": "VICTIMS"}},
    file={"format": "fixed_width", "glob": "gs_case*.txt", "table": "GS_CASE", "encoding": "latin-1"},
)
RECORDS = [b"00001Ohio         12", b"00002Utah          7", b"00003Iowa           "]


@pytest.fixture
def read(rows):
    return lambda data, name="gs_case.txt": rows(data, CONTRACT, name, README)


def states(found):
    return [(row["line"], row["reject"], row["STATE"]) for row in found]


GOOD = [(1, None, "Ohio"), (2, None, "Utah"), (3, None, "Iowa")]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("last", [True, False])
def test_records_end_in_crlf_or_lf_and_the_last_need_not_end(read, end, last):
    assert states(read(end.join(RECORDS) + end * last)) == GOOD


def test_mixed_ends(read):
    assert states(read(RECORDS[0] + b"\r\n" + RECORDS[1] + b"\n" + RECORDS[2] + b"\r\n")) == GOOD


def test_blank_is_null_and_blanks_around_are_gone(read):
    assert [row["VICTIMS"] for row in read(b"\r\n".join(RECORDS))] == ["12", "7", None]


def test_a_cr_inside_a_record_is_a_blank(read):
    found = read(b"00001Oh\rio        12\r\n" + RECORDS[1] + b"\r\n")
    assert states(found) == [(1, None, "Oh io"), (2, None, "Utah")]


def test_an_lf_inside_a_record_costs_that_record_and_no_other(read):
    found = read(RECORDS[0] + b"\r\n" + b"00002Ut\nah         7\r\n" + RECORDS[2] + b"\r\n")
    assert [row["reject"] for row in found] == [None, "record.short", "record.short", None]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (b"00002Utah         7", "record.short"),  # one character short, with CRLF
        (b"00002Utah           7", "record.long"),
        (b"", "record.short"),
        (b"00002Utah          7 SPILLED OVER", "record.long"),
    ],
)
def test_a_record_of_another_length_is_refused_alone(read, bad, rule):
    found = read(b"\r\n".join([RECORDS[0], bad, RECORDS[2]]) + b"\r\n")
    assert [row["reject"] for row in found] == [None, rule, None]
    assert found[1]["ID"] is found[1]["STATE"] is None


def test_redaction_and_latin_1_come_through(read):
    found = read(b"00001" + b"*" * 10 + b"   12\r\n" + b"00002M\xe9xico        7\r\n")
    assert [row["STATE"] for row in found] == ["*" * 10, "M\xe9xico"]


def test_nul_bytes_are_blanks(read):
    assert states(read(b"00001Oh\x00io        12\r\n")) == [(1, None, "Oh io")]


def test_the_end_of_file_mark_of_old_systems_is_no_record(read):
    assert states(read(b"\r\n".join(RECORDS) + b"\r\n\x1a")) == GOOD


def test_an_empty_file_has_no_records(read):
    assert read(b"") == []


def test_blocks_do_not_show(read, monkeypatch):
    records = b"".join(b"%05dOhio      %5d\r\n" % (i, i) for i in range(500))
    whole = read(records)
    for size in (7, 22, 23, 1000):
        monkeypatch.setattr(lines, "BLOCK", size)
        assert read(records) == whole
    assert [row["line"] for row in whole] == list(range(1, 501))


def test_a_line_without_an_end_is_refused_in_constant_memory(read, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK", 64)
    monkeypatch.setattr(lines, "MAX_RECORD", 100)
    found = read(RECORDS[0] + b"\r\n" + b"x" * 5000 + b"\r\n" + RECORDS[1] + b"\r\n")
    assert [row["reject"] for row in found] == [None, "record.long", None]


def test_a_table_split_by_district_is_read_from_all_its_files(rows):
    rows(RECORDS[0] + b"\r\n", CONTRACT, "gs_case_CT.txt", README)
    found = rows(RECORDS[1] + b"\r\n", CONTRACT, "gs_case_FLM.txt", README)
    assert sorted(row["STATE"] for row in found) == ["Ohio", "Utah"]
