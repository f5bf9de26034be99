"""The claim linter refuses what interval, maturity and definition do not carry."""

import pytest

from reports.claims import Claim, check, refused
from sources.errors import DefinitionError

CARRIED = [
    Claim("Phase I: 40 in FY2020, more than the 20 of FY2019", 1.2, 3.4),
    Claim("Phase I: 10 in FY2020, fewer than the 40 of FY2019", 0.1, 0.7),
    Claim("Counts doubled", 2.1, 3.0),
    Claim("Counts halved", 0.2, 0.5),
    Claim("Phase I: 40 in FY2020 and 20 in FY2019, no clear change", 0.8, 3.4),
    Claim("Matters declined: 12 in FY2020."),
    Claim("no clear difference; an effect of x2.5 or more would have been seen four times in five", 0.6, 2.2),
]
REFUSED = [
    (Claim("The teams caused more cases", 1.2, 3.4), "caused"),
    (Claim("This proves it", 1.2, 3.4), "proves"),
    (Claim("Cases were filed because of the teams", 1.2, 3.4), "because of"),
    (Claim("Phase I: 40, more than the 20 of FY2019", 0.9, 3.4), "more than the"),
    (Claim("Phase I: 40, more than the 20 of FY2019"), "more than the"),
    (Claim("Phase I: 40, fewer than the 50 of FY2019", 0.6, 1.0), "fewer than the"),
    (Claim("Counts doubled", 1.9, 3.0), "doubled"),
    (Claim("Counts tripled", 2.5, 4.0), "tripled"),
    (Claim("Counts halved", 0.2, 0.6), "halved"),
    (Claim("Counts increased", 1.2, 3.4, is_mature=False), "increased"),
    (Claim("Counts fell", 0.2, 0.6, is_same_definition=False), "fell"),
]


@pytest.mark.parametrize("claim", CARRIED)
def test_carried_claim_passes(claim):
    assert check(claim) is claim


@pytest.mark.parametrize(("claim", "word"), REFUSED)
def test_uncarried_claim_names_its_word(claim, word):
    assert refused(claim) == word
    with pytest.raises(DefinitionError, match=word):
        check(claim)
