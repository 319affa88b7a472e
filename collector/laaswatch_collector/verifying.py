"""Is what is stored what was stored? Everything in the store that the evidence log commits to, looked at again.

    tree         the leaves, their nodes and every checkpoint agree, from the first leaf to the last
    receipts     what somebody kept outside (an agent's checkpoints, a printed one) lies on this tree
    reports      each PC's chain is whole, its columns follow from its sealed lines, each day is as its leaf says
    books        imports, the offices' months and documents are as their leaves say
    audit        every line is as its leaf says, and none is missing

Reads in one connection, so against one moment; changes nothing. What is too old to be kept is no finding, what
came after the newest leaves is none either: it stands under the next ones.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
import zstandard

from laaswatch_agent.report.chain import hash_of
from laaswatch_agent.report.codec import MalformedReport
from laaswatch_agent.signed_note import VerifierKey
from laaswatch_collector.evidence.chain import Break, Finding, Link, verify_links
from laaswatch_collector.evidence.checkpoint import Beacon, read_beacon
from laaswatch_collector.evidence.leaves import Kind, Leaf, Receipt, agent_day, subject_of
from laaswatch_collector.evidence.merkle import Edge, leaf_hash
from laaswatch_collector.evidence.sealed import unseal_day
from laaswatch_collector.store import commitments
from laaswatch_collector.store.evidence_log import (
    CLOSED_THROUGH,
    MONTHS_AT,
    KeptLeaf,
    all_checkpoints,
    is_kept,
    kept_nodes,
    leaves_in_order,
    newest_leaves,
)
from laaswatch_collector.store.notes import read_note
from laaswatch_collector.store.quick_reader import read
from laaswatch_collector.store.schema import (
    agents,
    audit,
    documents,
    ledger_imports,
    log_leaves,
    reports,
    sealed_days,
)
from laaswatch_collector.timeline.packed import pack
from laaswatch_collector.verifying_log_keys import check_signatures
from laaswatch_collector.worktime.thai import local_date

NEW = timedelta(hours=1)
"""What is younger than this, before the newest checkpoint, may have been stored just after the log last looked."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is not as it was. `what`: a word of the texts (`verify.…`); `subject`: of which thing."""

    part: str
    what: str
    subject: str


@dataclass(frozen=True, slots=True)
class Run:
    """One life of one PC's spool: how many reports are held, and what is wrong with their chain."""

    agent: str
    incarnation: str
    reports: int
    breaks: tuple[Break, ...]


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong."""

    leaves: int = 0
    checkpoints: int = 0
    signed: int = 0
    """Checkpoints with the signature that they should have."""
    receipts: int = 0
    reports: int = 0
    days: int = 0
    audit: int = 0
    runs: list[Run] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    newest: datetime = datetime.min.replace(tzinfo=UTC) + NEW
    """When the newest checkpoint was made."""
    before: datetime = datetime.min.replace(tzinfo=UTC) + NEW
    """When the one before it was made: the audit's lines up to then stand under the newest."""

    @property
    def altered(self) -> bool:
        """Whether anything is not as it was; gaps in a chain may still be on their way."""
        return bool(self.wrong)

    def find(self, part: str, what: str, subject: object) -> None:
        """Name something that is wrong."""
        self.wrong.append(Wrong(part, what, str(subject)))


def verify_store(
    connection: sa.Connection,
    receipts: Iterable[Beacon] = (),
    *,
    keys: Sequence[VerifierKey] = (),
    kept_from: date = date.min,
    look: Callable[[str], None] = lambda _: None,
) -> Verified:
    """Look at everything. `kept_from`: older reports may have been deleted. `look` is told of each part.

    `keys`: public keys of the log that whoever verifies has from elsewhere.
    """
    found = Verified()
    look("tree")
    _tree(connection, found, keys)
    _receipts(found, receipts)
    if any(x.part == "tree" for x in found.wrong):
        return found  # leaves that were altered tell nothing about the rest
    look("reports")
    _reports(connection, found, kept_from)
    look("books")
    _imports(connection, found)
    _documents(connection, found)
    _months(connection, found)
    look("audit")
    _audit(connection, found)
    return found


def _tree(connection: sa.Connection, found: Verified, keys: Sequence[VerifierKey]) -> None:
    kept = list(all_checkpoints(connection))
    found.signed = check_signatures(connection, kept, keys, found.find)
    marks = {x.checkpoint.size: x.checkpoint.root for x in kept}
    times = sorted(x.at for x in kept)
    found.newest = times[-1] if times else found.newest
    found.before = times[-2] if len(times) > 1 else found.before
    nodes = kept_nodes(connection)
    edge = Edge()
    for position, kind, subject, body in leaves_in_order(connection):
        if position != edge.size:
            found.find("tree", "leaf_missing", edge.size)
            return  # every place after it is another one
        if not _says(body, kind, subject):
            found.find("tree", "leaf_altered", position)
        for level, number, sha256 in edge.append(leaf_hash(body.encode())):
            if is_kept(level) and nodes.pop((level, number), b"") != sha256:
                found.find("tree", "node_altered", f"{level}/{number}")
        _mark(found, edge, marks.get(edge.size), beat=kind == Kind.BEAT)
    found.leaves, found.checkpoints = edge.size, len(marks)
    if max(marks, default=0) > edge.size:
        found.find("tree", "leaves_gone", max(marks))
    if nodes:
        found.find("tree", "node_altered", min(nodes))


