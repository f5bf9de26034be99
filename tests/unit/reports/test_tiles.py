"""The tile map: 94 districts, each once, none over another."""

from dataclasses import replace

import pandas as pd

from reports.tiles import css, places, tiles
from sources.facts import districts


def test_every_district_stands_once_and_alone():
    taken = [(r + i, c + j) for r, c, h, w in places().values() for i in range(h) for j in range(w)]
    assert set(places()) == set(districts())
    assert len(taken) == len(set(taken))


def test_districts_of_a_state_make_one_square():
    for state in {d["state"] for d in districts().values()}:
        codes = [code for code, d in districts().items() if d["state"] == state]
        assert sum(places()[c][2] * places()[c][3] for c in codes) == 36, state


def test_a_missing_number_is_told_by_letters_and_in_words(edition):
    cells = edition.cells
    source, scope = edition.lead
    now = edition.last_final(source, "defendants_charged", scope)
    of_metric = (cells["metric"] == "defendants_charged") & (cells["scope"] == scope)
    one = cells[of_metric & (cells["period"] == now)].iloc[[0]]
    status = {"AK": "shown", "AZ": "suppressed", "CO": "not_applicable"}
    rows = [one.assign(area=d, value=12.0 if s == "shown" else float("nan"), status=s) for d, s in status.items()]
    tables = edition.tables | {"cells": pd.concat([cells, *rows])}
    found = {t.district: t for t in tiles(replace(edition, tables=tables))}
    assert [found[d].text for d in ("AK", "AZ", "CO", "WY")] == ["12", "n.s.", "n.a.", "n.r."]
    assert [found[d].is_missing for d in ("AK", "AZ", "CO", "WY")] == [False, True, True, True]
    assert found["AZ"].spoken.endswith("not shown")


def test_every_place_has_a_rule():
    assert css().count("grid-area") == 94
