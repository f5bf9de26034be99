"""Shared by all tests: where the public data sets are, one invented world, and one refreshed workspace."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from pipelines import loading

if TYPE_CHECKING:
    from pipelines.refresh import Outcome

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is loaded

loading.seldom()  # as the command line does

settings.register_profile("palermo", deadline=None)  # no test is timed: a busy machine is no fault
settings.load_profile("palermo")

SCALE = 0.1


def public_data(name: str) -> Path:
    """A folder of the public data beside the checkout; the test is skipped, with the reason, where it is absent."""
    folder = Path(__file__).parents[2] / "shared" / "data" / name
    if not folder.is_dir():
        pytest.skip(f"public data set {name} is not beside the checkout (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A workspace of invented exports of every agency, refreshed once: (workspace, outcome)."""
    from pipelines.workspace import Workspace

    root, outcome = made_once(tmp_path_factory, "demo", _refreshed)
    return Workspace(root), outcome


@pytest.fixture(scope="session")
def one(tmp_path_factory):
    """A workspace with one delivery of the collection and its edition; whoever changes it takes a copy."""
    from pipelines.workspace import Workspace

    return Workspace(made_once(tmp_path_factory, "one", _with_one_edition)[0])


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """A folder, and what making it returned: of the workers of a run one makes it, each takes a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"{name}_of_all"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "returned").is_file():
            (shared / "returned").write_bytes(pickle.dumps(make(shared / "made")))
    mine = tmp_path_factory.mktemp(name) / "made"
    shutil.copytree(shared / "made", mine, symlinks=True)
    return mine, pickle.loads((shared / "returned").read_bytes())


def _with_one_edition(root: Path) -> None:
    from pipelines.refresh import refresh
    from tests.world import collection, quick_workspace

    made = quick_workspace(root)
    collection(made.landing / "htd" / "2018-08-31")
    assert refresh(made).exit_code == 0


def _refreshed(root: Path) -> "Outcome":
    from pipelines import workspace
    from pipelines.refresh import refresh
    from sources.synthetic import generate

    made = workspace.init(root, is_invented=True)
    generate(made.root, scale=SCALE)
    return refresh(made)
