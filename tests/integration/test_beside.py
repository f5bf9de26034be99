"""A refresh whose work is shared with processes beside it leaves what one process leaves."""

import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from pipelines import apart, gate
from pipelines.hashes import Hashes
from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from sources.contract import agencies
from sources.synthetic import generate
from tests.world import collection, quick_workspace

HTD = agencies()["htd"]
FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def landed(tmp_path):
    made = quick_workspace(tmp_path / "w")
    collection(made.landing / "htd" / "2018-08-31")
    collection(made.landing / "htd" / "2018-09-30", drop="charge_date")
    return made


def read_ahead(made, until):
    gate.begin(made, ["htd"], Hashes(made))
    end = time.monotonic() + 60
    while not until() and time.monotonic() < end:
        time.sleep(0.1)


def test_a_delivery_that_was_read_beside_is_judged_here_in_the_same_words(landed, tmp_path, monkeypatch):
    alone = Workspace(shutil.copytree(landed.root, tmp_path / "alone"))
    expected = gate.receive(alone, HTD)
    assert [r.status for r in expected] == ["good", "held"]
    home = landed.deliveries / "htd"
    with apart.beside(lambda: True):
        read_ahead(landed, lambda: any(p.name[0] != "." for p in home.glob("2018-08-31-*")))
        time.sleep(1)  # counted, too
        monkeypatch.setattr("pipelines.gate.take_in", lambda *_: pytest.fail("read in this process"))
        found = gate.receive(landed, HTD)
    assert found == expected


def test_what_changed_after_it_was_read_ahead_is_read_again(landed):
    with apart.beside(lambda: True):
        gate.begin(landed, ["htd"], Hashes(landed))
        shutil.rmtree(landed.landing / "htd" / "2018-08-31")
        collection(landed.landing / "htd" / "2018-08-31", seed=2, n_cases=30)
        found = gate.receive(landed, HTD)
    assert next(r.total("read") for r in found) == sum(
        len(path.read_text(encoding="utf-8").splitlines()) - 1
        for path in (landed.landing / "htd" / "2018-08-31").glob("*.csv")
    )


def test_what_is_judged_last_is_read_first(landed, monkeypatch):
    """The two meet somewhere in between, so neither waits for the other before."""
    (landed.landing / "dol_oig").mkdir(exist_ok=True)
    shutil.copy(next((FIXTURES / "dol_oig").glob("*.parquet")), landed.landing / "dol_oig")
    begun = []
    monkeypatch.setattr("pipelines.apart.is_shared", lambda: True)
    monkeypatch.setattr("pipelines.apart.ahead", lambda _make, _root, key, delivery: begun.append((key, delivery.name)))
    gate.begin(landed, ["dol_oig", "htd"], Hashes(landed))
    assert gate.order("dol_oig") < gate.order("htd")
    assert [key for key, _ in begun] == ["htd", "htd", "dol_oig"]
    assert [name for key, name in begun if key == "htd"] == ["2018-09-30", "2018-08-31"]


def test_where_nothing_is_beside_nothing_is_read_ahead(landed):
    gate.begin(landed, ["htd"], Hashes(landed))
    assert not (landed.deliveries / "htd").exists()


@pytest.mark.slow
def test_published_tables_are_the_same_beside_and_alone(tmp_path, monkeypatch):
    first = quick_workspace(tmp_path / "beside")
    shutil.rmtree(first.landing)
    generate(first.root, scale=0.05)
    second = Workspace(shutil.copytree(first.root, tmp_path / "alone"))
    tables = []
    for workspace, is_beside in ((first, True), (second, False)):
        monkeypatch.setattr("pipelines.apart.pays", lambda _, is_beside=is_beside: is_beside)
        made = refresh(workspace)
        tables.append({p.name: pd.read_parquet(p) for p in (workspace.editions / made.edition / "tables").iterdir()})
    assert tables[0].keys() == tables[1].keys()
    assert len(tables[0]) > 40
    for name, frame in tables[0].items():
        pd.testing.assert_frame_equal(frame, tables[1][name], obj=name)
