"""`palermo check`: what a refresh would do with a file, told with lines, codes and names of columns, and no value."""

import json
import zipfile

import openpyxl
import pytest
from click.testing import CliRunner

from pipelines.commands.check import check as command
from sources.contract import agencies
from sources.errors import ArchiveError, DeliveryError
from sources.readers import keyed_hash
from tests.unit.sources.test_fixtures import FIXTURES
from transforms import check, return_sheet

FBI = FIXTURES / "fbi" / "fbi_cases_2026-09-30.csv"
SECRET = "Jane Q. Planted"


def checked(path, tmp_path, key=None):
    out = tmp_path / "scratch" / "2026-09-30-0"
    out.mkdir(parents=True, exist_ok=True)
    return check.run(check.find(path, key), out, keyed_hash(b"k"))


def run(*args) -> dict:
    result = CliRunner().invoke(command, [*map(str, args), "--json"], catch_exceptions=False, standalone_mode=False)
    return json.loads(result.output) | {"code": result.return_value}


def test_a_good_file_is_told_by_its_name_with_rules_and_lines(tmp_path):
    found = checked(FBI, tmp_path)
    [verdict] = found.verdicts
    assert (found.agency.key, found.is_guessed, found.would_be_held) == ("fbi", False, False)
    assert (verdict.n_read, verdict.n_staged, verdict.n_quarantined, verdict.n_skipped) == (8, 2, 5, 1)
    assert verdict.lines["investigation.opened_on.date"] == ["fbi_cases_2026-09-30.csv line 3"]
    assert verdict.codes == {"status": {"SEALED": 1}}
    assert verdict.unparsed == {"lead_statute": 1}


def test_a_file_of_another_name_is_told_by_its_columns(tmp_path):
    other = tmp_path / "export 2026-09-30.csv"
    other.write_bytes(FBI.read_bytes())
    found = checked(other, tmp_path)
    assert (found.agency.key, found.is_guessed, found.verdicts[0].n_staged) == ("fbi", True, 2)


def test_renamed_and_surplus_columns_have_the_nearest_known_name(tmp_path):
    text = FBI.read_text("utf-8-sig").replace("referral_date", "Referral Dt").replace("status", "status,clerk", 1)
    (tmp_path / FBI.name).write_text(text)
    [verdict] = checked(tmp_path / FBI.name, tmp_path).verdicts
    assert verdict.missing == {"referral_date": "Referral Dt"}
    assert verdict.surplus == ["Referral Dt", "clerk"]
    assert 'column "referral_date" is missing' in verdict.reason


def test_an_unknown_district_would_hold_it_and_is_counted(tmp_path):
    (tmp_path / FBI.name).write_text(FBI.read_text("utf-8-sig").replace(",GAN,", ",XQ,"))
    found = checked(tmp_path / FBI.name, tmp_path)
    assert found.would_be_held
    assert found.verdicts[0].codes["district"] == {"XQ": 6}


def test_a_text_in_a_column_of_codes_is_counted_and_not_shown(tmp_path):
    (tmp_path / FBI.name).write_text(FBI.read_text("utf-8-sig").replace("SEALED", SECRET))
    told = run(tmp_path / FBI.name)
    assert told["contracts"][0]["codes"] == {"status": {"(no code)": 1}}
    assert "Planted" not in json.dumps(told)


def test_a_file_without_a_date_would_be_held(tmp_path):
    (tmp_path / "fbi_cases.csv").write_bytes(FBI.read_bytes())
    found = check.find(tmp_path / "fbi_cases.csv")
    assert found.would_be_held
    assert "no date in its name" in found.notes[0]


def test_part_of_a_delivery_is_judged_and_the_rest_is_named(tmp_path):
    found = checked(FIXTURES / "hsi" / "2026-09-30" / "hsi_subjects_2026-09-30.jsonl", tmp_path)
    assert [v.contract for v in found.verdicts] == ["subjects"]
    assert found.notes == ["held: a delivery of HSI needs these files too: hsi_cases*.xlsx"]


def test_a_whole_folder_and_a_zip_of_it_give_the_same(tmp_path):
    folder = FIXTURES / "eousa" / "2026-09-30"
    with zipfile.ZipFile(tmp_path / "lions_2026-09-30.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "DISK01").iterdir()):
            archive.write(path, path.name)
    plain, packed = checked(folder, tmp_path / "a"), checked(tmp_path / "lions_2026-09-30.zip", tmp_path / "b")
    counts = [[(v.contract, v.n_read, v.n_staged, v.why) for v in c.verdicts] for c in (plain, packed)]
    assert counts[0] == counts[1]
    assert len(plain.verdicts) == len(plain.agency.contracts)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("photo_2026-09-30.png", b"\x89PNG\r\n", "no contract reads it"),
        ("x_2026-09-30.csv", b"a,b\n1,2\n", "palermo profile"),
    ],
)
def test_what_no_contract_reads_is_unreadable(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DeliveryError, match=words):
        check.find(tmp_path / name)


