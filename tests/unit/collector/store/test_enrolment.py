"""Enrolment codes: easy to type, hard to guess, redeemed exactly as often as they say."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from laaswatch_collector.store.agent_tokens import Slot, agent_by_token
from laaswatch_collector.store.agents import (
    AgentState,
    ensure_control_office,
    list_agents,
    set_state,
)
from laaswatch_collector.store.enrolment import (
    ALPHABET,
    UnknownOffice,
    make_code,
    read_code,
    redeem,
    show_code,
)
from laaswatch_collector.store.schema import audit, enrolment_codes
from support.intake import NOW, OFFICE, add_office


def code_for(database, **options):
    return database.write(lambda c: make_code(c, OFFICE, now=NOW, **options))


def try_code(database, code, number=1, *, token=None, now=NOW):
    """One agent's attempt; `number` stands for its nonce and, unless given, its secret."""
    return database.write(
        lambda c: redeem(
            c,
            code,
            nonce=number.to_bytes(32),
            token_sha256=(token or number).to_bytes(32),
            system="windows",
            version="0.1.0",
            now=now,
        )
    )


def test_a_code_is_125_bits_in_five_groups(office):
    code = code_for(office)
    groups = code.split("-")
    assert [len(g) for g in groups] == [5] * 5
    assert set("".join(groups)) <= set(ALPHABET)
    assert read_code(code) == "".join(groups)
    assert show_code(read_code(code)) == code


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 0123456789abcdefghjkmnpqr ", "0123456789ABCDEFGHJKMNPQR"),
        ("01234-56789-abcde-fghjk-mnpqr", "0123456789ABCDEFGHJKMNPQR"),
        ("O1I34 56789 ABCDE FGHJK MNPQL", "0113456789ABCDEFGHJKMNPQ1"),
        ("๐๑๒๓๔-๕๖๗๘๙-ABCDE-FGHJK-MNPQR", "0123456789ABCDEFGHJKMNPQR"),
        ("01234–56789–ABCDE–FGHJK–MNPQR", "0123456789ABCDEFGHJKMNPQR"),
        ("01234-56789-ABCDE-FGHJK-MNPQ", None),
        ("01234-56789-ABCDE-FGHJK-MNPQU", None),
        ("", None),
        ("ก" * 25, None),
        ("0" * 100_000, None),
    ],
)
def test_a_code_is_read_as_people_type_it(typed, read):
    assert read_code(typed) == read


def test_a_code_is_kept_only_as_a_hash(office):
    code = read_code(code_for(office))
    row = office.read(lambda c: c.execute(sa.select(enrolment_codes)).one())
    assert code.encode() not in b"".join(bytes(x) for x in row if isinstance(x, bytes | memoryview))
    assert len(bytes(row.code_sha256)) == 32


def test_a_redeemed_code_makes_one_agent_of_its_office(office):
    found = try_code(office, code_for(office).lower())
    assert (found.office.code, found.office.name_th) == (OFFICE, "อบต.ทดสอบ")
    assert (found.role, found.state, found.again) == ("pc", AgentState.ACTIVE, False)
    agent, slot = office.read(lambda c: agent_by_token(c, (1).to_bytes(32)))
    assert slot is Slot.IN_USE
    assert (agent.id, agent.office, agent.province) == (found.agent, OFFICE, "57")


def test_an_answer_lost_on_the_way_costs_nothing(office):
    """The same agent asks again and is the same agent; the used-up code lets nobody else in."""
    code = code_for(office)
    first = try_code(office, code)
    again = try_code(office, code)
    assert again.agent == first.agent
    assert again.again
    assert try_code(office, code, 2) is None
    assert len(office.read(list_agents)) == 1


def test_the_same_nonce_with_another_secret_is_nobody(office):
    code = code_for(office)
    try_code(office, code)
    assert try_code(office, code, 1, token=7) is None


def test_a_secret_that_is_taken_burns_no_code(office):
    try_code(office, code_for(office))
    second = code_for(office)
    assert try_code(office, second, 2, token=1) is None
    assert try_code(office, second, 3) is not None


def test_an_expired_code_is_refused(office):
    code = code_for(office, hours=72)
    assert try_code(office, code, now=NOW + timedelta(hours=72)) is None
    assert try_code(office, code, now=NOW + timedelta(hours=71)) is not None


def test_two_hundred_who_redeem_a_code_for_one_at_once_are_one(office):
    code = code_for(office)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: try_code(office, code, n), range(1, 201)))
    assert sum(x is not None for x in found) == 1


def test_agents_of_a_code_for_several_wait_until_somebody_has_looked(office):
    code = code_for(office, uses=2)
    found = [try_code(office, code, n) for n in (1, 2, 3)]
    assert [x and x.state for x in found] == [AgentState.PENDING, AgentState.PENDING, None]
    office.write(lambda c: set_state(c, found[0].agent, AgentState.ACTIVE, who="somchai", now=NOW))
    states = {a.id: a.state for a in office.read(list_agents)}
    assert states == {
        found[0].agent: AgentState.ACTIVE,
        found[1].agent: AgentState.PENDING,
    }
    said = office.read(lambda c: c.execute(sa.select(audit.c.who, audit.c.action)).all())
    assert ("somchai", "agent_state") in [tuple(x) for x in said]


@pytest.mark.parametrize("options", [{"uses": 0}, {"uses": 11}, {"hours": 0}, {"role": "admin"}])
def test_a_code_beyond_its_limits_is_not_made(office, options):
    with pytest.raises(ValueError, match="a code has"):
        code_for(office, **options)


def test_a_code_for_an_office_that_is_not_there_is_not_made(database):
    with pytest.raises(UnknownOffice, match=OFFICE):
        code_for(database)


def test_the_control_office_is_made_once(database):
    for _ in range(2):
        database.write(ensure_control_office)
    database.write(lambda c: make_code(c, "control", now=NOW, role="control"))


def test_offices_do_not_mix(office):
    add_office(office, "6570402")
    try_code(office, code_for(office))
    assert office.read(lambda c: list_agents(c, "6570402")) == []
