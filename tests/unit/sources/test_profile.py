"""The look at an unknown export, and the draft of a contract that a person finishes."""

import gzip

import pytest
import yaml
from click.testing import CliRunner

from pipelines.commands.profile import profile as command
from sources.draft import draft
from sources.errors import ContractError, DeliveryError
from sources.profile import Profile, profile
from sources.source_file import source_files
from tests.unit.sources.test_fixtures import FIXTURES

ROWS = "".join(
    f"{i:03},{i % 28 + 1:02}/0{i % 3 + 1}/2020,GAN,{'P' if i % 2 else 'D'},Roe {i},{i}\n" for i in range(200)
)
HEAD = "Case No,Filed,District,Status,Defendant Name,Victims\n"


@pytest.fixture
def look(tmp_path):
    def given(data: bytes, name: str = "cases_2026-09-30.csv") -> Profile:
        (tmp_path / name).write_bytes(data)
        [file] = source_files(tmp_path, tmp_path / name)
        return profile(file)

    return given


def column(found: Profile, name: str):
    return next(c for c in found.columns if c.name == name)


def test_a_plain_csv(look):
    found = look((HEAD + ROWS).encode())
    assert (found.format, found.encoding, found.delimiter, found.header_row) == ("csv", "utf-8", ",", 1)
    assert found.n_rows == 200
    assert "Case No" in found.keys
    assert column(found, "Filed").date_formats == ("%d/%m/%Y",)
    assert column(found, "Status").codes == ("D", "P")
    assert column(found, "Victims").is_number
    assert column(found, "District").districts == "abbreviation"


def test_a_column_that_may_name_a_person_is_suspected_and_its_texts_are_not_kept(look):
    found = look((HEAD + ROWS.replace("Roe ", "Roe, ").replace("Roe,", "Roe")).encode())
    assert column(found, "Defendant Name").is_identifier
    assert column(found, "Defendant Name").codes == ()
    assert "Roe" not in draft(found)
    shaped = look(b"x,y\n123-45-6789,a\n123-45-6789,b\n123-45-6780,b\n")
    assert column(shaped, "x").is_identifier


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), ("\t", "tab"), (";", "semicolon"), ("|", "bar")])
def test_delimiters(look, sign, name):
    assert look((HEAD + ROWS).replace(",", sign).encode()).delimiter == sign, name


@pytest.mark.parametrize(("encoding", "told"), [("cp1252", "cp1252"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8")])
def test_encodings(look, encoding, told):
    assert look((HEAD + ROWS).replace("Roe", "Ro\xe9").encode(encoding)).encoding == told


def test_title_rows_above_the_header(look):
    assert look(("Report of the agency\n\n" + HEAD + ROWS).encode()).header_row == 3


def test_fixed_width_asks_for_a_readme(look):
    found = look(b"".join(b"%-60d\r\n" % i for i in range(50)), "gs.txt")
    assert found.format == "fixed_width"
    assert "README" in draft(found)


def test_gz_is_looked_into(look):
    assert look(gzip.compress((HEAD + ROWS).encode()), "cases.csv.gz").columns == look((HEAD + ROWS).encode()).columns


def test_an_empty_file_is_said_so(look):
    with pytest.raises(ContractError, match="the file is empty"):
        look(b"")


def test_the_draft_is_yaml_that_maps_what_is_certain_and_ignores_identifiers(look):
    found = yaml.safe_load(draft(look((HEAD + ROWS).encode())))
    assert found["date_formats"] == ["%d/%m/%Y"]
    assert found["file"]["glob"] == "cases*.csv"
    assert "identifier suspected" in found["ignored"]["Defendant Name"]
    mapped = {c["from"] for c in found["columns"].values()}
    assert mapped | set(found["ignored"]) == {"Case No", "Filed", "District", "Status", "Defendant Name", "Victims"}


@pytest.mark.parametrize(
    ("path", "feeds", "at_least"),
    [
        ("fbi/fbi_cases_2026-09-30.csv", "investigation", 11),
        ("hsi/2026-09-30/hsi_cases_2026-09-30.xlsx", "investigation", 11),
        ("hsi/2026-09-30/hsi_subjects_2026-09-30.jsonl", "investigation_subject", 5),
        ("dol_oig/oig_investigations_2026-09-30.parquet", "investigation", 10),
        ("dol_whd/2026-09-30/whd_whisard.csv", "compliance_action", 10),
        ("fjc/2026-09-30/cr96on.txt", "court_defendant", 20),
        ("ussc/2026-03-31/opafy25nid.csv", "sentenced_offender", 10),
        ("cook_county/2017-12-31/intake.csv.gz", "intake_decision", 2),
    ],
)
def test_the_exports_that_have_a_contract_are_drafted_into_the_right_table(path, feeds, at_least):
    result = CliRunner().invoke(command, [str(FIXTURES / path)], catch_exceptions=False)
    found = yaml.safe_load(result.output)
    assert found["feeds"] == feeds
    assert len(found["columns"]) >= at_least


@pytest.mark.parametrize(("name", "words"), [("x.csv", "no such file"), ("", "a folder. Give one of its files: a.csv")])
def test_the_command_names_a_missing_file_and_a_folder(tmp_path, name, words):
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(DeliveryError, match=words):
        CliRunner().invoke(command, [str(tmp_path / name)], catch_exceptions=False)


def test_an_export_that_no_table_is_near_is_not_guessed_into_one(look):
    rows = "".join(f"{i},{2003 + i % 5},{i * 7.5}\n" for i in range(100))
    found = yaml.safe_load(draft(look(f"countyreal,year,lpop\n{rows}".encode(), "panel.csv")))
    assert (found["feeds"], found["columns"]) == ("?", {})
    assert set(found["ignored"]) == {"countyreal", "year", "lpop"}


def test_a_column_is_not_guessed_to_be_what_its_texts_cannot_be(look):
    rows = "".join(f"C{i},2020-01-{i % 28 + 1:02},X{i % 9},GAN,{i}\n" for i in range(200))
    header = "agency_case_id,opened_on,classification,district,lead_statute\n"
    found = yaml.safe_load(draft(look((header + rows).encode())))
    assert found["feeds"] == "investigation"
    assert found["columns"]["opened_on"]["from"] == "opened_on"
    assert "lead_statute" in found["ignored"]


@pytest.mark.parametrize("text", ['{"a": [1,\n 2]}\n', '[{"a": 1}]\n', "{\n}\n"])
def test_a_json_document_is_no_json_lines(look, text):
    with pytest.raises(ContractError, match="one JSON document"):
        look(text.encode(), "x.json")
