"""Shared by all tests: where the public data sets are, one invented world, and one refreshed workspace."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before numpy is loaded

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
    from pipelines import workspace
    from pipelines.refresh import refresh
    from sources.synthetic import generate

    made = workspace.init(tmp_path_factory.mktemp("demo"), is_invented=True)
    generate(made.root, scale=SCALE)
    return made, refresh(made)
