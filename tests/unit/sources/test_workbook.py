"""Workbooks: each is looked through once, however many sheets hold records, and a refused one is refused each time."""

import datetime as dt
import shutil
from pathlib import Path

import pytest
import xlsxwriter

from sources.contract import agencies
from sources.errors import ContractError
from sources.landing import candidates, read_delivery
from sources.readers import parts, read, workbook

DOCKET = Path(__file__).parents[2] / "fixtures" / "crt_htpu" / "htpu_docket_2026-09-30.xlsx"


def files(agency, landing):
    [(name, root, paths)] = candidates(agencies()[agency], landing)
    contract = next(c for c in agencies()[agency].contracts if c.file.format == "xlsx")
    return contract, read_delivery(agencies()[agency], name, root, paths).matching(contract)


def test_a_workbook_of_many_sheets_is_looked_through_once(tmp_path, monkeypatch):
    shutil.copy(DOCKET, tmp_path)
    looked, look = [], workbook._check_sheet
    monkeypatch.setattr(workbook, "_faithful", set())
    monkeypatch.setattr(workbook, "_check_sheet", lambda *given: (looked.append(given[2]), look(*given)))
    contract, [file] = files("crt_htpu", tmp_path)
    sheets = parts(contract, file)
    assert len(sheets) > 1
    assert sum(batch.num_rows for sheet in sheets for batch in read(contract, sheet, {}, str)) > 0
    assert len(looked) == len(set(looked)) >= len(sheets)


def test_a_workbook_that_was_refused_is_refused_again(tmp_path):
    path = tmp_path / f"hsi_cases_{dt.date(2026, 7, 31)}.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Cases").write_formula(0, 0, "=1+1", None, "")
    contract, [file] = files("hsi", tmp_path)
    for _ in range(2):
        with pytest.raises(ContractError, match="formulas without stored results"):
            list(read(contract, file, {}, str))
