"""The tile map: 94 districts, each once, none over another."""

from reports.tiles import css, places
from sources.facts import districts


def test_every_district_stands_once_and_alone():
    taken = [(r + i, c + j) for r, c, h, w in places().values() for i in range(h) for j in range(w)]
    assert set(places()) == set(districts())
    assert len(taken) == len(set(taken))


def test_districts_of_a_state_make_one_square():
    for state in {d["state"] for d in districts().values()}:
        codes = [code for code, d in districts().items() if d["state"] == state]
        assert sum(places()[c][2] * places()[c][3] for c in codes) == 36, state


def test_every_place_has_a_rule():
    assert css().count("grid-area") == 94
