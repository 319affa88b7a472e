"""Recorded reports sent again, changed in any way, never become new ones (S2).

Whoever listened in, or kept an old disk, has deliveries that the collector has taken already. Sent again as
they were they are duplicates; with a bit turned, a line swapped, cut, doubled, or taken from another agent or
another life, they are refused, set aside line by line, or found to be a fork. Never stored.
"""

import random

import pytest
import sqlalchemy as sa

from laaswatch_agent.report.codec import MalformedReport, pack_delivery, unpack_delivery
from laaswatch_collector.store.agents import AgentState, set_state
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import reports
from support.intake import NOW, NOW_MS, a_round, add_office, enrol
from support.soak import seed, soak

MUTATIONS = soak(2_000, 100_000)
REPORTS = 6


@pytest.fixture
def database(store_url):
    """A store with one office."""
    opened = Database.open(store_url)
    add_office(opened)
    yield opened
    opened.close()


def recorded(database, name):
    """An agent and what it sent; all of it is stored."""
    sender = enrol(database, name)
    for n in range(REPORTS):
        at = NOW_MS - (REPORTS - n) * 60_000
        sender.seal(a_round(at, 500_000 + n * 60_000), a_round(at + 30_000, 530_000 + n * 60_000))
    database.write(lambda c: accept(c, sender.agent, sender.delivery(), NOW))
    return sender


def changed(dice, sender, other):
    """The bytes of a delivery made from recorded ones, changed somehow."""
    head, *lines = pack_delivery(sender.delivery()).rstrip(b"\n").split(b"\n")
    foreign = pack_delivery(other.delivery()).rstrip(b"\n").split(b"\n")
    match dice.randrange(7):
        case 0:  # as it was
            pass
        case 1:  # some bits turned
            text = bytearray(b"\n".join([head, *lines]))
            life = text.index(sender.incarnation.encode())
            named = range(
                life, life + len(sender.incarnation)
            )  # whose secret it is may begin a new one
            for _ in range(dice.randrange(1, 4)):
                at = dice.randrange(len(text))
                if at not in named:
                    text[at] ^= 1 << dice.randrange(8)
            return bytes(text) + b"\n"
        case 2:
            dice.shuffle(lines)
        case 3:
            lines.insert(dice.randrange(len(lines)), dice.choice(lines))
        case 4:
            del lines[dice.randrange(len(lines))]
        case 5:  # a line of another agent among one's own
            lines[dice.randrange(len(lines))] = dice.choice(foreign[1:])
        case 6:  # cut off
            text = b"\n".join([head, *lines]) + b"\n"
            return text[: dice.randrange(len(text))]
    return b"\n".join([head, *lines]) + b"\n"


def stored(database):
    query = sa.select(reports.c.agent_id, reports.c.incarnation, reports.c.seq, reports.c.sha256)
    return set(database.read(lambda c: c.execute(query).all()))


def take(database, agent, body):
    """What becomes of a body: the kind of answer."""
    try:
        delivery = unpack_delivery(body)
    except MalformedReport:
        return "malformed"
    if delivery.envelope.agent != agent:
        return "other agent"
    found = database.write(lambda c: accept(c, agent, delivery, NOW))
    if found.refused:
        database.write(lambda c: set_state(c, agent, AgentState.ACTIVE, who="test", now=NOW))
        return found.refused
    return "new" if found.new else "duplicates"


def test_nothing_recorded_becomes_new(database):
    """Thousands of changes: every one is refused or known, and the store stays as it was."""
    dice = random.Random(seed())
    one, other = recorded(database, "one"), recorded(database, "other")
    before, seen = stored(database), {}
    for _ in range(MUTATIONS):
        answer = take(database, one.agent, changed(dice, one, other))
        seen[answer] = seen.get(answer, 0) + 1
    print(seen)
    assert "new" not in seen
    assert stored(database) == before
    assert {"duplicates", "malformed", "fork"} <= set(seen)


def test_a_report_in_another_life_is_new_only_with_its_secret(database):
    """The negative control: who has the secret may begin a new life, and that is counted apart."""
    one = recorded(database, "one")
    again = one.delivery(incarnation="f" * 16)
    found = database.write(lambda c: accept(c, one.agent, again, NOW))
    assert found.new == REPORTS
