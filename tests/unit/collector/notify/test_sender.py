"""From the outbox to the channels: each message once, tries bounded, nothing forgotten after a kill."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from laaswatch_collector.notify.outgoing import Held, Refused, TryLater, Unsure
from laaswatch_collector.notify.sender import MOST_TRIES, Sender, pause
from laaswatch_collector.notify.texts import trial
from laaswatch_collector.store.database import Database
from laaswatch_collector.store.outbox import (
    LEASE,
    Put,
    counted,
    longest_due,
    mark_told,
    newest,
    put,
    take,
)
from laaswatch_collector.store.subscriptions import ChannelName, Level, Wanted, subscribe
from laaswatch_collector.store.users import add_user
from support import seeded


class Scripted:
    """A channel that ends as it is told to."""

    def __init__(self, *endings, repeatable=True):
        self.repeatable = repeatable
        self.endings = list(endings)
        self.sent = []

    def send(self, message):
        self.sent.append(message)
        ending = self.endings.pop(0) if self.endings else None
        if ending is not None:
            raise ending


class Clock:
    def __init__(self):
        self.now = seeded.NOW

    def __call__(self):
        return self.now


@pytest.fixture
def outbox(store_url):
    database = Database.open(store_url)
    clock = Clock()

    def begin(c):
        add_user(c, "a", "support", "a long pass phrase 1", now=clock.now)
        return subscribe(c, "a", Wanted(ChannelName.WEBHOOK, "x", Level.ALL), clock.now)

    number = database.write(begin)
    body = msgspec.json.encode(trial("th", clock.now)).decode()
    message = Put("e1|opened|1", number, "e1", "opened", important=False, body=body)
    database.write(lambda c: put(c, [message], clock.now))
    yield database, clock, message
    database.close()


def sender(outbox, channel, who="s"):
    return Sender(outbox[0], {"webhook": channel}, "https://lw.example/", who, outbox[1])


def state(outbox):
    (found,) = outbox[0].read(newest)
    return found.state, found.tries, found.trouble


def test_a_message_goes_out_once(outbox):
    channel = Scripted()
    assert sender(outbox, channel).once() == 1
    assert sender(outbox, channel).once() == 0
    assert state(outbox) == ("sent", 1, "")
    assert channel.sent[0].link == "https://lw.example/messages"
    assert (
        outbox[0].write(lambda c: put(c, [outbox[2]], outbox[1].now)) == 0
    )  # its key is known for good


@pytest.mark.parametrize(
    ("ending", "expected"),
    [(Refused("550"), "failed"), (Held("monthly allowance"), "held"), (Unsure("cut"), "unsure")],
)
def test_how_a_message_may_end(outbox, ending, expected):
    sender(outbox, Scripted(ending)).once()
    assert state(outbox) == (expected, 1, str(ending))


def test_trouble_is_waited_out_and_ends_some_time(outbox):
    channel = Scripted(*[TryLater("busy")] * 20)
    tried = []
    for _ in range(600):
        tried.append(len(channel.sent))
        sender(outbox, channel).once()
        outbox[1].now += timedelta(minutes=1)
    assert len(channel.sent) <= MOST_TRIES
    assert state(outbox)[0] == "failed"


def test_what_recovers_is_sent(outbox):
    channel = Scripted(TryLater("busy", 120.0))
    sender(outbox, channel).once()
    assert state(outbox)[0] == "waiting"
    outbox[1].now += timedelta(seconds=119)
    sender(outbox, channel).once()
    assert len(channel.sent) == 1  # not before the other side asked for
    outbox[1].now += timedelta(seconds=2)
    sender(outbox, channel).once()
    assert state(outbox)[0] == "sent"


@pytest.mark.parametrize(("repeatable", "expected"), [(True, "sent"), (False, "unsure")])
def test_a_killed_sender_loses_nothing_and_repeats_only_where_it_may(outbox, repeatable, expected):
    """It took the message and was never heard of again."""
    outbox[0].write(lambda c: take(c, "killed", outbox[1].now, ["webhook"]))
    channel = Scripted(repeatable=repeatable)
    assert sender(outbox, channel).once() == 0  # still in the other's hand
    outbox[1].now += LEASE
    sender(outbox, channel).once()
    assert state(outbox)[0] == expected
    assert len(channel.sent) == (1 if repeatable else 0)


def test_two_senders_do_not_send_the_same(outbox):
    first = outbox[0].write(lambda c: take(c, "one", outbox[1].now, ["webhook"]))
    second = outbox[0].write(lambda c: take(c, "two", outbox[1].now, ["webhook"]))
    assert (len(first), len(second)) == (1, 0)


def test_old_news_is_not_sent(outbox):
    outbox[1].now += timedelta(hours=5)
    channel = Scripted()
    sender(outbox, channel).once()
    assert state(outbox)[::2] == ("failed", "too old")
    assert channel.sent == []


def another(outbox, name, until=None):
    """A second message to the same reader."""
    body = msgspec.structs.replace(trial("th", outbox[1].now), until=until)
    message = replace(
        outbox[2], key=f"{name}|opened|1", event=name, body=msgspec.json.encode(body).decode()
    )
    outbox[0].write(lambda c: put(c, [message], outbox[1].now))


def states(outbox):
    return {x.event: (str(x.state), x.trouble) for x in outbox[0].read(newest)}


def test_nobody_is_disturbed_after_work(outbox):
    """Planned at 16:29, and the other side was busy until 16:31."""
    until = outbox[1].now + timedelta(minutes=1)
    another(outbox, "e2", until)
    channel = Scripted(None, TryLater("busy"))
    sender(outbox, channel).once()
    assert states(outbox)["e2"] == ("waiting", "busy")
    outbox[1].now = until
    sender(outbox, channel).once()
    assert states(outbox)["e2"] == ("failed", "after working hours")
    assert len(channel.sent) == 2


def test_a_message_that_breaks_the_channel_does_not_hold_up_the_others(outbox):
    another(outbox, "e2")
    channel = Scripted(UnicodeError("odd address"))
    assert sender(outbox, channel).once() == 1
    assert states(outbox) == {"e1": ("failed", "UnicodeError"), "e2": ("sent", "")}


def test_a_kill_leaves_one_message_in_doubt_and_no_more(outbox):
    """The others were not in hand yet: they go out, also where a repetition would be told twice."""
    another(outbox, "e2")
    with pytest.raises(KeyboardInterrupt):
        sender(outbox, Scripted(KeyboardInterrupt(), repeatable=False)).once()
    channel = Scripted(repeatable=False)
    assert sender(outbox, channel, "next").once() == 1
    outbox[1].now += LEASE
    sender(outbox, channel, "next").once()
    assert states(outbox) == {"e1": ("unsure", "cut short"), "e2": ("sent", "")}


def test_a_channel_that_is_not_set_up_says_so(outbox):
    Sender(outbox[0], {}, "", "s", outbox[1]).once()
    assert state(outbox)[::2] == ("failed", "channel not set up")


def test_pauses_grow_up_to_half_an_hour():
    pauses = [pause(n, 0).total_seconds() for n in range(8)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 30
    assert pauses[-1] == 1800
    assert pause(0, 300).total_seconds() == 300
    assert pause(0, 1e9).total_seconds() == 1800


def test_what_waits_and_what_became_of_the_rest_is_counted(outbox):
    database, clock, message = outbox
    made, day = clock.now, timedelta(days=1)

    def seen():
        return (
            database.read(lambda c: counted(c, clock.now - day)),
            database.read(lambda c: longest_due(c, clock.now)),
        )

    assert seen() == ({("webhook", "waiting"): 1}, made)
    sender(outbox, Scripted(TryLater("busy"))).once()
    assert seen() == ({("webhook", "waiting"): 1}, None)  # its next time has not come
    clock.now += timedelta(hours=1)
    assert seen()[1] == made
    sender(outbox, Scripted(None)).once()
    assert seen() == ({("webhook", "sent"): 1}, None)
    told = message.subscription
    database.write(lambda c: mark_told(c, [(told, "e2")], clock.now))
    assert seen()[0] == {("webhook", "sent"): 1}  # what a digest told is no message of its own
    clock.now = made + day + timedelta(seconds=1)
    assert seen()[0] == {}
