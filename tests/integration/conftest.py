"""A mail server, and an edition with a delivery that is held, for the tests of this folder."""

import shutil

import pytest
from aiosmtpd.controller import Controller

from pipelines.refresh import refresh
from pipelines.workspace import Workspace
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
def template(tmp_path_factory):
    """An edition, with a delivery that is held."""
    made = quick_workspace(tmp_path_factory.mktemp("operations") / "w")
    collection(made.landing / "htd" / "2018-08-31")
    collection(made.landing / "htd" / "2018-09-30", drop="charge_date")
    refresh(made)
    return made


@pytest.fixture
def made(template, tmp_path):
    """A copy of it."""
    return Workspace(shutil.copytree(template.root, tmp_path / "w", symlinks=True))
