"""Delimited files: what Arrow cuts and what Python parses give the same records, and each fault costs one record."""

import pytest

from sources.errors import ContractError
from sources.readers import lines
from tests.unit.sources.conftest import contract_of

HEAD = b"id,state,victims\n"


def told(found):
    return [(row["line"], row["reject"], row["state"]) for row in found]


def test_plain_and_quoted_lines_give_the_same(rows):
    plain = rows(HEAD + b"1,Ohio,2\n2,Utah,3\n")
    assert plain == rows(HEAD + b'1,"Ohio",2\n"2",Utah,"3"\n')
    assert plain[0] == {"line": 2, "reject": None, "id": "1", "state": "Ohio", "victims": "2"}


def test_quotes_hold_delimiters_and_doubled_quotes(rows):
    found = rows(HEAD + b'1,"Ohio, ""the"" state",2\n2,Utah,3\n')
    assert [row["state"] for row in found] == ['Ohio, "the" state', "Utah"]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (b"2,Utah", "record.fields"),
        (b"2,Utah,3,4", "record.fields"),
        (b'2,"Utah,3', "record.quote"),
        (b'"2","Utah",3,4', "record.fields"),
        (b"2,Ut\x00ah,3", "record.encoding"),
        (b"2,Ut\xe9h,3", "record.encoding"),
    ],
)
def test_a_fault_costs_one_record(rows, bad, rule):
    found = rows(HEAD + b"1,Ohio,2\n" + bad + b"\n3,Iowa,4\n")
    assert told(found) == [(2, None, "Ohio"), (3, rule, None), (4, None, "Iowa")]


def test_cr_lf_and_crlf_all_end_a_line_and_blank_lines_are_no_records(rows):
    found = rows(b"id,state,victims\r\n1,Ohio,2\r2,Utah,3\n\r\n3,Iowa,4")
    assert [row["state"] for row in found] == ["Ohio", "Utah", "Iowa"]


def test_encodings(rows):
    text = "id,state,victims\n1,M\xe9xico,2\n"
    for encoding, says in [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252"), ("latin-1", "latin-1"),
                           ("utf-16", "utf-8"), ("cp1252", "detect"), ("utf-8", "detect")]:  # fmt: skip
        found = rows(text.encode(encoding), contract_of(file={"encoding": says}))
        assert found[0]["state"] == "M\xe9xico", encoding


def test_each_record_is_detected_alone(rows):
    found = rows(HEAD + b"1,M\xe9xico,2\n2,M\xc3\xa9xico,3\n3,a\x81b,4\n", contract_of(file={"encoding": "detect"}))
    assert told(found) == [(2, None, "M\xe9xico"), (3, None, "M\xe9xico"), (4, "record.encoding", None)]


def test_bytes_that_the_contract_drops_are_gone(rows):
    found = rows(HEAD + b"1,Oh\x00io\x1e,2\n", contract_of(file={"drop_bytes": [0, 30]}))
    assert told(found) == [(2, None, "Ohio")]


def test_quoted_tabs(rows):
    data = b'id\tstate\tvictims\r\n1\t"Ohio\tthe"" state"\t2\r\n2\tUtah\t3\r\n'
    found = rows(data, contract_of(file={"delimiter": "\t"}))
    assert [row["state"] for row in found] == ['Ohio\tthe" state', "Utah"]


def test_only_the_named_columns_of_very_many_are_kept(rows):
    wide = ",".join(f"x{i}" for i in range(5000)).encode()
    data = b"id,state," + wide + b",victims\n" + b"1,Ohio," + b"0," * 5000 + b"2\n"
    found = rows(data, contract_of(ignore_rest="only these are used"))
    assert found == [{"line": 2, "reject": None, "id": "1", "state": "Ohio", "victims": "2"}]


def test_blocks_do_not_show(rows, monkeypatch):
    data = HEAD.replace(b"\n", b"\r\n") + b"".join(
        b'%d,"a ""b""",%d\r\n' % (i, i) if i % 7 == 0 else b"%d,a,%d\r\n" % (i, i) for i in range(300)
    )
    whole = rows(data)
    assert len(whole) == 300
    for size in (19, 64, 1001):
        monkeypatch.setattr(lines, "BLOCK", size)
        assert rows(data) == whole


def test_a_line_too_long_to_be_a_record_is_refused_in_constant_memory(rows, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK", 64)
    monkeypatch.setattr(lines, "MAX_RECORD", 200)
    found = rows(HEAD + b"1,Ohio,2\n" + b"2," + b"x" * 9000 + b",3\n3,Iowa,4\n")
    assert told(found) == [(2, None, "Ohio"), (3, "record.long", None), (4, None, "Iowa")]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "the file is empty"),
        (b"id,state\n", 'column "victims" is missing'),
        (b"id,state,victim\n", 'column "victims" is missing. The file has "victim"'),
        (b"id;state;victims\n", "delimited by a semicolon"),
        (b"id,state,victims,age\n", 'column "age" is neither mapped nor ignored'),
        (b"id,state,victims,state\n", 'column "state" is there twice'),
    ],
)
def test_a_header_that_does_not_fit_stops_the_delivery(rows, head, words):
    with pytest.raises(ContractError, match=words):
        rows(head)


def test_a_file_without_a_header_does_not_leak_its_first_record(rows):
    with pytest.raises(ContractError) as caught:
        rows(b"17,Jane Roe,3\n18,John Doe,1\n")
    assert "Roe" not in str(caught.value)


def test_an_optional_column_may_be_absent(rows):
    columns = {"case_ref": {"from": "id"}, "state": {"from": "state", "optional": True}}
    assert told(rows(b"id\n1\n", contract_of(columns))) == [(2, None, None)]


def test_a_header_further_down_is_found(rows):
    data = b"Report of the agency\n\nid,state,victims\n1,Ohio,2\n"
    assert told(rows(data, contract_of(file={"header_row": 0}))) == [(4, None, "Ohio")]
    assert told(rows(data, contract_of(file={"header_row": 3}))) == [(4, None, "Ohio")]


def test_a_file_with_a_header_only_has_no_records(rows):
    assert rows(HEAD) == []


QUOTED = contract_of(file={"quoted_newlines": True})


def test_line_ends_inside_quotes_are_part_of_the_field(rows):
    found = rows(HEAD + b'1,"Ohio\nthe state",2\n2,Utah,3\n', QUOTED)
    assert told(found) == [(2, None, "Ohio\nthe state"), (4, None, "Utah")]


@pytest.mark.parametrize("tail", [b"", b"3,Iowa,4\n" * 500])
def test_a_quote_left_open_stops_a_file_whose_quotes_may_hold_line_ends(rows, tail):
    with pytest.raises(ContractError, match="record at line 3 does not close"):
        rows(HEAD + b'1,Ohio,2\n2,"Utah,3\n' + tail, QUOTED)