def _mark(found: Verified, edge: Edge, root: bytes | None, *, beat: bool) -> None:
    """The last leaf under each checkpoint is a beat, and no other leaf is."""
    if beat != (root is not None):
        found.find("tree", "checkpoint_gone", edge.size)
    if root is not None:
        found.roots[edge.size] = edge.root()
        if root != edge.root():
            found.find("tree", "root_differs", edge.size)


def _says(body: str, kind: str, subject: str) -> bool:
    """Whether a leaf's columns are those of its body."""
    try:
        values = json.loads(body)
        said = {
            Kind.AGENT_DAY: "{day} {agent} {incarnation}", Kind.LEDGER_IMPORT: "{import}",
            Kind.OFFICE_MONTH: "{month} {office}", Kind.DOCUMENT: "{code}",
            Kind.AUDIT: "{first}-{last}", Kind.BEAT: "{at}",
        }[Kind(values["kind"])].format(**values)  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return False
    return (kind, subject) == (values["kind"], said)


def _receipts(found: Verified, receipts: Iterable[Beacon]) -> None:
    for receipt in receipts:
        found.receipts += 1
        ours = found.roots.get(receipt.size)
        if receipt.size > found.leaves:
            found.find("receipts", "leaves_gone", receipt)
        elif ours != receipt.root:
            found.find("receipts", "receipt_differs", receipt)


# What one agent's reports are looked at with: its own life and day of arrival, the link, the receipt.
_Piece = tuple[str, date, Link | None, Receipt]


def _reports(connection: sa.Connection, found: Verified, kept_from: date) -> None:
    closed = read_note(connection, CLOSED_THROUGH)
    through = date.min if closed is None else date.fromisoformat(closed)
    leaves = newest_leaves(connection, Kind.AGENT_DAY)
    told: dict[str, str] = {}
    for agent in connection.execute(sa.select(agents.c.id).order_by(agents.c.id)).scalars().all():
        lives: dict[str, list[tuple[int, Link | None]]] = {}
        days: dict[tuple[date, str], list[Receipt]] = {}
        for incarnation, day, link, receipt in _read(connection, agent, found, told):
            lives.setdefault(incarnation, []).append((receipt.seq, link))
            days.setdefault((day, incarnation), []).append(receipt)
        for incarnation, links in sorted(lives.items()):
            _chain(found, agent, incarnation, links)
        for (day, incarnation), receipts in days.items():
            subject = subject_of(day.isoformat(), agent, incarnation)
            kept = leaves.pop(subject, None)
            if kept is not None:
                _day(found, kept, receipts, closed=day < through)
            elif day <= through:
                found.find("reports", "day_unknown", subject)
    for subject, kept in leaves.items():
        if date.fromisoformat(kept.values["day"]) >= kept_from:
            found.find("reports", "day_gone", subject)
    _beacons(found, told)


def _beacons(found: Verified, told: dict[str, str]) -> None:
    """Every checkpoint that stands in a report is a receipt that its PC sealed."""
    for text, agent in sorted(told.items()):
        beacon = read_beacon(text)
        if beacon is not None and found.roots.get(beacon.size) != beacon.root:
            found.find("receipts", "beacon_differs", f"{agent} {text}")


def _day(found: Verified, kept: KeptLeaf, receipts: list[Receipt], *, closed: bool) -> None:
    """Reports that were committed just after their day was over have another leaf only a day later."""
    said = kept.values
    ordered = sorted(receipts, key=lambda x: x.seq)
    now = agent_day(said["agent"], said["incarnation"], said["day"], ordered, said["office"])
    found.days += 1
    if now.body != kept.body and (closed or len(ordered) <= said["reports"]):
        found.find("reports", "day_differs", kept.subject)


def _chain(
    found: Verified, agent: str, incarnation: str, links: list[tuple[int, Link | None]]
) -> None:
    breaks = verify_links(link for _, link in sorted(links, key=lambda x: x[0]))
    found.runs.append(Run(agent, incarnation, len(links), breaks))
    found.reports += len(links)
    for x in breaks:
        if x.finding is not Finding.MISSING:
            found.find("reports", f"chain_{x.finding}", f"{agent} {incarnation} {x.seq or '?'}")


