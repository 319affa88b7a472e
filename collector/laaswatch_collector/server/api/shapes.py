"""What the read API answers. Times are UTC, minutes are working or clock minutes as each says.

A `null` means that it is not known or has not happened; nothing that is not known is ever 0.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

State = Literal["up", "degraded", "down", "unknown"]


class Office(msgspec.Struct, frozen=True):
    """A local authority or one of its sub-offices, and how it is now. `state_now` is `unknown` when not heard."""

    code: str
    name_th: str
    name_en: str
    kind: str
    province: str
    isp: str
    pcs: int
    simulated: bool
    state_now: State
    fault_now: str
    scope_now: str
    last_received: datetime | None
    page: str


class StateRun(msgspec.Struct, frozen=True):
    """A stretch of time of one office in one state. `inferred`: nobody measured there, others' rounds say so."""

    start: datetime
    end: datetime
    state: State
    fault: str
    scope: str
    inferred: bool
    pcs: int


class Delays(msgspec.Struct, frozen=True):
    """Five minutes of measuring, added up over PCs. `*_loss` is the share of tries that failed (0 to 1), null where
    nobody tried; `connect_*` and `page_*` are milliseconds to the site's connection and to its page.
    """

    start: datetime
    rounds: int
    link_loss: float | None
    gateway_loss: float | None
    reference_loss: float | None
    dns_loss: float | None
    tcp_loss: float | None
    http_loss: float | None
    connect_p50_ms: float | None
    connect_p95_ms: float | None
    page_p50_ms: float | None
    page_p95_ms: float | None


class Outage(msgspec.Struct, frozen=True):
    """An outage: where, whose, what broke, how sure. `end` is null while it goes on; `settled`: no more will change.

    `offices` saw it, of `observed` that measured then; `grade` is how well it is witnessed, `strength` the same
    with what speaks against it: E0 nobody, E1 one PC, E2 two of the office, E3 others too, EX contradicted.
    `cause`: local, this_pc, office_edge (which an office can bring about itself), access_line, area, site, unknown.
    """

    id: str
    scope: str
    key: str
    fault: str
    start: datetime
    end: datetime | None
    minutes: int
    settled: bool
    offices: int
    observed: int
    inferred_minutes: int
    grade: str
    strength: str
    cause: str
    revised: int
    page: str


class LateEntry(msgspec.Struct, frozen=True):
    """A late entry and what explains it, for consideration. Working minutes; fractions of the tardiness, 0 to 1.

    `strength` and `cause` as of an outage; empty where no outage explains anything.
    """

    office: str
    book: str
    number: str
    event: datetime
    due: datetime
    posted_from: datetime | None
    posted_to: datetime | None
    band: str
    verdict: str
    tardiness_minutes: int | None
    explained_fraction: float | None
    scope: str
    fault: str
    grade: str
    strength: str
    cause: str
    usable_minutes: int
    down_minutes: int
    unknown_minutes: int
    outages: tuple[str, ...]
    rests_on_estimated_day: bool
    rule_version: str


class MonthOfBooks(msgspec.Struct, frozen=True):
    """An office's book in a month: entries by how late they came, late ones by verdict."""

    office: str
    month: str
    book: str
    entries: int
    same_day: int
    next_day: int
    late: int
    undetermined: int
    not_posted: int
    explained: int
    partly: int
    not_explained: int
    no_evidence: int
    pending: int
    verdict_undetermined: int


class Province(msgspec.Struct, frozen=True):
    """A province in numbers: offices by state now (those not heard are `unknown`), late entries of a month by verdict."""

    province: str
    name_th: str
    name_en: str
    offices: int
    up: int
    degraded: int
    down: int
    unknown: int
    month: str
    late: int
    explained: int
    partly: int
    not_explained: int
    cannot_tell: int


class SitePart(msgspec.Struct, frozen=True):
    """A part of the accounting site by role, as our well-connected control probe sees it."""

    role: str
    result: str
    layer: str
    reason: str
    ms: float | None
    checked: datetime


class Site(msgspec.Struct, frozen=True):
    """Is it the site? `state` is `undecided` where site and provider cannot be told apart."""

    state: Literal["up", "degraded", "down", "unknown", "undecided"]
    controls: int
    offices_up: int
    offices_degraded: int
    offices_down: int
    offices_not_heard: int
    parts: tuple[SitePart, ...]


class DeclaredClosure(msgspec.Struct, frozen=True):
    """A closure that the site's owner declared; `catch_up` is until when back-entries are in time."""

    id: int
    start: datetime
    end: datetime | None
    catch_up: datetime | None
    province: str
    source: str
    declared: datetime


class WorkingDay(msgspec.Struct, frozen=True):
    """A day of the calendar that counts somewhere. `estimated`: not yet announced officially."""

    day: date
    works: bool
    minutes: int
    estimated: bool
    why: str


class Problem(msgspec.Struct, frozen=True):
    """A refusal: a stable word, and what it means in Thai and English."""

    error: str
    message_th: str
    message_en: str
