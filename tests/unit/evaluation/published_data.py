"""Where the public data sets lie, beside the checkout."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3].parent / "shared" / "data"


def published(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/data")
    return path
