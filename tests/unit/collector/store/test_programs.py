"""Programs that read: what for, until when, and never a person's rights."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from laaswatch_collector.access.policy import Role
from laaswatch_collector.store.programs import (
    LIVES,
    MEASURED,
    Reach,
    good_tokens,
    make_access_token,
    program_by_token,
    reach_of,
    renew_access_token,
    revoke_program,
    token_used,
)
from laaswatch_collector.store.schema import access_tokens, audit
from laaswatch_collector.store.users import UserError, add_user, disable_user
from support import seeded

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(database):
    """Both engines, with two offices."""
    seeded.seed(database, offices=2)
    return database


def _make(store, name="prometheus", reach=MEASURED, **more):
    return store.write(lambda c: make_access_token(c, name, reach, now=NOW, **more))


def _whose(store, token, at=NOW):
    digest = hashlib.sha256(token.encode()).digest()
    found = store.read(lambda c: program_by_token(c, digest, at))
    return None if found is None else found[0].name


def test_a_token_runs_out(store):
    token = _make(store, lives=30 * HOUR)
    assert _whose(store, token, NOW + 30 * HOUR - timedelta(seconds=1)) == "prometheus"
    assert _whose(store, token, NOW + 30 * HOUR) is None


def test_a_token_of_before_there_was_an_end_goes_on(store):
    token = _make(store)
    store.write(lambda c: c.execute(access_tokens.update().values(expires_at=None)))
    assert _whose(store, token, NOW + 10 * LIVES) == "prometheus"


def test_revoked_is_revoked_and_a_new_one_opens_again(store):
    old = _make(store)
    assert store.write(lambda c: revoke_program(c, "prometheus", NOW)) == 1
    assert _whose(store, old) is None
    assert _whose(store, _make(store)) == "prometheus"
    assert _whose(store, old) is None


def test_a_renewal_leaves_time_to_change_over(store):
    old = _make(store)
    new = store.write(lambda c: renew_access_token(c, "prometheus", now=NOW, overlap=2 * HOUR))
    for at, expected in ((NOW + HOUR, "prometheus"), (NOW + 2 * HOUR, None)):
        assert _whose(store, old, at) == expected
        assert _whose(store, new, at) == "prometheus"


def test_a_renewal_never_lengthens_an_earlier_one(store):
    old = _make(store, lives=HOUR)
    store.write(lambda c: renew_access_token(c, "prometheus", now=NOW, overlap=48 * HOUR))
    assert _whose(store, old, NOW + HOUR) is None


@pytest.mark.parametrize(
    ("role", "office", "province", "expected"),
    [
        ("metrics", "", "", Reach(Role.METRICS)),
        ("reader", "", "", Reach(Role.READER)),
        ("reader", "", "86", Reach(Role.READER, "", "86")),
        ("book_reader", "6860101", "", Reach(Role.BOOK_READER, "6860101", "86")),
        ("book_reader", "6860101", "86", Reach(Role.BOOK_READER, "6860101", "86")),
    ],
)
def test_an_office_brings_its_province(store, role, office, province, expected):
    assert store.read(lambda c: reach_of(c, role, office, province)) == expected


@pytest.mark.parametrize(
    ("role", "office", "province"),
    [
        ("admin", "", ""),
        ("clerk", "6860101", ""),
        ("metrics", "", "86"),
        ("metrics", "6860101", ""),
        ("reader", "9999999", ""),
        ("reader", "6860101", "90"),
        ("reader", "", "99"),
    ],
)
def test_what_cannot_be_is_refused(store, role, office, province):
    with pytest.raises(UserError):
        store.read(lambda c: reach_of(c, role, office, province))


def test_a_persons_name_gets_no_token(store):
    """The token would have all rights of the person."""
    store.write(lambda c: add_user(c, "a", "admin", "correct horse battery", now=NOW))
    with pytest.raises(UserError, match="no_program_name"):
        _make(store, "a")
    with pytest.raises(UserError, match="is_a_person"):
        store.write(lambda c: revoke_program(c, "a", NOW))


def test_a_program_reads_one_thing(store):
    _make(store)
    with pytest.raises(UserError, match="prometheus"):
        _make(store, "prometheus", Reach(Role.READER, "", "86"))


def test_a_disabled_program_is_nobody(store):
    token = _make(store)
    store.write(lambda c: disable_user(c, "prometheus", NOW))
    assert _whose(store, token) is None
    with pytest.raises(UserError, match="prometheus"):
        _make(store)


def test_the_list_says_what_is_good_and_when_it_was_used(store):
    token = _make(store, "script", Reach(Role.READER, "", "86"), lives=HOUR)
    _make(store, "gone", lives=HOUR)
    store.write(lambda c: revoke_program(c, "gone", NOW))
    digest = hashlib.sha256(token.encode()).digest()
    store.write(lambda c: token_used(c, digest, NOW))
    (found,) = [x for x in store.read(lambda c: good_tokens(c, NOW)) if x.name != "prometheus"]
    assert (found.name, found.reach, found.made, found.until, found.used) == (
        "script", Reach(Role.READER, "", "86"), NOW, NOW + HOUR, NOW,
    )  # fmt: skip
    assert store.read(lambda c: good_tokens(c, NOW + HOUR)) == []


def test_each_step_stands_in_the_audit_and_no_secret_does(store):
    tokens = [_make(store, "script", Reach(Role.READER, "", "86"))]
    tokens.append(store.write(lambda c: renew_access_token(c, "script", now=NOW, overlap=HOUR)))
    store.write(lambda c: revoke_program(c, "script", NOW))
    rows = store.read(lambda c: c.execute(audit.select().order_by(audit.c.id)).all())
    assert [(x.who, x.action) for x in rows if x.object == "script"] == [
        ("cli", "make_access_token"),
        ("cli", "make_access_token"),
        ("cli", "revoke_access_tokens"),
    ]
    kept = store.read(lambda c: c.execute(access_tokens.select()).all())
    assert not [x for x in tokens if x in repr(rows) or x in repr(kept)]
