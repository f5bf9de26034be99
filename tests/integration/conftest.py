"""A mail server for the tests of this folder."""

import pytest
from aiosmtpd.controller import Controller

from tests.integration.servers import Inbox, free_port


@pytest.fixture
def inbox():
    """Received mail; the server listens on `inbox.port`."""
    found = Inbox(free_port())
    server = Controller(found, hostname="127.0.0.1", port=found.port)
    server.start()
    yield found
    server.stop()
