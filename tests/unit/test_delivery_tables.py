"""Table `files`: what a reader learns of each file of a delivery."""

import pytest

from pipelines.delivered import COLUMNS, FATES, delivery_tables
from pipelines.receipt import Receipt


def receipt(*tallies: tuple[str, str, int]) -> Receipt:
    """A delivery of EOUSA: of each file the contract, the name and the records."""
    names = [name.partition("#")[0] for _, name, _ in tallies]
    return Receipt(
        *("eousa", "2026-09-30-0a", "2026-09-30", "2026-09-30", "0a", "", "", "good"),
        files=[{"name": name, "sha256": f"hash of {name}"} for name in names],
        tallies=[
            {"contract": contract, "file": name, "n_read": n, "n_staged": n - 1, "n_quarantined": 1, "n_skipped": 0}
            for contract, name, n in tallies
        ],
    )


def files(*tallies):
    found = delivery_tables({"eousa": [receipt(*tallies)]})["files"]
    assert list(found) == COLUMNS["files"]
    return found


def test_the_files_of_a_table_have_their_counts_together_and_each_its_hash():
    """By district they would tell, between two deliveries, what one district received in one month."""
    one = files(("gs_case", "gs_case.txt", 9), ("gs_participant", "p_AK.txt", 3), ("gs_participant", "p_ME.txt", 5))
    other = files(("gs_case", "gs_case.txt", 9), ("gs_participant", "p_AK.txt", 4), ("gs_participant", "p_ME.txt", 4))
    assert one.equals(other)
    assert list(one["file"]) == ["gs_case.txt", "", "p_AK.txt", "p_ME.txt"]
    assert list(one["sha256"]) == ["hash of gs_case.txt", "", "hash of p_AK.txt", "hash of p_ME.txt"]
    assert one["n_read"].dropna().tolist() == [9, 8] and one["n_staged"].dropna().tolist() == [8, 6]
    assert one[one["file"].str.startswith("p_")][[*FATES]].isna().all(axis=None)


def test_a_sheet_has_the_hash_of_its_workbook():
    sheets = files(("docket", "d.xlsx#FY2010", 3), ("docket", "d.xlsx#FY2011 #2", 3))
    assert list(sheets["sha256"]) == ["", "hash of d.xlsx", "hash of d.xlsx"]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_files_add_up_to_the_delivery(n):
    parts = [("gs_participant", f"p{i}", 5) for i in range(n)]
    made = delivery_tables({"eousa": [receipt(("gs_case", "c", 7), *parts)]})
    assert made["files"]["n_read"].sum() == made["deliveries"]["n_read"].sum() == 7 + 5 * n
