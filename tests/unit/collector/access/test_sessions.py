"""Sessions end by themselves, forms come from our own pages, and nobody is sent to another site."""

from datetime import UTC, datetime, timedelta

import pytest

from laaswatch_collector.access.sessions import alive, csrf_matches, local_path, same_site

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "idle", "expected"),
    [(60, 5, True), (60, 30, False), (12 * 60, 1, False), (12 * 60 - 1, 29, True)],
)
def test_a_session_ends_when_idle_or_old(age, idle, expected):
    made, used = NOW - timedelta(minutes=age), NOW - timedelta(minutes=idle)
    assert alive(made, used, NOW) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin", "origin": "http://ours:8080"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_forms_come_from_our_own_pages(headers, expected):
    assert same_site(headers, "ours:8080") is expected


def test_a_form_carries_its_sessions_token():
    assert csrf_matches("ab", "ab")
    assert not csrf_matches("", "")
    assert not csrf_matches("ac", "ab")


@pytest.mark.parametrize(
    ("asked", "goal"),
    [
        ("/", "/"),
        ("/offices/6570101?month=2026-10", "/offices/6570101?month=2026-10"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\nb", "/"),
    ],
)
def test_signing_in_leads_nowhere_else(asked, goal):
    assert local_path(asked) == goal