def _read(
    connection: sa.Connection, agent: str, found: Verified, told: dict[str, str]
) -> Iterator[_Piece]:
    """Every report of an agent that is held, packed or not. Beacons in them are gathered in `told`."""
    unpack = zstandard.ZstdDecompressor().decompress
    rows = connection.execution_options(yield_per=2000).execute(
        sa.select(reports).where(reports.c.agent_id == agent)
    )
    for row in rows:
        where = f"{agent} {row.incarnation} {row.seq}"
        receipt = Receipt(
            row.seq, bytes(row.sha256), _ms(row.received_at), row.sent_ms, row.sent_mono_ms, row.sent_boot
        )  # fmt: skip
        link: Link | None = None
        try:
            line = unpack(row.body)
            report = read(line)
        except (zstandard.ZstdError, MalformedReport):
            found.find("reports", "unreadable", where)
        else:
            link = Link(report.seq, report.previous, hash_of(line))
            told.setdefault(report.beacon, agent)
            if (link.seq, link.sha256) != (row.seq, bytes(row.sha256).hex()) or (
                pack(report) != bytes(row.packed)
            ):
                found.find("reports", "columns_differ", where)
        yield row.incarnation, local_date(row.received_at), link, receipt
    days = connection.execute(
        sa.select(sealed_days).where(sealed_days.c.agent_id == agent).order_by(sealed_days.c.day)
    )
    for row in days:
        try:
            kept = unseal_day(row.body)
            read_all = [read(x.line) for x in kept]
        except (ValueError, KeyError, IndexError, TypeError, StopIteration):
            found.find("reports", "unreadable", f"{agent} {row.incarnation} {row.day}")
            continue
        numbers = [x.seq for x in read_all]
        if (row.first_seq, row.last_seq, row.reports) != (numbers[0], numbers[-1], len(numbers)):
            found.find("reports", "columns_differ", f"{agent} {row.incarnation} {row.day}")
        for report, one in zip(read_all, kept, strict=True):
            told.setdefault(report.beacon, agent)
            receipt = commitments.receipt_of(report.seq, one)
            link = Link(report.seq, report.previous, receipt.sha256.hex())
            yield row.incarnation, row.day, link, receipt


def _imports(connection: sa.Connection, found: Verified) -> None:
    leaves = newest_leaves(connection, Kind.LEDGER_IMPORT)
    for row in connection.execute(ledger_imports.select()):
        leaf = commitments.import_leaf(row)
        _same(found, "import", leaf, leaves.pop(leaf.subject, None), row.imported_at)
    for subject in leaves:
        found.find("books", "import_gone", subject)


def _documents(connection: sa.Connection, found: Verified) -> None:
    leaves = newest_leaves(connection, Kind.DOCUMENT)
    for row in connection.execute(documents.select()):
        leaf = commitments.document_leaf(row)
        _same(found, "document", leaf, leaves.pop(leaf.subject, None), row.made_at)
        if not commitments.facts_are_whole(row):
            found.find("books", "document_differs", row.code)
    for subject in leaves:
        found.find("books", "document_gone", subject)


def _same(found: Verified, thing: str, now: Leaf, kept: KeptLeaf | None, since: datetime) -> None:
    """What is there without a leaf must be new."""
    if kept is None and since < found.newest - NEW:
        found.find("books", f"{thing}_unknown", now.subject)
    elif kept is not None and kept.body != now.body:
        found.find("books", f"{thing}_differs", now.subject)


def _months(connection: sa.Connection, found: Verified) -> None:
    """A month that was judged or imported anew since the log last looked stands under its next leaf."""
    looked = read_note(connection, MONTHS_AT)
    if looked is None:
        return
    since = datetime.fromisoformat(looked)
    reached = commitments.months_reached(connection)
    imported = commitments.imported_since(connection, since)
    leaves = newest_leaves(connection, Kind.OFFICE_MONTH)
    for subject in sorted({*reached, *leaves}):
        office = subject.split(" ")[1]
        now = reached.get(subject, commitments.NOTHING)
        if now.judged > _ms(since) or office in imported:
            continue
        leaf = leaves.get(subject)
        if leaf is None:
            found.find("books", "month_unknown", subject)
        elif commitments.office_month(connection, subject, now).body != leaf.body:
            found.find("books", "month_differs", subject)


def _audit(connection: sa.Connection, found: Verified) -> None:
    c = log_leaves.c
    bodies = connection.execute(
        sa.select(c.body).where(c.kind == str(Kind.AUDIT)).order_by(c.position)
    ).scalars()
    done = 0
    for body in bodies.all():
        first, last = (int(x) for x in (json.loads(body)["first"], json.loads(body)["last"]))
        rows = commitments.audit_rows(connection, first, last, commitments.MOST_AUDIT + 1)
        found.audit += len(rows)
        if first != done + 1 or commitments.audit_leaf(first, last, rows).body != body:
            found.find("audit", "audit_differs", f"{first}-{last}")
        done = last
    rest = connection.execute(
        sa.select(audit.c.id).where(audit.c.id > done, audit.c.at < found.before - NEW).limit(1)
    ).scalar()
    if rest is not None:
        found.find("audit", "audit_differs", rest)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
