"""A simulated province (`laaswatch_collector.simulate`) in a store, through enrolment, intake and importer."""

import hashlib
from datetime import UTC, datetime
from functools import partial

from laaswatch_agent.report.model import Delivery, Envelope
from laaswatch_collector.cli.demo.populate import import_ledgers
from laaswatch_collector.store.agents import CONTROL_OFFICE, ensure_control_office
from laaswatch_collector.store.enrolment import make_code, redeem
from laaswatch_collector.store.reports import accept
from laaswatch_collector.store.schema import offices

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""Everything arrives now, after the month: one late backlog."""
REPORTS_AT_ONCE = 100


def load(database, truth, folder):
    """The province's registry, reports and ledgers; files for the importer are written to `folder`."""
    database.write(lambda c: _register(c, truth))
    for row, agent in enumerate(truth.agents):
        _deliver(database, agent, list(truth.reports(row)))
    folder.mkdir(exist_ok=True)
    import_ledgers(database, truth, folder, lambda: None)


def _register(connection, truth):
    """The registry as it would be imported."""
    for x in truth.offices:
        connection.execute(
            offices.insert().values(
                code=x.code, name_th=x.name_th, name_en=x.name_en, province="57", isp=x.isp
            )
        )
    ensure_control_office(connection)


def enrol(connection, agent, now):
    """Enrol a simulated agent by an ordinary code; its id."""
    office = CONTROL_OFFICE if agent.role == "control" else agent.office_code
    code = make_code(connection, office, now=now, role=agent.role)
    found = redeem(
        connection,
        code,
        nonce=hashlib.sha256(b"n" + agent.name.encode()).digest(),
        token_sha256=hashlib.sha256(b"t" + agent.name.encode()).digest(),
        system="linux",
        version="simulated",
        now=now,
    )
    return found.agent


def _deliver(database, agent, reports):
    """Enrol an agent and hand over its month as one late backlog."""
    known = database.write(partial(enrol, agent=agent, now=NOW))
    sent = round(NOW.timestamp() * 1000) + agent.clock_off * 1000
    for first in range(0, len(reports), REPORTS_AT_ONCE):
        lines = tuple(x.line for x in reports[first : first + REPORTS_AT_ONCE])
        envelope = Envelope(known, "0123456789abcdef", "later", sent, 0, len(lines))
        delivery = Delivery(envelope, lines)
        accepted = database.write(
            partial(accept, agent_id=known, delivery=delivery, received_at=NOW)
        )
        assert not accepted.rejected
