"""The tile map against the real one: left is west, above is north, and most neighbours stay neighbours."""

import gzip
import itertools
import json

import numpy as np
import pytest

from reports.tiles import SIDE, places
from sources.facts import districts
from tests.conftest import public_data

pytestmark = pytest.mark.real_data
INSETS = {"AK", "HI"}  # drawn where there is room, on either map
SHORT = 4.0  # of a map 900 wide: so near in one direction that either order is true


@pytest.fixture(scope="module")
def geometry():
    """Of each district with a shape: its rings as points (y grows to the south), and the arcs of its border."""
    with gzip.open(public_data("federal_district_geometry") / "judiciary.topojson.gz") as text:
        topology = json.load(text)
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]
    found = {}
    for shape in topology["objects"]["courts"]["geometries"]:
        parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        rings = [part[0] for part in parts]
        points = [np.concatenate([arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]) for ring in rings]
        border = {i if i >= 0 else ~i for part in parts for ring in part for i in ring}
        found[shape["properties"]["dabbr"]] = (points, border)
    return found


@pytest.fixture(scope="module")
def centres(geometry):
    """The centre of area of each district."""
    return {code: _centre(points) for code, (points, _) in geometry.items()}


def _centre(rings):
    sums = np.zeros(3)
    for x, y in (ring.T for ring in rings):
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        sums += [cross.sum() / 2, ((x + np.roll(x, -1)) * cross).sum() / 6, ((y + np.roll(y, -1)) * cross).sum() / 6]
    return sums[1:] / sums[0]


def test_the_shapes_are_those_of_our_districts(geometry):
    assert set(districts()) - set(geometry) == {"PR", "GU", "VI", "NMI"}


def test_districts_of_a_state_stand_as_they_lie(centres):
    """For each two of a state: the one further left lies further west, the one further up further north."""
    wrong = []
    for one, other in itertools.combinations(centres, 2):
        if districts()[one]["state"] == districts()[other]["state"]:
            (r1, c1, h1, w1), (r2, c2, h2, w2) = places()[one], places()[other]
            east, south = centres[other] - centres[one]
            if c1 + w1 <= c2 and r1 < r2 + h2 and r2 < r1 + h1 and east < -SHORT:
                wrong.append((one, other, "west"))
            if c2 + w2 <= c1 and r1 < r2 + h2 and r2 < r1 + h1 and east > SHORT:
                wrong.append((other, one, "west"))
            if r1 + h1 <= r2 and c1 < c2 + w2 and c2 < c1 + w1 and south < -SHORT:
                wrong.append((one, other, "north"))
            if r2 + h2 <= r1 and c1 < c2 + w2 and c2 < c1 + w1 and south > SHORT:
                wrong.append((other, one, "north"))
    assert wrong == []


def test_states_stand_in_the_order_of_the_map(centres):
    """Ranks from west to east and from north to south agree with the grid."""
    codes = [code for code in centres if code not in INSETS]
    tile = np.array([places()[c][:2] for c in codes])
    real = np.array([centres[c] for c in codes])
    for grid, place in ((tile[:, 1], real[:, 0]), (tile[:, 0], real[:, 1])):
        ranks = [np.argsort(np.argsort(values, kind="stable")) for values in (grid, place)]
        assert np.corrcoef(*ranks)[0, 1] > 0.9


def test_most_states_that_share_a_border_touch(geometry):
    """Squares cannot keep all borders; on the way between any two neighbours there is at most one other square."""
    border = {}
    for code, (_, arcs) in geometry.items():
        border.setdefault(districts()[code]["state"], set()).update(arcs)
    at = {districts()[c]["state"]: np.array(places()[c][:2]) // SIDE for c in geometry}
    pairs = [pair for pair in itertools.combinations(sorted(border), 2) if border[pair[0]] & border[pair[1]]]
    steps = np.array([abs(at[one] - at[other]).max() for one, other in pairs])
    assert len(pairs) > 100
    assert (steps == 1).mean() > 0.8, "share of borders that are kept"
    assert steps.max() <= 2, [pair for pair, n in zip(pairs, steps, strict=True) if n > 2]
