"""A fresh database for each test, on SQLite and, where a server can be had, on PostgreSQL."""

import pytest

from laaswatch_collector.store.database import Database
from support.intake import add_office


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Where an empty database may be opened."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return request.getfixturevalue("cluster").new_database()


@pytest.fixture
def database(url):
    """An open, empty store."""
    opened = Database.open(url)
    yield opened
    opened.close()


@pytest.fixture
def office(database):
    """A store with one office."""
    add_office(database)
    return database
