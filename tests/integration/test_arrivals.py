"""What becomes of deliveries by their dates, names and bytes: which one counts, which repeats, which is held."""

import os
import shutil

import pytest

from pipelines import gate
from pipelines.workspace import Workspace
from sources.contract import agencies
from tests.world import collection, quick_workspace

HTD = agencies()["htd"]
FIRST, SECOND, THIRD = "2018-08-31", "2018-09-30", "2018-10-31"


@pytest.fixture
def made(tmp_path) -> Workspace:
    """A workspace with one delivery of the collection."""
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / FIRST)
    return made


def received(made: Workspace) -> dict[str, str]:
    """Status by name as a gate with news leaves them; the gate after it has none."""
    assert gate.has_news(made, HTD)
    found = gate.receive(made, HTD)
    assert not gate.has_news(made, HTD)
    assert len({r.key for r in found}) == len(found)
    return {r.name: r.status for r in found}


def used(made: Workspace) -> list[str]:
    return [r.name for r in gate.in_use(HTD, gate.receive(made, HTD))]


def again(made: Workspace, old: str, new: str) -> None:
    shutil.copytree(made.landing / "htd" / old, made.landing / "htd" / new)


def test_bytes_that_come_back_after_others_are_in_use_again(made):
    collection(made.landing / "htd" / SECOND, seed=2)
    received(made)
    again(made, FIRST, THIRD)
    again(made, FIRST, "2018-11-30")
    assert received(made) == {FIRST: "good", SECOND: "good", THIRD: "good", "2018-11-30": "repeated"}
    assert used(made) == [THIRD]


def test_a_repeat_counts_for_itself_once_the_one_before_it_is_gone(made):
    again(made, FIRST, SECOND)
    assert received(made) == {FIRST: "good", SECOND: "repeated"}
    shutil.rmtree(made.landing / "htd" / FIRST)
    assert received(made) == {SECOND: "good"}
    again(made, SECOND, FIRST)
    assert received(made) == {FIRST: "good", SECOND: "repeated"}


@pytest.mark.parametrize("seed", [2, 6])  # their hashes sort either way
def test_of_two_deliveries_of_one_date_the_one_whose_name_sorts_last_is_in_use(made, seed):
    collection(made.landing / "htd" / f"{FIRST}_corrected", seed=seed)
    assert received(made) == {FIRST: "good", f"{FIRST}_corrected": "good"}
    assert used(made) == [f"{FIRST}_corrected"]
    again(made, FIRST, f"{FIRST}_corrected_again")
    assert set(received(made).values()) == {"good"}
    assert used(made) == [f"{FIRST}_corrected_again"]


def test_a_held_correction_of_the_date_in_use_is_told(made):
    collection(made.landing / "htd" / f"{FIRST}_corrected", drop="charge_date")
    assert received(made) == {FIRST: "good", f"{FIRST}_corrected": "held"}
    assert [r.name for r in gate.held(HTD, gate.receive(made, HTD))] == [f"{FIRST}_corrected"]


def test_a_held_delivery_that_is_sent_again_is_held_again(made):
    collection(made.landing / "htd" / "2018-07-31", drop="charge_date")
    received(made)
    assert gate.held(HTD, gate.receive(made, HTD)) == []
    again(made, "2018-07-31", SECOND)
    assert received(made) == {"2018-07-31": "held", FIRST: "good", SECOND: "held"}
    assert [r.name for r in gate.held(HTD, gate.receive(made, HTD))] == [SECOND]


@pytest.mark.parametrize("name", [b"2018-09-30\xff", b"\xff", b"2062-09-30", b"2018-09-30_" + b"x" * 239])
def test_a_name_that_cannot_stand_holds_its_delivery_and_no_other(made, name):
    collection(made.landing / "htd" / os.fsdecode(name), drop="charge_date")
    found = received(made)
    assert sorted(found.values()) == ["good", "held"]
    assert found[FIRST] == "good"
    assert len(gate.held(HTD, gate.receive(made, HTD))) == 1
    assert len(list(made.returns.rglob("*_return.html"))) == 1


def test_sheets_of_long_names_that_begin_alike_are_two(made):
    for last in "ab":
        collection(made.landing / "htd" / f"2018-09-30_{'x' * 238}{last}", drop="charge_date")
    assert sorted(received(made).values()) == ["good", "held", "held"]
    assert len(list(made.returns.rglob("*_return.xlsx"))) == 2
