"""A person's own messages: asked for, changed, tried, ended; never anybody else's."""

import re

import pytest

from laaswatch_collector.config import EmailConfig, NotifyConfig, WebhookConfig
from laaswatch_collector.notify.planner import Planner
from laaswatch_collector.server.routes.pages_messages import channels_ready
from laaswatch_collector.site_rules import load_calendar
from laaswatch_collector.store.outbox import newest
from laaswatch_collector.store.subscriptions import list_subscriptions
from support import seeded
from support.pages import serving

PAGE = {"channel": "page", "level": "all", "language": "th", "afternoon": "on"}


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    place = tmp_path
    if request.param == "postgresql":
        place = request.getfixturevalue("cluster").new_store()
    with serving(place, offices=12) as found:
        yield found


def mine(site, user):
    return site.database.read(lambda c: list_subscriptions(c, user=user))


def text_of(site, user="somchai"):
    return site.get("/messages", user=user).decode()


def test_messages_are_asked_for_and_changed_at_the_same_address(site):
    assert site.post("/messages", "somchai", **PAGE)[0] == 303
    assert site.post("/messages", "somchai", **PAGE | {"level": "wide"})[0] == 303
    (found,) = mine(site, "somchai")
    assert (found.wanted.channel, found.wanted.level) == ("page", "wide")
    assert (found.wanted.morning, found.wanted.afternoon) == (False, True)
    assert "เหตุที่กระทบหลายหน่วยงาน" in text_of(site)
    assert mine(site, "malee") == []


@pytest.mark.parametrize(
    "change",
    [{"channel": "email", "address": "a@b.example"}, {"channel": "pigeon"}, {"level": "sometimes"}],
    ids=["not set up", "no channel", "no level"],
)
def test_what_cannot_be_is_refused_with_words(site, change):
    status, body = site.post("/messages", "somchai", **PAGE | change)
    assert status == 200
    assert "ช่องทางนี้ยังไม่ได้ตั้งค่า" in body
    assert mine(site, "somchai") == []


def test_a_trial_is_put_in_and_shown_and_bounded(site):
    site.post("/messages", "somchai", **PAGE)
    number = mine(site, "somchai")[0].id
    assert site.post(f"/messages/{number}", "somchai", what="try")[0] == 303
    (kept,) = site.database.read(lambda c: newest(c, user="somchai"))
    assert (kept.kind, kept.state) == ("test", "waiting")
    assert "รอส่ง" in text_of(site)


def test_a_pause_has_an_end_and_an_end_is_an_end(site):
    site.post("/messages", "somchai", **PAGE)
    number = mine(site, "somchai")[0].id
    assert (
        "เลือกวันข้างหน้า"
        in site.post(f"/messages/{number}", "somchai", what="pause", until="2026-11-02")[1]
    )
    assert (
        "เลือกวันข้างหน้า"
        in site.post(f"/messages/{number}", "somchai", what="pause", until="2027-11-02")[1]
    )
    site.post(f"/messages/{number}", "somchai", what="pause", until="2026-11-10")
    assert "พักอยู่ถึง 10 พ.ย. 2569" in text_of(site)
    site.post(f"/messages/{number}", "somchai", what="resume")
    assert "พักอยู่ถึง" not in text_of(site)
    site.post(f"/messages/{number}", "somchai", what="end")
    assert mine(site, "somchai") == []


@pytest.mark.parametrize("what", ["try", "end", "pause", "resume"])
def test_nobody_touches_what_others_receive(site, what):
    site.post("/messages", "somchai", **PAGE)
    number = mine(site, "somchai")[0].id
    assert site.post(f"/messages/{number}", "malee", what=what, until="2026-11-10")[0] == 404
    assert len(mine(site, "somchai")) == 1


def test_what_was_told_stands_on_the_page(site):
    """The seeded outage that goes on, as the real planner tells it."""
    site.post("/messages", "somchai", **PAGE)
    planner = Planner(site.database, load_calendar, None, "test")
    planner.once(seeded.NOW)
    (told,) = site.database.read(lambda c: newest(c, user="somchai"))
    assert told.event == "o-now"
    text = text_of(site)
    assert re.search(r'<a href="/offices/6860101">[^<]*</a>', text)
    assert text.count("รอส่ง") == 1
    planner.once(seeded.NOW)
    assert len(site.database.read(lambda c: newest(c, user="somchai"))) == 1


def test_only_channels_that_the_settings_name_are_offered():
    assert channels_ready(NotifyConfig()) == ["page"]
    email = NotifyConfig(email=EmailConfig(host="mail.example", sender="a@b.example"))
    assert channels_ready(email) == ["page", "email"]
    assert channels_ready(NotifyConfig(webhook=WebhookConfig(enabled=True))) == ["page", "webhook"]
    assert channels_ready(NotifyConfig(enabled=False, email=email.email)) == ["page"]
