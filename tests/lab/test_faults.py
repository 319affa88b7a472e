"""The installed agent meets every fault of the lab for real, in network namespaces of its own.

One world a worker, as many workers as pytest has: faults are grouped so that the long ones share out.
`make lab-table` meets each fault many times and prints the table.
"""

import os

import pytest

from support.lab.faults import ROWS
from support.lab.meeting import Office, wrongs
from support.lab.namespaces import why_not

WORKERS = 4
LIMIT = 20
"""Seconds of wall time for a command that promises 15, on a machine that is busy with other tests."""

pytestmark = [pytest.mark.lab, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.fixture(scope="session")
def office(tmp_path_factory):
    made = Office(os.environ.get("PYTEST_XDIST_WORKER", "alone"), tmp_path_factory.mktemp("lab"))
    yield made
    made.close()


CASES = [
    pytest.param(row, id=row.name, marks=pytest.mark.xdist_group(f"lab-{n % WORKERS}"))
    for n, row in enumerate(ROWS)
]


@pytest.mark.parametrize("row", CASES)
def test_the_agent_names_the_fault(row, office):
    met = office.meet(row, quick=True)
    assert not wrongs(row, met), (met.answer, met.last)
    assert met.seconds < LIMIT
