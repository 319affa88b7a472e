"""The facts that documents are made of, as they are kept beside a check code.

Whole numbers and texts only, so that they have one spelling (`check_code.canonical`). Times are seconds since
1970 UTC, shares are thousandths rounded down. No name of a person, no sum of money, no text of an entry.
"""

import msgspec


class Office(msgspec.Struct, frozen=True):
    """The office that a document speaks of."""

    code: str
    name_th: str
    name_en: str
    province: str
    isp: str
    simulated: bool = False


class Entry(msgspec.Struct, frozen=True):
    """A late entry and what is concluded about it (`explanation.model.Explanation`)."""

    book: str
    number: str
    event: int
    event_precision: str
    due: int
    posted_from: int | None
    posted_to: int | None
    posted_precision: str
    verdict: str
    grade: str
    scope: str
    fault: str
    tardiness: int
    window: int
    usable: int
    down: int
    unknown: int
    backlog: int
    explained: int
    explained_to: int | None
    share: int
    counterfactual: int | None
    between: tuple[str, ...]
    estimated: bool
    outages: tuple[str, ...]
    flags: tuple[str, ...]


class Outage(msgspec.Struct, frozen=True):
    """An outage that hit the office, as it stands; `end` None while it goes on."""

    id: str
    revision: int
    scope: str
    key: str
    fault: str
    start: int
    end: int | None
    settled: bool
    offices: int
    observed: int
    inferred_minutes: int
    grade: str
    working_minutes: int
    """Working minutes of the office that lie in it."""


class BookCount(msgspec.Struct, frozen=True):
    """A book's entries of the month by when they were posted."""

    book: str
    entries: int
    same_day: int
    next_day: int
    late: int
    undetermined: int
    not_posted: int


class Minutes(msgspec.Struct, frozen=True):
    """Working minutes of an office in a month, up to the moment of the document; `down` by scope."""

    working: int
    up: int
    slow: int
    down: dict[str, int]
    unknown: int


class Tried(msgspec.Struct, frozen=True):
    """Something that was tried against an outage: when, what (in both languages), and whether it helped."""

    at: int
    what_th: str
    what_en: str
    result: str
    """helped, did_not_help, unknown, or waiting for somebody's answer."""


class Replay(msgspec.Struct, frozen=True):
    """How well posting could be foretold at this office; both figures None where there is too little."""

    weeks: int
    entries: int
    error_minutes: int | None
    right: int | None


class OfficeMonth(msgspec.Struct, frozen=True, tag="office_month"):
    """What letters, memo and notices about an office and a month are made of."""

    office: Office
    month: str
    standing: str
    known_until: str
    books: tuple[BookCount, ...]
    late: tuple[Entry, ...]
    outages: tuple[Outage, ...]
    minutes: Minutes
    replay: Replay
    tried: tuple[Tried, ...]
    estimated_days: tuple[str, ...]
    rules: tuple[str, ...]


class OfficeLine(msgspec.Struct, frozen=True):
    """One office in the province's table: its late entries by verdict, those that rest on an estimate aside."""

    code: str
    name_th: str
    name_en: str
    isp: str
    standing: str
    entries: int
    late: int
    not_posted: int
    verdicts: dict[str, int]
    estimated: int
    weak: int
    """Of the explained ones: those whose outages are weakly evidenced."""
    simulated: bool = False


class ProvinceMonth(msgspec.Struct, frozen=True, tag="province_month"):
    """What the summary to the governor is made of; `offices` with the most unexplained first."""

    province: str
    month: str
    offices: tuple[OfficeLine, ...]
    outages: tuple[Outage, ...]
    estimated_days: tuple[str, ...]


class Measured(msgspec.Struct, frozen=True):
    """A step of the sheet's charts. `loss` in thousandths of the tries, `delay` in ms; None: nobody tried."""

    start: int
    rounds: int
    loss: int | None
    delay: int | None
    delay_high: int | None


class LayerCount(msgspec.Struct, frozen=True):
    """What a layer's tries came to before an outage and in it."""

    layer: str
    failed_before: int
    worked_before: int
    failed: int
    worked: int


class Neighbour(msgspec.Struct, frozen=True):
    """An office with the same provider: minutes of the outage in which it was down, up, slow, unseen."""

    code: str
    name_th: str
    name_en: str
    down: int
    up: int
    slow: int
    unknown: int


class OutageSheet(msgspec.Struct, frozen=True, tag="outage_sheet"):
    """What the sheet for a provider is made of. `office` is set where it is one office's sheet."""

    outage: Outage
    province: str
    isp: str
    office: Office | None
    hit: int
    not_hit: int
    unseen: int
    neighbours: tuple[Neighbour, ...]
    step_minutes: int
    measuring: int
    """Offices whose rounds are in `measured`."""
    measured: tuple[Measured, ...]
    layers: tuple[LayerCount, ...]


Facts = OfficeMonth | ProvinceMonth | OutageSheet


class Statement(msgspec.Struct, frozen=True):
    """What `check_code.statement` writes."""

    kind: str
    facts: Facts


_DECODER = msgspec.json.Decoder(Statement)


class Unreadable(ValueError):
    """Kept facts that this version cannot read."""


def read_statement(data: bytes) -> Statement:
    """What `check_code.statement` wrote; raises `Unreadable`."""
    try:
        return _DECODER.decode(data)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error
