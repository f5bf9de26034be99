"""Shared by all tests: where the public data sets are, one invented world, and one refreshed workspace."""

import fcntl
import os
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from pipelines.refresh import Outcome

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is loaded

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
    """A workspace of invented exports of every agency, refreshed once: (workspace, outcome).

    The workers of a run share the work: one makes it, each takes a copy.
    """
    from pipelines.workspace import Workspace

    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo_of_all"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "outcome").is_file():
            (shared / "outcome").write_bytes(pickle.dumps(_refreshed(shared / "made")))
    mine = tmp_path_factory.mktemp("demo") / "made"
    shutil.copytree(shared / "made", mine, symlinks=True)
    return Workspace(mine), pickle.loads((shared / "outcome").read_bytes())


def _refreshed(root: Path) -> "Outcome":
    from pipelines import workspace
    from pipelines.refresh import refresh
    from sources.synthetic import generate

    made = workspace.init(root, is_invented=True)
    generate(made.root, scale=SCALE)
    return refresh(made)
