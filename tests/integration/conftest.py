"""A mail server, and an edition with a delivery that is held, for the tests of this folder."""

import shutil

import pytest
from aiosmtpd.controller import Controller

from pipelines.refresh import refresh
from pipelines.workspace import Workspace
from tests.conftest import made_once
from tests.integration import released
from tests.integration.servers import Inbox, free_port
from tests.world import collection, quick_workspace


@pytest.fixture
def inbox():
    """Received mail; the server listens on `inbox.port`."""
    found = Inbox(free_port())
    server = Controller(found, hostname="127.0.0.1", port=found.port)
    server.start()
    yield found
    server.stop()


@pytest.fixture(scope="session")
def held(tmp_path_factory):
    """A workspace with an edition and a delivery that is held: (workspace, outcome)."""
    root, outcome = made_once(tmp_path_factory, "held", _with_a_delivery_that_is_held)
    return Workspace(root), outcome


@pytest.fixture(scope="session")
def template(held):
    """The workspace alone."""
    return held[0]


def _with_a_delivery_that_is_held(root):
    made = quick_workspace(root)
    collection(made.landing / "htd" / "2018-08-31")
    collection(made.landing / "htd" / "2018-09-30", drop="charge_date")
    return refresh(made)


@pytest.fixture
def made(template, tmp_path):
    """A copy of it."""
    return Workspace(shutil.copytree(template.root, tmp_path / "w", symlinks=True))


@pytest.fixture(scope="session")
def left(tmp_path_factory):
    """A workspace with one edition, which was released: (workspace, its name)."""
    root, edition = made_once(tmp_path_factory, "released", released.make)
    return Workspace(root), edition
