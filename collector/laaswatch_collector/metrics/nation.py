"""The families of `/metrics`: pure, from what the store counts and what the live view says."""

from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from laaswatch_agent import __version__
from laaswatch_agent.report.vocabulary import Result, State
from laaswatch_collector.metrics.labels import isp_label
from laaswatch_collector.metrics.text import Exemplar, Family, bucketed, counter, gauge, labelled
from laaswatch_collector.server.live import Live, is_fresh, parts_of_site
from laaswatch_collector.store.views.figures import BookFigures, Figures, Lasted

DURATIONS = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Seconds: the buckets of outages."""
PLACE = ("province", "isp")


@dataclass(frozen=True, slots=True)
class Now:
    """Everything that one look found. `working`: by province, whether it works now; `store_bytes` None = not known."""

    at: datetime
    figures: Figures
    books: BookFigures
    live: Live
    working: Mapping[str, bool]
    store_bytes: int | None
    waiting_changes: int


def families(now: Now) -> Iterator[Family]:
    """All families; a figure that is not known is left out, never zero."""
    yield from _collector(now)
    yield from _offices(now)
    yield from _site(now)
    yield from _outages(now)
    yield from _books(now.books)
    yield from _log(now)
    yield from _messages(now)


def _one(name: str, text: str, value: float | None) -> Family:
    return gauge(name, text, (), {} if value is None else {(): value})


def _collector(now: Now) -> Iterator[Family]:
    found = now.figures
    yield gauge(
        "build_info", "The collector's version; always 1.", ("version",), {(__version__,): 1}
    )
    yield counter(
        "reports_stored",
        "Reports ever stored by this collector's database.",
        (),
        {(): found.reports_stored},
    )
    yield counter(
        "agent_rounds_dropped",
        "Rounds that agents had to throw away and said so.",
        (),
        {(): found.rounds_dropped},
    )
    yield gauge("agents", "Enrolled agents.", ("role", "state"), found.agents)
    yield _one(
        "recompute_waiting",
        "Local days whose conclusions wait to be computed again.",
        found.stale_days,
    )
    age = _since(now.at, found.newest_report_at)
    yield _one("last_report_age_seconds", "Since the newest contact of any agent.", age)
    yield _one("store_bytes", "What the database takes up on its disk.", now.store_bytes)
    yield _one(
        "store_changes_waiting",
        "Changes that wait for the store's one writer in this process.",
        now.waiting_changes,
    )
    yield gauge(
        "working_time",
        "Whether the local authorities of a province work now, by the working calendar.",
        ("province",),
        {(province,): int(works) for province, works in now.working.items()},
    )


def _offices(now: Now) -> Iterator[Family]:
    states: Tally[tuple[str, ...]] = Tally()
    faults: Tally[tuple[str, ...]] = Tally()
    heard: Tally[tuple[str, str]] = Tally()
    for code, office in now.live.view.offices.items():
        province, isp = now.figures.offices.get(code, ("", ""))
        place = (province, isp_label(isp))
        states[(*place, str(office.state))] += 1
        heard[place] += office.fresh
        if office.state in (State.DOWN, State.DEGRADED):
            faults[(*place, str(office.fault), str(office.scope) or "none")] += 1
    for province, isp in heard:
        for state in State:
            states[province, isp, str(state)] += 0
    yield gauge(
        "offices",
        "Watched offices by their state now; unknown means that no PC of theirs is heard.",
        (*PLACE, "state"),
        states,
    )
    yield gauge(
        "offices_with_fault",
        "Offices that are down or degraded now, by fault and by whose fault it seems to be.",
        (*PLACE, "fault", "scope"),
        faults,
    )
    yield gauge(
        "offices_registered",
        "Offices in the registry.",
        PLACE,
        Tally((province, isp_label(isp)) for province, isp in now.figures.offices.values()),
    )
    yield gauge("pcs_heard", "PCs whose newest round speaks about now.", PLACE, heard)


def _site(now: Now) -> Iterator[Family]:
    parts = parts_of_site(now.live, now.at)
    yield gauge(
        "site_up",
        "Whether a part of the accounting site works, as our control probe sees it; absent if it is not heard.",
        ("role",),
        {(x.role,): int(x.result.result is Result.OK) for x in parts},
    )
    yield gauge(
        "site_answer_seconds",
        "How long that part took to answer our control probe.",
        ("role",),
        {
            (x.role,): x.result.ms / 1000
            for x in parts
            if x.result.result is Result.OK and x.result.ms is not None
        },
    )
    fresh = [x for x in now.live.controls if x.round is not None and is_fresh(x, now.at)]
    newest = max(fresh, key=lambda x: x.received_at or now.at, default=None)
    layers = newest.round.layers if newest is not None and newest.round is not None else ()
    yield gauge(
        "site_phase_seconds",
        "How long each step towards a part of the site took our control probe, where it worked.",
        ("role", "layer"),
        {
            (x.target, str(x.layer)): x.ms / 1000
            for x in layers
            if x.target in {part.role for part in parts}
            and x.result is Result.OK
            and x.ms is not None
        },
    )
    yield _one("controls_heard", "Control probes of ours that are heard now.", len(fresh))


def _outages(now: Now) -> Iterator[Family]:
    found = now.figures
    yield gauge("outages_going_on", "Outages that go on.", ("scope", "fault"), found.going_on)
    yield gauge(
        "outages", "Outages that began in the month.", ("month", "scope", "fault"), found.outages
    )
    yield gauge(
        "outage_seconds",
        "Time of the outages that began in the month.",
        ("month", "scope"),
        {k: 60 * v for k, v in found.outage_minutes.items()},
    )
    yield _durations(found.lasted)


def _durations(lasted: Mapping[str, list[Lasted]]) -> Family:
    """How long outages lasted, each bucket with the newest of its outages as the example."""
    bounds = [*(f"{x}.0" for x in DURATIONS), "+Inf"]
    samples, exemplars = [], {}
    for scope, ended in sorted(lasted.items()):
        counts = [0] * len(bounds)
        for outage in sorted(ended, key=lambda x: x.start_at):
            at = next((i for i, x in enumerate(DURATIONS) if outage.seconds <= x), len(DURATIONS))
            counts[at] += 1
            key = f"_bucket{labelled(('scope', 'le'), (scope, bounds[at]))}"
            exemplars[key] = Exemplar(
                {"outage": outage.id}, outage.seconds, outage.start_at.timestamp()
            )
        samples += bucketed(("scope",), (scope,), bounds, counts, sum(x.seconds for x in ended))
    return Family(
        "laaswatch_outage_duration_seconds",
        "gaugehistogram",
        "How long the outages of the newest months lasted that have ended; a late report may revise it.",
        samples,
        exemplars,
    )


def _books(found: BookFigures) -> Iterator[Family]:
    yield gauge(
        "entries",
        "Ledger entries of the month by how they stand against their deadlines.",
        ("month", "province", "book", "band"),
        found.entries,
    )
    yield gauge(
        "late_entries",
        "Late ledger entries of the month by what explains them.",
        ("month", "province", "book", "verdict"),
        found.late,
    )
    yield gauge(
        "offices_not_current",
        "Offices with at least one late entry in the month.",
        ("month", "province"),
        found.not_current,
    )
    newest = max((month for month, _ in found.not_current), default="")
    yield gauge(
        "offices_not_current_now",
        "Offices with at least one late entry in the newest month that has any.",
        ("province",),
        {(province,): n for (month, province), n in found.not_current.items() if month == newest},
    )


def _log(now: Now) -> Iterator[Family]:
    found = now.figures
    yield _one("log_leaves", "Leaves of the evidence log.", found.log_leaves)
    yield _one(
        "log_checkpoint_age_seconds",
        "Since the evidence log's newest checkpoint; it should have one each ten minutes.",
        _since(now.at, found.checkpoint_at),
    )


def _messages(now: Now) -> Iterator[Family]:
    yield gauge(
        "messages",
        "Messages to people of the last day, by what became of them.",
        ("channel", "state"),
        now.figures.messages,
    )
    yield _one(
        "messages_waiting_seconds",
        "For how long the oldest message has waited whose time has come; 0 while none waits.",
        _since(now.at, now.figures.message_due_at) or 0,
    )


def _since(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())
