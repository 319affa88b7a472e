"""Sending for real, to stand-ins on loopback: what arrives, and how each refusal is understood."""

import email
import email.policy
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laaswatch_collector.notify.email import Email
from laaswatch_collector.notify.line import Line
from laaswatch_collector.notify.outgoing import Held, Outgoing, Refused, TryLater, Unsure
from laaswatch_collector.notify.texts import Notice
from laaswatch_collector.notify.webhook import Webhook
from support.outside import mail_server, web_service

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
NOTICE = Notice(
    subject="เน็ตของสำนักงานใช้ไม่ได้\r\nBcc: x@evil.example",
    lines=["เน็ตของสำนักงานใช้ไม่ได้", "ปิดเปิดเราเตอร์ <b>"],
    path="/offices/6860101", code="WN-1", language="th", status="firing", scope="office",
    place="6860101", fault="uplink", event="e1", start=NOW,
)  # fmt: skip
MESSAGE = Outgoing(
    key="e1|opened|1", address="a@b.example", notice=NOTICE, link="https://lw.example/offices/6860101",
    settings="https://lw.example/messages", important=False, now=NOW,
)  # fmt: skip
USER, GROUP = "U" + "0" * 32, "C" + "0" * 32
PUSH, QUOTA, USED = (
    "/v2/bot/message/push",
    "/v2/bot/message/quota",
    "/v2/bot/message/quota/consumption",
)


# ---------------------------------------------------------------------- e-mail
@pytest.fixture
def box():
    with mail_server() as found:
        yield found


def mailer(box):
    return Email("127.0.0.1", box.port, "none", "laaswatch@lw.example")


def test_a_mail_arrives_whole_and_asks_for_no_answer(box):
    mailer(box).send(MESSAGE)
    (mail,) = box.mails
    found = email.message_from_bytes(mail["text"], policy=email.policy.default)
    assert mail["to"] == ["a@b.example"]
    assert (
        found["Subject"] == "เน็ตของสำนักงานใช้ไม่ได้ Bcc: x@evil.example"
    )  # one line, no header of its own
    assert found["Bcc"] is None
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["List-Unsubscribe"] == "<https://lw.example/messages>"
    assert "https://lw.example/offices/6860101" in found.get_body(("plain",)).get_content()
    assert "&lt;b&gt;" in found.get_body(("html",)).get_content()


def test_the_same_message_has_the_same_number(box):
    mailer(box).send(MESSAGE)
    mailer(box).send(replace(MESSAGE, now=NOW.replace(hour=4)))
    mailer(box).send(replace(MESSAGE, key="e2|opened|1"))
    ids = [email.message_from_bytes(x["text"])["Message-ID"] for x in box.mails]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("refuse", "ending"),
    [
        ({"RCPT": "550 nobody of that name"}, Refused),
        ({"RCPT": "451 greylisted, come again"}, TryLater),
        ({"MAIL": "452 full"}, TryLater),
        ({"DATA": "554 spam"}, Refused),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, TryLater),
    ],
    ids=["unknown", "greylisted", "full", "spam", "busy"],
)
def test_what_a_mail_server_says_is_understood(box, refuse, ending):
    box.refuse = refuse
    with pytest.raises(ending) as found:
        mailer(box).send(MESSAGE)
    assert "a@b.example" not in str(found.value)
    assert box.mails == []


def test_a_line_cut_after_the_text_leaves_it_unsure(box):
    box.hang_up_after = "DATA"
    with pytest.raises(Unsure):
        mailer(box).send(MESSAGE)


def test_without_encryption_only_to_this_machine(box):
    with pytest.raises(Refused, match="only to this machine"):
        Email("mail.example", box.port, "none", "laaswatch@lw.example").send(MESSAGE)
    with pytest.raises(TryLater):  # it does not speak TLS: nothing is sent in clear instead
        Email("127.0.0.1", box.port, "starttls", "laaswatch@lw.example").send(MESSAGE)
    assert box.mails == []


# ---------------------------------------------------------------------- LINE
@pytest.fixture
def service():
    with web_service() as found:
        yield found


