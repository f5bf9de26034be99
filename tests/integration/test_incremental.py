"""A refresh makes again what its new deliveries touch, and comes to the same bytes as one that makes all of it."""

import datetime as dt
import itertools
import shutil
from dataclasses import replace

import duckdb
import pytest

from pipelines import tables as made_tables
from pipelines.refresh import _set_damaged_aside, refresh
from sources.errors import WorkspaceError
from sources.synthetic import generate
from tests.world import digests, quick_workspace
from transforms.model import Model, models


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    generate(folder, scale=0.03, n_deliveries=2)
    return folder / "landing"


@pytest.fixture(autouse=True)
def one_key(monkeypatch):
    """Workspaces that hash alike can be compared."""
    monkeypatch.setenv("PALERMO_HASH_KEY", "0123456789abcdef" * 4)


def sent(exports, agency):
    """The deliveries of an agency, by name."""
    return sorted((exports / agency).iterdir())


def land(workspace, *deliveries):
    for path in deliveries:
        place = workspace.landing / path.parent.name / path.name
        shutil.copytree(path, place) if path.is_dir() else shutil.copy2(path, place)


def rows_of(folder):
    """Of each file of Parquet its name and a sum over its rows, in whatever order they stand."""
    with duckdb.connect() as con:
        sums = "select count(*), sum(cast(hash(t) as hugeint)) from '{}' as t"
        return {path.name: con.execute(sums.format(path)).fetchone() for path in sorted(folder.glob("*.parquet"))}


def below(table):
    """The models that a staged table flows into."""
    found = {table}
    for model in models():
        found |= {model.key} if found & set(model.parents) else set()
    return found - {table}


@pytest.mark.slow
def test_a_delivery_of_investigations_touches_what_reads_them_and_nothing_else(exports, tmp_path, monkeypatch):
    workspace, other = quick_workspace(tmp_path / "w"), quick_workspace(tmp_path / "rebuilt")
    investigations, matters = sent(exports, "fbi"), sent(exports, "eousa")
    land(workspace, investigations[0], *matters)
    first = refresh(workspace)
    built, build = [], Model.build
    monkeypatch.setattr(Model, "build", lambda model, con: (built.append(model.key), build(model, con))[1])
    monkeypatch.setattr(made_tables, "must_hide", lambda *_: pytest.fail("disclosure control ran again"))
    monkeypatch.setattr("transforms.counting.cube.roll_up", lambda *_, **__: pytest.fail("a metric was counted again"))
    monkeypatch.setattr("pipelines.evaluation._begun", lambda *_: pytest.fail("evaluated again"))
    for made in ("published.numbers", "compare", "alongside.bridge.walk", "alongside.unusual.signals", "_told"):
        monkeypatch.setattr(f"pipelines.tables.{made}", lambda *_, made=made: pytest.fail(f"{made} was made again"))
    past = set((workspace.store / "past").iterdir())
    land(workspace, investigations[1])
    second = refresh(workspace)
    assert set(built) == below("staging.investigation") and len(set(built)) < len(models()) / 4
    assert second.edition != first.edition
    exported = {path.name.split("-")[0] for path in set((workspace.store / "past").iterdir()) - past}
    assert exported == {"agency_record"}
    monkeypatch.undo()
    monkeypatch.setenv("PALERMO_HASH_KEY", "0123456789abcdef" * 4)
    land(other, *investigations, *matters)
    assert refresh(other).edition == second.edition
    assert digests(other.editions / second.edition) == digests(workspace.editions / second.edition)


@pytest.mark.slow
def test_a_view_of_a_past_day_is_made_beside_the_rest(exports, tmp_path):
    """The marts of a day before it are made in a warehouse of their own; nobody is sent anything."""
    workspace, other = quick_workspace(tmp_path / "w"), quick_workspace(tmp_path / "today")
    matters, investigations = sent(exports, "eousa"), sent(exports, "fbi")
    for one in (workspace, other):
        land(one, *matters, *investigations)
    day = replace(workspace, as_of=dt.date.fromisoformat(matters[-1].name))
    beside, today = refresh(day).edition, refresh(other).edition
    assert workspace.current() is None and not list(workspace.returns.rglob("*differs*"))
    assert list(other.returns.rglob("*differs*"))
    tables = [digests(one.editions / name / "tables") for one, name in ((workspace, beside), (other, today))]
    assert tables[0] == tables[1]
    marts = [rows_of(one.store / "past") for one in (workspace, other)]
    assert len(marts[0]) > 10 and marts[0] == marts[1]


def test_marts_of_earlier_days_that_are_damaged_are_made_again(exports, tmp_path):
    workspace = quick_workspace(tmp_path / "w")
    for name in ("whole", "cut"):
        with duckdb.connect() as con:
            (workspace.store / "past").mkdir(exist_ok=True)
            con.execute(f"copy (from range(9)) to '{workspace.store / 'past' / name}-1.parquet'")
    cut = workspace.store / "past" / "cut-1.parquet"
    cut.write_bytes(cut.read_bytes()[:-5])
    with pytest.raises(WorkspaceError, match="marts of earlier days were damaged and are out of the way"):
        _set_damaged_aside(workspace)
    assert [path.name for path in (workspace.store / "past").iterdir()] == ["whole-1.parquet"]
    _set_damaged_aside(workspace)


@pytest.mark.slow
def test_any_order_of_arrival_comes_to_the_bytes_of_a_rebuild(exports, tmp_path):
    rebuilt = quick_workspace(tmp_path / "rebuilt")
    steps = [sent(exports, "eousa")[1:], sent(exports, "fbi"), sent(exports, "fjc"), sent(exports, "eousa")[:1]]
    land(rebuilt, *itertools.chain(*steps))
    name = refresh(rebuilt).edition
    wanted = digests(rebuilt.editions / name)
    for n, order in enumerate([(0, 1, 2, 3), (0, 2, 3, 1), (3, 2, 1, 0)]):
        workspace = quick_workspace(tmp_path / f"order-{n}")
        for step in order:
            land(workspace, *steps[step])
            last = refresh(workspace).edition
        assert last == name
        assert digests(workspace.editions / name) == wanted