def test_a_damaged_archive_is_unreadable(tmp_path):
    (tmp_path / "fbi_cases_2026-09-30.zip").write_bytes(b"PK\x03\x04broken")
    with pytest.raises(ArchiveError):
        check.find(tmp_path / "fbi_cases_2026-09-30.zip")


@pytest.mark.parametrize(("key", "words"), [("nsa", "no agency of that name"), (None, "no such file")])
def test_wrong_arguments(tmp_path, key, words):
    with pytest.raises(DeliveryError, match=words):
        check.find(FBI if key else tmp_path / "none.csv", key)


def test_exit_codes_and_no_warehouse(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(FBI)["code"] == 0
    (tmp_path / FBI.name).write_text(FBI.read_text("utf-8-sig").replace("status", "state", 1))
    assert run(tmp_path / FBI.name, "--agency", "fbi")["code"] == 2
    assert [p.name for p in tmp_path.iterdir()] == [FBI.name]


def test_the_text_for_people(tmp_path):
    result = CliRunner().invoke(command, [str(FBI)], standalone_mode=False, catch_exceptions=False)
    assert "8 records = 2 accepted + 5 quarantined + 1 skipped" in result.output
    assert "1 quarantined: opened_on is no date in the agreed form (day of opening)" in result.output
    assert "A refresh would take it in, if it also bears comparison" in result.output


def test_the_return_sheet_lists_each_refused_record_in_words_and_no_value(tmp_path):
    hostile = tmp_path / FBI.name
    hostile.write_text(FBI.read_text("utf-8-sig").replace("SEALED", f"<script>{SECRET}</script>"))
    run(hostile, "--return-sheet", tmp_path / "sheets")
    book = openpyxl.load_workbook(tmp_path / "sheets" / f"fbi_{FBI.name}_return.xlsx")
    rows = list(book["Refused"].iter_rows(values_only=True))
    assert len(rows) == 1 + 5
    assert rows[1] == (
        FBI.name, 3, "cases", "investigation.opened_on.date",
        "opened_on is no date in the agreed form (day of opening)",
    )  # fmt: skip
    page = (tmp_path / "sheets" / f"fbi_{FBI.name}_return.html").read_text("utf-8")
    assert "5 records were refused" in page
    assert "record.quote" in page
    assert "Planted" not in page + str(rows)


def test_the_refused_texts_are_in_a_workbook_of_their_own_inside_the_enclave_only(tmp_path):
    (tmp_path / FBI.name).write_text(FBI.read_text("utf-8-sig").replace("SEALED", SECRET))
    run(tmp_path / FBI.name, "--return-sheet", tmp_path / "sent")
    run(tmp_path / FBI.name, "--return-sheet", tmp_path / "kept", "--enclave")
    assert len(list((tmp_path / "sent").iterdir())) == 2
    book = openpyxl.load_workbook(tmp_path / "kept" / f"fbi_{FBI.name}_enclave.xlsx")
    rows = list(book.worksheets[0].iter_rows(min_row=3, values_only=True))
    assert len(rows) == 5
    assert (FBI.name, 7, "cases", "investigation.status.code", SECRET) in [(*row[:4], row[5]) for row in rows]


def test_the_return_sheet_of_a_held_delivery_gives_the_reason(tmp_path):
    _, page = return_sheet.write(agencies()["fbi"], "=x<b>", tmp_path, tmp_path / "out", "fbi/cases: <no header>")
    text = page.read_text("utf-8")
    assert "This delivery was held: fbi/cases: &lt;no header&gt;" in text
    assert "<b>" not in text


def test_every_rule_that_a_record_can_break_has_words():
    from sources.readers import REJECTS
    from transforms.staging import _failures

    for agency in agencies().values():
        for contract in agency.contracts:
            rules = [rule for _, rule in _failures(contract)] + [f"{contract.feeds}.key.unique"]
            for rule in [*rules, *REJECTS[contract.file.format]]:
                assert len(return_sheet.words(contract, rule)) > 10


def test_a_file_without_a_date_is_told_to_have_none(tmp_path):
    path = tmp_path / "fbi_cases.csv"
    path.write_bytes(FBI.read_bytes())
    told = run(path)
    assert (told["as_of"], told["would_be_held"]) == (None, True)
    words = CliRunner().invoke(command, [str(path)], standalone_mode=False).output
    assert "FBI, delivery without a date" in words and "no date in its name" in words
    assert run(FBI)["as_of"] == "2026-09-30"
