"""What takes two administrators: nothing happens before a second one confirms, and nobody confirms their own."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.store import schema
from laaswatch_collector.store.programs import good_tokens
from laaswatch_collector.store.sessions import start_session
from laaswatch_collector.store.two_person import RequestError, ask_for, confirm, newest_requests
from support import seeded
from support.pages import _hashed, _session, serving

REASON = "รหัสของเครื่องรั่วไหล ตามรายงาน 12/2569"


@pytest.fixture
def site(tmp_path):
    """With a second administrator."""
    with serving(tmp_path, offices=3, late=1, other_province=1) as found:
        found.database.write(_second)
        yield found


def _second(connection):
    connection.execute(
        schema.users.insert().values(name="second", role="admin", created_at=seeded.NOW)
    )
    connection.execute(
        schema.sessions.insert().values(
            token_sha256=_hashed(_session("second")),
            user_name="second",
            csrf="c5" * 32,
            created_at=seeded.NOW,
            used_at=seeded.NOW,
            proved=True,
        )
    )


def states(site):
    x = schema.agents
    query = (
        sa.select(schema.offices.c.province, x.c.role, x.c.state)
        .join(schema.offices, schema.offices.c.code == x.c.office_code)
        .distinct()
    )
    return {tuple(row) for row in site.database.read(lambda c: c.execute(query).all())}


def newest(site):
    return site.database.read(lambda c: newest_requests(c, 1))[0]


def test_the_pcs_of_one_province_are_turned_away_by_two(site):
    asked = site.post("/requests", "admin", kind="revoke_pcs", province="86", reason=REASON)
    assert asked[0] == 303
    number = newest(site).id
    assert ("86", "pc", "active") in states(site)
    assert (
        "confirm"
        not in site.get("/requests", user="admin").decode().split('aria-labelledby="pcs"')[0]
    )
    assert site.post(f"/requests/{number}", "admin", do="confirm")[0] == 400
    assert ("86", "pc", "revoked") not in states(site)
    assert site.post(f"/requests/{number}", "second", do="confirm")[0] == 303
    assert states(site) == {
        ("86", "pc", "revoked"),
        ("90", "pc", "active"),
        ("10", "control", "active"),
    }
    assert (newest(site).decision, newest(site).decided_by) == ("done", "second")
    assert site.post(f"/requests/{number}", "second", do="confirm")[0] == 400, "once"


def test_everybody_signs_in_again(site):
    site.post("/requests", "admin", kind="end_all_sessions", reason=REASON)
    assert site.get("/books", user="somying")
    site.post(f"/requests/{newest(site).id}", "second", do="confirm")
    count = sa.select(sa.func.count()).select_from(schema.sessions)
    assert site.database.read(lambda c: c.execute(count).scalar_one()) == 0
    assert site.database.read(lambda c: good_tokens(c, seeded.NOW)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "revoke_pcs", "reason": REASON},
        {"kind": "revoke_pcs", "reason": REASON, "province": "99"},
        {"kind": "revoke_pcs", "reason": "short", "province": "86"},
        {"kind": "delete_everything", "reason": REASON},
    ],
)
def test_what_cannot_be_asked_for(site, fields):
    assert site.post("/requests", "admin", **fields)[0] == 400
    assert site.database.read(lambda c: newest_requests(c, 1)) == []


def test_a_withdrawn_request_is_over(site):
    site.post("/requests", "admin", kind="end_all_sessions", reason=REASON)
    number = newest(site).id
    assert site.post(f"/requests/{number}", "admin", do="withdraw")[0] == 303
    assert site.post(f"/requests/{number}", "second", do="confirm")[0] == 400
    assert site.get("/books", user="somying")


def test_a_request_lives_a_day(database):
    number = database.write(
        lambda c: ask_for(c, "end_all_sessions", "", REASON, "admin", seeded.NOW)
    )
    late = seeded.NOW + timedelta(hours=24)
    with pytest.raises(RequestError):
        database.write(lambda c: confirm(c, number, "second", late))
    assert database.write(lambda c: confirm(c, number, "second", late - timedelta(seconds=1))) == 0


def test_both_names_and_the_reason_are_in_the_audit(site):
    site.database.write(lambda c: start_session(c, "malee", seeded.NOW))
    site.post("/requests", "admin", kind="revoke_pcs", province="90", reason=REASON)
    site.post(f"/requests/{newest(site).id}", "second", do="confirm")
    rows = site.database.read(
        lambda c: c.execute(
            sa.select(schema.audit).where(schema.audit.c.action.like("%two_person"))
        ).all()
    )
    assert [(x.who, x.action) for x in rows] == [
        ("admin", "ask_two_person"),
        ("second", "confirm_two_person"),
    ]
    assert "12/2569" in rows[0].detail
    assert '"asked_by": "admin"' in rows[1].detail
