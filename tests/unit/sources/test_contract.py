"""Contracts and tables: what contradicts itself is refused with the place and the next step."""

import pytest
from pydantic import ValidationError

from sources.contract import Agency, Mapped, agencies, load
from sources.errors import DefinitionError
from sources.schema import Column, Table, code_lists, tables
from tests.unit.sources.conftest import agency_of, contract_of

REF = {"case_ref": {"from": "id"}}


@pytest.mark.parametrize(
    ("columns", "fields", "words"),
    [
        (REF, {"feeds": "nothing"}, "no table in sources/tables/"),
        (REF | {"colour": {"from": "x"}}, {}, "colour: not a column of case_record"),
        ({"state": {"from": "x"}}, {}, "case_ref: required by case_record and not mapped"),
        (REF, {"ignored": {"id": "no"}}, "id: both read and ignored"),
        ({"case_ref": {}}, {}, "either `from` or `value`"),
        ({"case_ref": {"from": "id", "value": "x"}}, {}, "either `from` or `value`"),
        ({"case_ref": {"from": "id", "form": "x"}}, {}, "Extra inputs"),
    ],
)
def test_a_contract_that_contradicts_itself(columns, fields, words):
    with pytest.raises(ValidationError, match=words):
        contract_of(columns, **fields)


INVESTIGATION = {
    "investigation_ref": {"from": "id", "hash": True},
    "opened_on": {"from": "opened"},
    "district": {"from": "d", "codes": "districts.abbreviation"},
    "status": {"from": "s"},
}


def test_an_identifier_must_be_hashed():
    plain = INVESTIGATION | {"investigation_ref": {"from": "id"}}
    with pytest.raises(ValidationError, match="an identifier must be hashed"):
        contract_of(plain, feeds="investigation")


def test_a_code_must_be_in_the_list_that_the_table_names():
    wrong = INVESTIGATION | {"status": {"from": "s", "codes": {"x": "AJAR"}}}
    with pytest.raises(ValidationError, match=r"maps to AJAR, not in sources/codes/investigation_status\.yml"):
        contract_of(wrong, feeds="investigation")


def test_columns_that_are_read_hashed_and_optional():
    contract = contract_of(
        {"case_ref": {"from": ["a", "b"]}, "state": {"from": "s", "optional": True}, "n_victims": {"from": "a"}},
        skip={"not ours": {"kind": ["X"]}},
    )
    assert contract.needed == ["a", "b", "s", "kind"]
    assert contract.optional == {"s"}
    assert contract_of(INVESTIGATION, feeds="investigation").hashed == {"id"}


def test_a_district_code_that_lost_its_zero_is_known_unless_another_is_written_so():
    codes = agencies()["ussc"].contracts[0].code_map("district")
    assert codes["8"] == codes["08"]
    courts = agencies()["fjc"].contracts[0].code_map("district")
    assert courts["0"] == courts["00"] == "ME"
    assert courts["3A"] and courts["7-"] == "AK"


def test_the_digest_of_an_agency_changes_with_its_contracts():
    one = agency_of(contract_of())
    assert one.digest == agency_of(contract_of()).digest
    assert one.digest != agency_of(contract_of(date_formats=["%Y"])).digest
    assert one.digest != agency_of(contract_of(), mode="replace").digest


def test_every_contract_says_why_a_column_is_not_read():
    for agency in agencies().values():
        for contract in agency.contracts:
            assert all(len(reason) > 5 for reason in contract.ignored.values())
            assert contract.ignore_rest is None or len(contract.ignore_rest) > 20


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("cases.yml", "feeds: case_record\n", "lab/cases.yml: file: required and not given; columns: required and not"),
        ("cases.yml", "feeds: case_record\ntypo: SECRET\n", "typo: not a field that is known here. Mend the contract"),
        ("cases.yml", "feeds: [\n", "no YAML"),
        ("agency.yml", "label: x\n", "sources/contracts/lab/agency.yml"),
    ],
)
def test_a_broken_file_is_named(tmp_path, name, text, words):
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "agency.yml").write_text("label: x\nname: x\nmode: append\ndelivery: file\n")
    (folder / name).write_text(text)
    with pytest.raises(DefinitionError, match=words) as caught:
        load(folder)
    assert not {"SECRET", "pydantic"} & set(str(caught.value).split())


def test_modes_are_the_four():
    with pytest.raises(ValidationError):
        Agency(key="x", label="x", name="x", mode="weekly", delivery="file")


TEXT = Column(says="x")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": []}, "at least 1"),
        ({"key": ["b"]}, "names no column: b"),
        ({"snapshot": "year"}, "names no column: year"),
        ({"event_date": "day"}, "names no column: day"),
        ({"columns": {"a": Column(says="x", type="code")}}, "names its code list"),
        ({"columns": {"a": Column(says="x", codes="court")}}, "names its code list"),
        ({"columns": {"a": Column(says="x", type="code", codes="none")}}, "no code list none"),
        ({"columns": {"a": TEXT, "agency": TEXT}}, "agency: every staged table has such a column already"),
    ],
)
def test_a_table_that_contradicts_itself(fields, words):
    with pytest.raises(ValidationError, match=words):
        Table(**({"name": "t", "grain": "one", "key": ["a"], "columns": {"a": TEXT}} | fields))


def test_every_column_of_every_table_says_what_it_is():
    for table in tables().values():
        assert table.grain.startswith("one ")
        assert all(len(column.says) > 3 for column in table.columns.values())


def test_a_statute_brings_its_parts():
    assert list(tables()["charge"].staged)[-5:] == [
        "statute", "statute_title", "statute_section", "statute_subsection", "category",
    ]  # fmt: skip


def test_no_code_list_is_unused():
    used = {c.codes for t in tables().values() for c in t.columns.values() if c.codes}
    assert set(code_lists()) == used


def test_a_value_stands_for_all_records():
    assert Mapped(value="x").sources == []
