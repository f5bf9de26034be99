"""Layouts from READMEs: the official ones, and ways of writing one that have never been seen."""

from itertools import pairwise
from pathlib import Path

import pytest

from sources.errors import ContractError
from sources.readers.layout import Layouts, layouts, parse
from sources.synthetic.lions import LAYOUT
from tests.unit.sources.conftest import agency_of, contract_of, delivery_of

OFFICIAL = Path(__file__).parents[3].parent / "shared" / "reference" / "lions" / "readme"
PLAIN = """
GS_CASE - 29 Characters


Name             Null?      Type            Position
DISTRICT         NOT NULL   VARCHAR2(3)     (1:3)
ID               NOT NULL   VARCHAR2(10)    (4:13)

AMOUNT                      NUMBER(10,2)    (14:18)
RECVD_DATE                  DATE            (19:29)
"""
EXPECTED = {"DISTRICT": (1, 3), "ID": (4, 13), "AMOUNT": (14, 18), "RECVD_DATE": (19, 29)}


@pytest.mark.real_data
@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the READMEs of the FY2018 dump are not beside the checkout")
def test_every_official_readme_is_read_to_the_last_column():
    found = {}
    for path in sorted(OFFICIAL.iterdir()):
        found |= parse(path.read_text("latin-1"), path.name)
    assert len(found) == 34
    for table, layout in found.items():
        ends = sorted(layout.columns.values())
        assert ends[0][0] == 1 and ends[-1][1] == layout.width, table
        assert all(a[1] + 1 == b[0] for a, b in pairwise(ends)), table
        if table in LAYOUT:
            official = {c["column"]: (int(c["start"]), int(c["end"])) for c in LAYOUT[table]}
            assert layout.columns == official, table


WAYS = {
    "as the dump has it": PLAIN,
    "lower case": PLAIN.lower(),
    "tabs": PLAIN.replace("   ", "\t"),
    "one blank between": "\n".join(" ".join(line.split()) for line in PLAIN.splitlines()),
    "blanks in the positions": PLAIN.replace("(", "( ").replace(":", " : ").replace(")", " )"),
    "a dash in the positions": PLAIN.replace(":", "-"),
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "no dash in the title": PLAIN.replace("GS_CASE - 29", "GS_CASE   29"),
    "columns in another order": "\n".join(PLAIN.split("\n")[:5] + PLAIN.split("\n")[5:][::-1]),
    "position first": "GS_CASE - 29 Characters\n"
    "(1:3) DISTRICT NOT NULL VARCHAR2(3)\n(4:13) ID NOT NULL VARCHAR2(10)\n"
    "(14:18) AMOUNT NUMBER(10,2)\n(19:29) RECVD_DATE DATE\n",
    "type before null": PLAIN.replace("NOT NULL   VARCHAR2(10)", "VARCHAR2(10) NOT NULL"),
    "wrapped after the name": PLAIN.replace("AMOUNT                      ", "AMOUNT\n     "),
    "wrapped before the position": PLAIN.replace("DATE            (19", "DATE\n        (19"),
    "notes between": PLAIN.replace("\nAMOUNT", "\nAmounts are whole dollars.\n\nAMOUNT"),
    "no header line": PLAIN.replace("Name             Null?      Type            Position\n", ""),
}


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS.keys())
def test_a_readme_written_in_another_way_gives_the_same_layout(text):
    found = parse(text, "README.TXT")["GS_CASE"]
    assert (found.width, found.columns) == (29, EXPECTED)


def test_a_width_may_have_thousands_separators():
    assert parse("GS_WIDE - 1,234 Characters\nID NUMBER(10) (1:10)", "R")["GS_WIDE"].width == 1234


def test_a_missing_column_is_named_with_its_readme_and_the_next_step():
    found = Layouts(parse(PLAIN, "DISK01/README.TXT"), ("DISK01/README.TXT",))
    with pytest.raises(ContractError, match=r"DISK01/README.TXT lists GS_CASE without the column STATUS.*mend sources"):
        found.of("eousa/gs_case", "GS_CASE", ["ID", "STATUS"])
    assert found.of("eousa/gs_case", "GS_CASE", ["ID", "STATUS"], {"STATUS"}).width == 29


def test_a_table_that_no_readme_describes_is_named():
    with pytest.raises(ContractError, match="no README of the dump describes GS_CASE"):
        Layouts().of("eousa/gs_case", "GS_CASE", ["ID"])


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (PLAIN.replace("(4:13)", "(4:12)"), "lay GS_CASE out differently"),
        (None, None),
        (PLAIN, None),
    ],
)
def test_two_readmes_of_one_table_must_agree(tmp_path, second, words):
    (tmp_path / "A_README.TXT").write_text(PLAIN)
    if second:
        (tmp_path / "B_README.TXT").write_text(second)
    delivery = delivery_of(agency_of(contract_of()), tmp_path)
    if words:
        with pytest.raises(ContractError, match=words):
            layouts(delivery)
    else:
        assert layouts(delivery).tables["GS_CASE"].columns == EXPECTED


@pytest.mark.parametrize("wrong", ["(19:31)", "(17:29)", "(29:19)"])
def test_a_column_beyond_the_record_or_over_another_is_refused(tmp_path, wrong):
    (tmp_path / "README.TXT").write_text(PLAIN.replace("(19:29)", wrong))
    with pytest.raises(ContractError, match="overlaps another or lies beyond"):
        layouts(delivery_of(agency_of(contract_of()), tmp_path))