def line(service, used=10, most=200, reserve=50, **more):
    service.answers = {
        QUOTA: [(200, {}, {"type": "limited", "value": most})],
        USED: [(200, {}, {"totalUsage": used})],
        PUSH: [(200, {}, {})],
    } | more
    return Line("secret", reserve, 0, lambda: 0, frozenset({"127.0.0.1"}), service.url)


def test_a_push_carries_the_text_the_link_and_a_key_that_stays(service):
    channel, message = line(service), replace(MESSAGE, address=USER)
    channel.send(message)
    channel.send(message)
    first, second = service.asked(PUSH)
    body = json.loads(first[2])
    assert body["to"] == USER
    assert (
        body["messages"][0]["text"].endswith("WN-1") or MESSAGE.link in body["messages"][0]["text"]
    )
    assert first[1]["Authorization"] == "Bearer secret"
    assert first[1]["X-Line-Retry-Key"] == second[1]["X-Line-Retry-Key"]


def test_the_last_of_the_month_is_kept_for_what_hits_many(service):
    channel = line(service, used=160)  # 40 left, 50 kept
    with pytest.raises(Held):
        channel.send(replace(MESSAGE, address=USER))
    channel.send(replace(MESSAGE, address=USER, important=True))
    assert len(service.asked(PUSH)) == 1


def test_a_group_costs_a_message_a_member(service):
    members = {f"/v2/bot/group/{GROUP}/members/count": [(200, {}, {"count": 60})]}
    with pytest.raises(Held):
        line(service, used=150, **members).send(replace(MESSAGE, address=GROUP, important=True))
    assert service.asked(PUSH) == []


@pytest.mark.parametrize(
    ("answer", "ending"),
    [
        ((429, {}, {"message": "You have reached your monthly limit."}), Held),
        ((429, {"Retry-After": "90"}, {"message": "rate"}), TryLater),
        ((500, {}, {}), TryLater),
        ((400, {}, {"message": "no such user"}), Refused),
        ((401, {}, {}), Refused),
    ],
    ids=["month", "rate", "error", "user", "token"],
)
def test_what_line_says_is_understood(service, answer, ending):
    with pytest.raises(ending) as found:
        line(service, **{PUSH: [answer]}).send(replace(MESSAGE, address=USER))
    assert "secret" not in str(found.value)
    if ending is TryLater and answer[0] == 429:
        assert found.value.after == 90


def test_one_that_line_has_already_is_done(service):
    line(service, **{PUSH: [(409, {}, {})]}).send(replace(MESSAGE, address=USER))
    assert len(service.asked(PUSH)) == 1


# ---------------------------------------------------------------------- webhook
def test_a_program_gets_what_alertmanager_would_send_signed(service):
    service.answers = {"/hook": [(200, {}, {})]}
    channel = Webhook(frozenset({"127.0.0.1"}), "shared")
    channel.send(replace(MESSAGE, address=f"{service.url}/hook"))
    ((_, head, body),) = service.asked("/hook")
    told = json.loads(body)
    assert (told["version"], told["status"]) == ("4", "firing")
    assert told["alerts"][0]["labels"]["fault"] == "uplink"
    stamp = head["X-Laaswatch-Timestamp"]
    expected = hmac.new(b"shared", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert head["X-Laaswatch-Signature"] == f"sha256={expected}"
    assert head["Idempotency-Key"]


@pytest.mark.parametrize(
    ("status", "ending"), [(500, TryLater), (429, TryLater), (404, Refused), (302, Refused)]
)
def test_what_a_program_says_is_understood(service, status, ending):
    service.answers = {"/hook": [(status, {"Location": "http://127.0.0.1:1/"}, {})]}
    with pytest.raises(ending):
        Webhook(frozenset({"127.0.0.1"})).send(replace(MESSAGE, address=f"{service.url}/hook"))
    assert len(service.requests) == 1  # never followed anywhere


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/x", "http://127.0.0.1.evil.example/", "ftp://127.0.0.1/",
     "http://user:pass@127.0.0.1/", "http://[::1", "https://127.0.0.1 /x"],
)  # fmt: skip
def test_nobody_is_called_who_is_not_listed(service, address):
    with pytest.raises(Refused, match="allowed_hosts"):
        Webhook(frozenset({"127.0.0.1"})).send(replace(MESSAGE, address=address))
    assert service.requests == []
