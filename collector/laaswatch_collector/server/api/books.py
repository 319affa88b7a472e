"""Books and late entries: counts by book, and each late entry with what explains it."""

from collections.abc import Sequence

from laaswatch_collector.access.policy import Action
from laaswatch_collector.evidence.grades import witnessed_as
from laaswatch_collector.server.api import asking
from laaswatch_collector.server.api.endpoint import Asked, Endpoint, Look, Page
from laaswatch_collector.server.api.shapes import LateEntry, MonthOfBooks
from laaswatch_collector.server.routes.pages_shared import office_resource
from laaswatch_collector.store.views.explanations import BookCounts, books_of, late_entries
from laaswatch_collector.store.views.explanations import LateEntry as StoredEntry


def books(look: Look, asked: Asked) -> Page:
    """The three books of an office in a month."""
    code, month = asked.path["code"], asked["month"]
    return Page([_book(code, month, x) for x in books_of(look.connection, code, month)])


def entries(look: Look, asked: Asked) -> Page:
    """The late entries of an office in a month, by event, a page; the cursor counts them."""
    code, most = asked.path["code"], asked["limit"]
    first = int(asked["after"]) if asked["after"].isdigit() else 0
    found = late_entries(look.connection, code, asked["month"], first=first, most=most + 1)
    more = str(first + most) if len(found) > most else None
    return Page([_entry(code, x) for x in found[:most]], more)


def _book(code: str, month: str, x: BookCounts) -> MonthOfBooks:
    def of(verdict: str) -> int:
        return x.verdicts.get(verdict, 0)

    return MonthOfBooks(
        office=code,
        month=month,
        book=x.book,
        entries=x.entries,
        same_day=x.same_day,
        next_day=x.next_day,
        late=x.late,
        undetermined=x.undetermined,
        not_posted=x.not_posted,
        explained=of("explained"),
        partly=of("partly"),
        not_explained=of("not_explained"),
        no_evidence=of("no_evidence"),
        pending=of("pending"),
        verdict_undetermined=of("undetermined"),
    )


def _entry(code: str, x: StoredEntry) -> LateEntry:
    why = x.explanation
    flags = {flag["flag"] for flag in x.flags}
    graded = witnessed_as(str(why.scope), str(why.fault), str(why.grade), flags)
    return LateEntry(
        office=code,
        book=x.book,
        number=x.number,
        event=x.event_at,
        due=x.due_at,
        posted_from=x.recorded_from_at,
        posted_to=x.recorded_to_at,
        band=x.band,
        verdict=str(why.verdict),
        tardiness_minutes=why.tardiness,
        explained_fraction=why.explained_fraction,
        scope=str(why.scope),
        fault=str(why.fault),
        grade=str(why.grade),
        strength=str(graded.strength) if graded else "",
        cause=str(graded.cause) if graded else "",
        usable_minutes=why.usable_minutes,
        down_minutes=why.down_minutes,
        unknown_minutes=why.unknown_minutes,
        outages=why.outages,
        rests_on_estimated_day=why.estimated,
        rule_version=x.rule_version,
    )


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint(
        "/api/v1/offices/{code}/books", "office_books", "สามสมุดของเดือน · An office's three books in a month",
        MonthOfBooks, books, Action.READ_LEDGER, office_resource, many=True,
        parameters=(asking.month(), asking.shown_as()),
    ),
    Endpoint(
        "/api/v1/offices/{code}/entries", "office_entries",
        "รายการที่ล่าช้าและเหตุ · An office's late entries of a month, each with what explains it",
        LateEntry, entries, Action.READ_LEDGER, office_resource, many=True,
        parameters=(asking.month(), asking.limit(), asking.after(), asking.shown_as()),
    ),
)  # fmt: skip
