"""A server over a fresh store with one office and one agent."""

import pytest

from laaswatch_collector.store.database import Database
from support.intake import NOW, add_office, enrol
from support.server import RunningServer


@pytest.fixture
def database(store_url):
    """A store with one office."""
    opened = Database.open(store_url)
    add_office(opened)
    yield opened
    opened.close()


@pytest.fixture
def sender(database):
    """An enrolled agent."""
    return enrol(database)


@pytest.fixture
def server(database):
    """The server, its clock standing at NOW."""
    with RunningServer(database, lambda: NOW) as running:
        yield running
