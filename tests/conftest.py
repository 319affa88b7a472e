"""Shared by all tests: where everything must run (CI), a skipped test is a failed one."""

import os

import pytest
from hypothesis import HealthCheck, settings

from support.postgresql import GIVEN, Cluster, Elsewhere, why_not

NOTHING_SKIPPED = bool(os.environ.get("LAASWATCH_NOTHING_SKIPPED"))

# The machine may be busy with other tests: judge results, never speed.
settings.register_profile(
    "laaswatch", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("laaswatch")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skip into a failure where the real parts must be there."""
    report = yield
    if NOTHING_SKIPPED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL server for this session."""
    if reason := why_not():
        pytest.skip(reason)
    with Elsewhere() if GIVEN else Cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """Where a store may be opened, on either engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return request.getfixturevalue("cluster").new_store()
