"""A small invented edition for the tests of the report, and the site made of it."""

import pytest

from reports.build import build
from reports.edition import load
from tests import edition as invented

HOSTILE = "=HYPERLINK(\"http://x\")<b onclick='x'>"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return invented.write(tmp_path_factory.mktemp("reports") / "edition", places=False)


@pytest.fixture(scope="session")
def edition(folder):
    return load(folder)


@pytest.fixture(scope="session")
def site(folder, tmp_path_factory):
    found = tmp_path_factory.mktemp("built") / "site"
    build(folder, found)
    return found


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """(edition folder, site) whose free text begins like a formula and holds markup."""
    root = tmp_path_factory.mktemp("hostile")
    made = invented.write(root / "edition", places=False, text=HOSTILE, evaluation=True)
    build(made, root / "site")
    return made, root / "site"
