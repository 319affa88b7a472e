"""Every parser at the collector's front, fed with changed samples: an answer or its own refusal, ever (S6).

No other exception, no answer larger than its input allows, no child that does not come back, and from a
real server never a 500.
"""

import gzip
import json
import os
import socket
import time
from pathlib import Path
from random import Random

import msgspec
import pytest

from laaswatch_agent.acknowledgement import acknowledged, beacon_of, ranges, rejected
from laaswatch_agent.knowledge import articles, pack, strict_yaml
from laaswatch_agent.report.codec import (
    MAX_DELIVERY,
    MalformedReport,
    pack_delivery,
    unpack_delivery,
    unseal,
)
from laaswatch_agent.report.model import Gap, PresenceMark
from laaswatch_agent.report.vocabulary import Fault, PresenceKind
from laaswatch_agent.spool_tables import Sealed
from laaswatch_collector.config import ConfigError, load_collector_config
from laaswatch_collector.ledger.model import LedgerFormatError
from laaswatch_collector.ledger.read import LedgerReader
from laaswatch_collector.ledger.row_fields import LONGEST_NUMBER
from laaswatch_collector.office_file import OfficeFileError, parse_offices
from laaswatch_collector.server import door, limits
from laaswatch_collector.server.errors import Refused
from laaswatch_collector.server.limits import AttemptLimit, inflate
from laaswatch_collector.server.routes import sign_in
from laaswatch_collector.server.routes.enrolment import EnrolmentRequest
from laaswatch_collector.store.intake import prepare
from support import ledgers, pages, uploads
from support.intake import NOW, Sender, a_round
from support.mutation import Mutator
from support.odd_texts import ODD_TEXTS
from support.said import said
from support.soak import seed, soak

ROOT = Path(__file__).parents[2]
INPUTS = int(os.environ.get("LAASWATCH_FUZZ") or soak(20_000, 2_000_000))
SLOW = 20.0
"""Seconds for one input on a busy machine: more is a hang."""


def deliveries():
    """What agents send: rounds, marks, gaps, several reports, none."""
    sender = Sender("a" * 32)
    sender.seal(a_round(1_795_000_000_000, 1000), a_round(1_795_000_030_000, 31_000, Fault.DNS))
    mark = PresenceMark(next(iter(PresenceKind)), 1_795_000_000_000, "boot-1", None)
    sender.seal(presence=(mark,), gaps=(Gap(3, 1, 2, "spool_full"),), made=1_795_000_000_000)
    return [pack_delivery(sender.delivery(*lines)) for lines in (sender.lines, sender.lines[:1])]


def read_delivery(data):
    prepared = prepare(unpack_delivery(data), NOW)
    assert len(prepared.reports) + len(prepared.rejected) == prepared.envelope.count
    for report in prepared.reports:
        assert len(report.body) <= len(data) + 100


def read_line(data):
    assert len(unseal(data).rounds) <= len(data)


def read_gzip(data):
    assert len(inflate(data)) <= MAX_DELIVERY


def read_enrolment(data):
    asked = msgspec.json.decode(data, type=EnrolmentRequest)
    assert len(asked.code) <= 200
    assert len(bytes.fromhex(asked.nonce)) == len(bytes.fromhex(asked.token_sha256)) == 32


def read_acknowledgement(data):
    """What a collector may answer an agent: odd values acknowledge nothing that was not sent."""
    told = json.loads(data)
    if not isinstance(told, dict):
        raise TypeError
    batch = [Sealed(n, "0" * 16, n, b"", 1) for n in (1, 2, 3)]
    acked = acknowledged(told.get("acked"), {1, 2, 3})
    assert acked <= {1, 2, 3}
    assert set(rejected(told.get("rejected"), batch, acked)) <= {1, 2, 3} - acked
    assert len(ranges(acked)) <= 2
    assert len(beacon_of(told.get("beacon"))) <= 80


def read_config(data, folder):
    path = folder / "collector.yaml"
    path.write_bytes(data)
    load_collector_config(path)


def read_article(data, _folder):
    text = data.decode("utf-8", "surrogateescape")
    articles.build([{"kb-01-no-link.yaml": text}, articles.shipped_files()])


def read_yaml(data, _folder):
    strict_yaml.load(data.decode("utf-8", "surrogateescape"), "x.yaml")


def read_offices(data, _folder):
    assert len(parse_offices(data, "offices.csv")) <= len(data)


def read_ledger(data, _folder):
    file = ledgers.read(data, key=b"k")
    assert len(file.rows) <= len(data)
    assert all(len(row.doc_no) <= LONGEST_NUMBER for row in file.rows)


def only(read):
    return lambda data, _folder: read(data)


def example(*names):
    return [path.read_bytes() for name in names for path in sorted(ROOT.glob(name))]


