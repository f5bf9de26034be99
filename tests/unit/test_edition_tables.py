"""Tables of an edition that are made of receipts: deliveries, files, fates and findings."""

from pipelines.delivered import delivery_tables
from pipelines.receipt import Receipt

TALLY = {"n_read": 3, "n_staged": 2, "n_quarantined": 1, "n_skipped": 0}


def test_a_sheet_has_the_hash_of_its_workbook():
    names = ["docket.xlsx", "docket.xlsx#FY2024", "docket.xlsx#FY2025 #2", "roster.csv"]
    receipt = Receipt(
        "crt_htpu", "k", "docket.xlsx", "2026-09-30", "d", "c", "r", "good",
        files=[{"name": "docket.xlsx", "sha256": "aa" * 32}, {"name": "roster.csv", "sha256": "bb" * 32}],
        tallies=[{"contract": "docket", "file": name} | TALLY for name in names],
    )  # fmt: skip
    files = delivery_tables({"crt_htpu": [receipt]})["files"].query("file != ''")
    assert files["file"].tolist() == names
    assert files["sha256"].tolist() == ["aa" * 32] * 3 + ["bb" * 32]
