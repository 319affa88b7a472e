"""What was tried at an office: written down once, its outcome when it is known; each with a line in the audit."""

from datetime import date, datetime

import sqlalchemy as sa

from laaswatch_agent.knowledge.articles import Step, Text
from laaswatch_collector.advice.learned import Past, Tally
from laaswatch_collector.advice.tried import Outcome, TriedStep
from laaswatch_collector.store.audit import record
from laaswatch_collector.store.schema import tried

MOST_READ = 500


def write_down(connection: sa.Connection, step: TriedStep, *, now: datetime) -> int:
    """Keep a step (its `id` is given here)."""
    made = connection.execute(
        tried.insert().values(
            office_code=step.office,
            at=step.at,
            step=step.step,
            article=step.article,
            what_th=step.what.th,
            what_en=step.what.en,
            reference=step.reference,
            due=step.due,
            outage_id=step.outage,
            fault=step.fault,
            scope=step.scope,
            isp=step.isp,
            result=step.outcome,
            result_at=None if step.outcome is Outcome.WAITING else now,
            written_by=step.written_by,
            written_at=now,
        )
    )
    if made.inserted_primary_key is None:
        raise RuntimeError("the database gave no id for a step")
    number = int(made.inserted_primary_key[0])
    record(
        connection, now, step.written_by, "step_written", f"{step.office}/{number}",
        step=step.step, result=step.outcome,
    )  # fmt: skip
    return number


def conclude(
    connection: sa.Connection,
    office: str,
    number: int,
    outcome: Outcome,
    *,
    who: str,
    now: datetime,
) -> bool:
    """Write what a step of this office came to; False if it has no such step."""
    done = connection.execute(
        tried.update()
        .where(tried.c.id == number, tried.c.office_code == office)
        .values(result=outcome, result_at=now)
    )
    if not done.rowcount:
        return False
    record(connection, now, who, "step_concluded", f"{office}/{number}", result=outcome)
    return True


def tried_at(
    connection: sa.Connection,
    office: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[TriedStep]:
    """The newest `MOST_READ` steps of an office in [since, until), in order of time."""
    query = sa.select(tried).where(tried.c.office_code == office)
    if since is not None:
        query = query.where(tried.c.at >= since)
    if until is not None:
        query = query.where(tried.c.at < until)
    rows = connection.execute(query.order_by(tried.c.at.desc(), tried.c.id.desc()).limit(MOST_READ))
    return [_step(x) for x in rows][::-1]


def tried_against(connection: sa.Connection, outage: str) -> list[TriedStep]:
    """What was tried while an outage went on, at any office, in order of time."""
    query = sa.select(tried).where(tried.c.outage_id == outage).order_by(tried.c.at, tried.c.id)
    return [_step(x) for x in connection.execute(query.limit(MOST_READ))]


def overdue(connection: sa.Connection, codes: list[str], today: date) -> dict[str, int]:
    """How many answers are overdue at each of these offices; offices without any are left out."""
    query = (
        sa.select(tried.c.office_code, sa.func.count().label("n"))
        .where(tried.c.result == Outcome.WAITING, tried.c.due < today)
        .where(tried.c.office_code.in_(codes))
        .group_by(tried.c.office_code)
    )
    return {x.office_code: x.n for x in connection.execute(query)}


def past_of(connection: sa.Connection, article: str, *, office: str, isp: str) -> dict[str, Past]:
    """What came of an article's actions, by their Thai text: at this office, at its provider's others, elsewhere."""
    x = tried.c
    helped = sa.func.sum(sa.case((x.result == Outcome.HELPED, 1), else_=0))
    here = sa.case((x.office_code == office, "here"), (x.isp == isp, "provider"), else_="elsewhere")
    query = (
        sa.select(
            x.what_th, here.label("place"), sa.func.count().label("n"), helped.label("helped")
        )
        .where(x.article == article, x.result.in_((Outcome.HELPED, Outcome.DID_NOT_HELP)))
        .group_by(x.what_th, here)
    )
    found: dict[str, dict[str, Tally]] = {}
    for row in connection.execute(query):
        found.setdefault(row.what_th, {})[row.place] = Tally(int(row.n), int(row.helped))
    return {what: Past(**places) for what, places in found.items()}


def _step(row: sa.Row[tuple[object, ...]]) -> TriedStep:
    return TriedStep(
        id=row.id,
        office=row.office_code,
        at=row.at,
        step=Step(row.step),
        article=row.article,
        what=Text(row.what_th, row.what_en),
        reference=row.reference,
        due=row.due,
        outcome=Outcome(row.result),
        outage=row.outage_id,
        fault=row.fault,
        scope=row.scope,
        isp=row.isp,
        written_by=row.written_by,
    )