RECEIPT = (
    b'{"acked":[[1,2]],"duplicates":0,"rejected":[{"seq":3,"line":2,"reason":"x"}],"beacon":"b 1"}'
)
ENROLMENT = json.dumps(
    {
        "code": "0123456789ABCDEFGHJKMNPQR", "nonce": "0a" * 32, "token_sha256": "0b" * 32,
        "system": "linux", "version": "0.1.0",
    }
).encode()  # fmt: skip
BOOK = (ledgers.HEAD + '5/10/2569,R-1,ค่าน้ำ,"1,234.50"\n๖ ต.ค. ๒๕๖๙,R-2,x,(500)\n').encode()
PARSERS = {
    "delivery": (deliveries, only(read_delivery), MalformedReport, 2),
    "sealed line": (lambda: deliveries()[0].split(b"\n")[1:], only(read_line), MalformedReport, 1),
    "gzip": (lambda: [gzip.compress(x) for x in deliveries()], only(read_gzip), Refused, 1),
    "enrolment": (
        lambda: [ENROLMENT],
        only(read_enrolment),
        (msgspec.DecodeError, UnicodeDecodeError),
        1,
    ),
    "acknowledgement": (
        lambda: [RECEIPT],
        only(read_acknowledgement),
        (ValueError, TypeError, RecursionError),
        1,
    ),
    "configuration": (lambda: example("config/collector.yaml"), read_config, ConfigError, 20),
    "yaml": (
        lambda: example("config/*.yaml", "agent/laaswatch_agent/knowledge/articles/kb-0*.yaml"),
        read_yaml,
        strict_yaml.YamlError,
        20,
    ),
    "article": (
        lambda: example("agent/laaswatch_agent/knowledge/articles/kb-01-no-link.yaml"),
        read_article,
        articles.ArticleError,
        100,
    ),
    "knowledge of the collector": (
        lambda: [pack.pack({}, articles.shipped_files())],
        only(pack.unpack),
        articles.ArticleError,
        100,
    ),
    "offices": (lambda: example("config/offices.example.csv"), read_offices, OfficeFileError, 10),
    "ledger": (lambda: [BOOK], read_ledger, LedgerFormatError, 10),
    "odd ledgers": (
        lambda: [odd.data() for odd in ODD_TEXTS if not odd.refused and odd.count is None],
        read_ledger,
        LedgerFormatError,
        20,
    ),
}
"""By name: samples, the reader, its refusals, and how many times slower than the quick ones it is."""


def feed(samples, read, refusals, folder, count, dice):
    """So many inputs: (accepted, refused, seconds of the slowest)."""
    mutator = Mutator(dice, samples, most=2 * max(map(len, samples)) + 8192)
    accepted, slowest = 0, 0.0
    for number in range(count):
        data = mutator.next()
        began = time.monotonic()
        try:
            read(data, folder)
        except refusals as refusal:
            assert len(str(refusal)) < len(data) + 2000
        except Exception as error:
            raise AssertionError(f"input {number}, {data[:3000]!r}: {error!r}") from error
        else:
            accepted += 1
            mutator.accepted(data)
        slowest = max(slowest, time.monotonic() - began)
    return accepted, count - accepted, slowest


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_answers_or_refuses(tmp_path, name):
    samples, read, refusals, slow = PARSERS[name]
    count = INPUTS // slow
    dice = Random(seed())
    accepted, refused, slowest = feed(samples(), read, refusals, tmp_path, count, dice)
    print(f"{name}: {accepted} accepted, {refused} refused, the slowest {slowest * 1000:.0f} ms")
    assert refused > count // 10
    assert slowest < SLOW


def test_a_careless_parser_is_caught(tmp_path):
    """The negative control: a reader that believes its input is found out within a thousand inputs."""

    def careless(data, _folder):
        for line in data.split(b"\n")[1:]:
            json.loads(line)["rounds"][0][1] + 1

    with pytest.raises(AssertionError, match="input"):
        feed(deliveries(), careless, ValueError, tmp_path, 1000, Random(1))


# ---------------------------------------------------------------------- workbooks, in their child
WORKBOOKS = soak(300, 20_000)


def test_a_workbook_is_read_or_refused(tmp_path):
    """Changed before and behind the compression; the child comes back or is replaced."""
    dice = Random(seed())
    good = ledgers.workbook(
        ["สมุดเงินสดรับ"], ["วันที่", "เลขที่เอกสาร", "จำนวนเงิน"], ["5/10/2569", "R-1", 100]
    )
    mutator, path, taken = Mutator(dice, [good, BOOK]), tmp_path / "book.xlsx", 0
    with LedgerReader() as reader:
        for _ in range(WORKBOOKS):
            path.write_bytes(mutator.next())
            try:
                reader.read(path, office_code=ledgers.OFFICE)
                taken += 1
            except LedgerFormatError as refusal:
                assert said(refusal, "th")
    print(f"{WORKBOOKS} workbooks, {taken} taken")
    assert 0 < taken < WORKBOOKS


# ---------------------------------------------------------------------- the server as a whole
REQUESTS = soak(1_500, 200_000)


def requests(cookie, token):
    """Real requests, as (head before the body, body)."""
    page = f"Host: x\r\nCookie: {cookie}\r\nConnection: close\r\n"
    paths = (
        "/", "/site?month=2026-10", "/provinces/86?month=2026-10&sort=late&colour=red&isp=NT&q=x&page=2",
        "/offices/6860101?month=2026-10&day=2026-10-15", "/agents",
        "/offices/6860101/explanations?month=2026-10&verdict=explained&page=1", "/language?to=en&next=/",
        "/offices/6860101/explanations.csv?month=2026-10", "/knowledge?q=dns", "/knowledge/kb-01-no-link",
        "/offices/6860101/ledger?month=2026-10", "/offices/6860101/books.json?month=2026-10", "/ledger-template.xlsx",
        "/offices/6860101/agents", "/sign-in?next=/offices/6860101", "/static/style.css", "/health", "/v1/config",
    )  # fmt: skip
    found = [(f"GET {path} HTTP/1.1\r\n{page}", b"") for path in paths]
    found.append((f"GET /metrics HTTP/1.1\r\n{page}Authorization: Bearer {token}\r\n", b""))
    form = f"{page}Content-Type: application/x-www-form-urlencoded\r\n"
    with_file = f"Content-Type: multipart/form-data; boundary={uploads.BOUNDARY}\r\n"
    found += [
        (f"POST /sign-in HTTP/1.1\r\n{form}", b"name=somying&password=wrong&next=%2F"),
        (f"POST /sign-out HTTP/1.1\r\n{form}", b"csrf=c5"),
        (f"POST /offices/6860101/codes HTTP/1.1\r\n{form}", b"csrf=" + b"c5" * 32 + b"&uses=1"),
        (
            f"POST /offices/6860101/agents/a00000 HTTP/1.1\r\n{form}",
            b"csrf=" + b"c5" * 32 + b"&state=suspended",
        ),
        (
            f"POST /offices/6860101/ledger/uploads HTTP/1.1\r\n{page}{with_file}",
            uploads.multipart({"csrf": "c5" * 32, "book": "cash_receipts_journal"}, BOOK),
        ),
        (
            f"POST /offices/6860101/ledger/statements HTTP/1.1\r\n{form}",
            b"csrf=" + b"c5" * 32 + b"&month=2026-10&budget=current",
        ),
        (
            f"POST /offices/6860101/ledger/quiet HTTP/1.1\r\n{form}",
            b"csrf="
            + b"c5" * 32
            + b"&month=2026-10&first=2026-10-14&last=2026-10-15&answer=not_posted",
        ),
        (
            f"POST /v1/enrolments HTTP/1.1\r\n{page}Content-Type: application/json\r\n",
            ENROLMENT,
        ),
    ]
    return found


def ask(port, data):
    """The status of the first answer; 0 = hung up without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=SLOW) as connection:
        try:
            connection.sendall(data)
            answer = connection.recv(4096)
        except ConnectionError:
            return 0
    return int(answer.split(None, 2)[1]) if answer.startswith(b"HTTP/") else 0


def escaped(text):
    """As a browser writes it into an address."""
    return b"".join(b"%%%02x" % x if x < 33 or x > 126 else bytes([x]) for x in text)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The application over a small province; nobody is slowed down for wrong passwords, or waited for."""
    monkeypatch.setattr(AttemptLimit, "check", lambda *_: None)
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.2)
    cheap = "$".join(("scrypt", "16", "1", "1", *sign_in.NOBODYS.split("$")[4:]))
    monkeypatch.setattr(sign_in, "NOBODYS", cheap)
    with pages.serving(tmp_path, offices=4, late=5) as running:
        yield running


def test_the_server_answers_whatever_it_is_asked(site):
    """Heads, queries, forms and bodies, changed: never a 500, and it serves on."""
    dice = Random(seed())
    port = int(site.url.rsplit(":", 1)[1])
    real = requests(site.cookie_header("admin"), site.token)
    heads = Mutator(dice, [head.encode() for head, _ in real])
    bodies = Mutator(dice, [body for _, body in real if body])
    statuses = {}
    for _ in range(REQUESTS):
        head, body = dice.choice(real)
        head = head.encode()
        if body and dice.random() < 0.7:
            body = bodies.next()[:8000]
        elif dice.random() < 0.3:  # anywhere in the head
            head = heads.next()
        else:  # in the address alone
            line, rest = head.split(b"\r\n", 1)
            method, target, version = line.split(b" ")
            path, mark, query = target.partition(b"?")
            if mark and dice.random() < 0.7:
                target = path + b"?" + escaped(Mutator(dice, [query]).next()[:2000])
            else:
                target = Mutator(dice, [target]).next()[:3000].replace(b"\n", b"%0a")
                if dice.random() < 0.7:
                    target = escaped(target)
            head = b" ".join((method, target, version)) + b"\r\n" + rest
        length = b"Content-Length: %d\r\n" % len(body) if body else b""
        status = ask(port, head + length + b"\r\n" + body)
        statuses[status] = statuses.get(status, 0) + 1
        assert status != 500, (head, body[:500])
    print(dict(sorted(statuses.items())))
    assert ask(port, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") == 200
    assert {200, 303, 400, 404} <= set(statuses)
