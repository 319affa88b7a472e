"""Every fault has something to say in both languages; files that cannot be used are named with the reason."""

import re

import pytest

from laaswatch_agent.knowledge.articles import (
    MOST_ACTIONS,
    SCOPES,
    ArticleError,
    Step,
    Track,
    load_articles,
)
from laaswatch_agent.locale import LANGUAGES
from laaswatch_agent.locale import texts as words
from laaswatch_agent.report.vocabulary import Also, Fault, Reason, State, state_of

ARTICLES = load_articles()
EACH = pytest.mark.parametrize("article", ARTICLES.values(), ids=list(ARTICLES))
THAI = re.compile(r"[\u0e01-\u0e3a\u0e40-\u0e4e]")
JARGON = re.compile(
    r"\b(DNS|TCP|TLS|SSL|HTTP|HTTPS|IP|IPv6|DHCP|MTU|gateway|latency|loss|packet|socket|port)\b",
    re.IGNORECASE,
)


def texts(article):
    """Every text of an article by name, as (Thai, English)."""
    named = {x: getattr(article, x) for x in ("title", "symptom", "sign", "sentence", "next")}
    named |= {f"action {n}": x for n, x in enumerate(article.actions, 1)}
    if article.warning is not None:
        named["warning"] = article.warning
    return {name: (x.th, x.en) for name, x in named.items()}


@EACH
def test_thai_is_thai_and_english_is_english(article):
    for name, (thai, english) in texts(article).items():
        assert THAI.search(thai), name
        assert not THAI.search(english), name
        assert "  " not in thai + english, name
        assert "{" not in thai + english, name


@EACH
def test_the_sentence_has_no_jargon_and_no_numbers(article):
    for text in (article.sentence.th, article.sentence.en):
        assert not re.search(r"[0-9๐-๙]", text)
        assert not JARGON.search(text)
        assert len(text) <= 130


@EACH
def test_an_article_is_short(article):
    assert 1 <= len(article.actions) <= MOST_ACTIONS
    for thai, english in texts(article).values():
        assert len(thai) <= 180
        assert len(english) <= 180


@EACH
def test_nobody_is_sent_round_the_rules(article):
    """No tunnels, no borrowed proxies, no password in a foreign page, no reset before anything was looked at."""
    for thai, english in texts(article).values():
        both = f"{thai} {english}".casefold()
        assert not any(
            x in both for x in ("vpn", "free proxy", "พร็อกซีฟรี", "reset the network", "รีเซ็ต")
        )
    assert "การตั้งค่าเครือข่าย" not in article.actions[0].th


@EACH
def test_a_number_never_runs_into_the_next_word(article):
    for thai, _ in texts(article).values():
        assert not re.search(r"[0-9][\u0e01-\u0e4e]", thai)


@EACH
def test_tracks_are_never_merged(article):
    wanted = {State.DOWN: Track.NO_ACCESS, State.DEGRADED: Track.DEGRADED}
    for fault in article.faults:
        assert article.track is wanted.get(state_of(fault), Track.NONE)


@EACH
def test_slow_lines_get_the_owners_advice_before_the_provider(article):
    """The circular: first km.laas.go.th; only if that does not help the provider or an expert."""
    if article.track is not Track.DEGRADED:
        return
    told = [*article.actions, article.next]
    advice = next((n for n, x in enumerate(told) if "km.laas.go.th" in x.th), len(told))
    provider = next(
        (n for n, x in enumerate(told) if getattr(x, "step", "") == Step.ISP), len(told)
    )
    assert advice < len(told)
    assert advice < provider


@pytest.mark.parametrize(
    "fault", [Fault.PC_LINK, Fault.GATEWAY, Fault.UPLINK, Fault.BEYOND_GATEWAY]
)
def test_an_office_without_internet_is_told_of_the_partner_agency(fault):
    """The circular: solve it together with the province, and work from an agency whose line is ready."""
    for article in ARTICLES.for_round(fault):
        told = " ".join([*(x.th for x in article.actions), article.next.th])
        assert "หน่วยงานราชการใกล้เคียง" in told
        assert ARTICLES.contacts["provincial_office"].name.th in told


def test_the_sites_own_fault_sends_nobody_to_the_router():
    for fault in (Fault.SITE_HTTP, Fault.SITE_TCP, Fault.SITE_TLS, Fault.DNS):
        article = ARTICLES.for_round(fault, (), (), "site")[0]
        assert article.id == "kb-33-site-down"
        assert "ไม่ต้องปิดเราเตอร์" in article.actions[0].th
        assert {x.step for x in article.actions} <= {Step.SELF, Step.OWNER}


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_an_article_whatever_else_was_seen(fault):
    assert ARTICLES.for_round(fault)
    assert ARTICLES.for_round(fault, tuple(Reason), tuple(Also), "site")


@pytest.mark.parametrize("also", Also)
def test_every_side_finding_has_an_article(also):
    article = ARTICLES.on(also)
    assert article is not None
    assert also in article.also


@pytest.mark.parametrize("scope", SCOPES)
def test_a_wider_scope_wins_over_what_one_pc_saw(scope):
    first = ARTICLES.for_round(Fault.SITE_TCP, (Reason.REFUSED,), (Also.LOGIN_ONLY,), scope)[0]
    expected = {
        "none": "kb-37-sign-in-fails",
        "site": "kb-33-site-down",
        "undecided": "kb-61-undecided",
        "isp": "kb-55-isp-down",
        "isp_province": "kb-55-isp-down",
        "province": "kb-62-province-down",
        "office": "kb-32-address-blocked",
        "pc": "kb-02-one-pc-only",
    }
    assert first.id == expected[scope]


@pytest.mark.parametrize("reason", Reason)
def test_what_only_one_pc_suffers_is_not_the_sites_or_the_providers(reason):
    for fault in (Fault.SITE_TLS, Fault.SITE_TCP, Fault.DNS, Fault.UPLINK):
        article = ARTICLES.for_round(fault, (reason,), (), "pc")[0]
        assert {x.step for x in article.actions} == {Step.SELF, Step.IT}
        assert "ไม่ต้องโทรหาผู้ให้บริการ" in article.next.th


def test_a_closed_site_is_closed_whoever_asks():
    for scope in ("", *SCOPES):
        found = ARTICLES.for_round(Fault.SITE_HTTP, (Reason.MAINTENANCE_PAGE,), (), scope)
        assert found[0].id == "kb-43-announced-closure"


def test_the_reason_at_the_rung_counts_before_the_others():
    found = ARTICLES.for_round(Fault.DNS, (Reason.WRONG_ANSWER, Reason.NXDOMAIN))
    assert [x.id for x in found[:2]] == ["kb-20-led-elsewhere", "kb-19-name-not-found"]


def test_the_forty_four_causes_are_all_there():
    numbers = sorted({int(x.split("-")[1]) for x in ARTICLES})
    assert numbers == list(range(max(numbers) + 1))
    assert set(range(1, 45)) <= set(numbers)


@pytest.mark.parametrize("step", Step)
def test_every_step_is_taken_somewhere_and_has_a_name(step):
    assert any(action.step is step for x in ARTICLES.values() for action in x.actions)
    for language in LANGUAGES:
        assert words(language)[f"step.{step}"]


def test_contacts_say_where_they_are_from():
    for contact in ARTICLES.contacts.values():
        assert contact.source
        assert contact.confidence in ("high", "medium", "low")
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", contact.as_of)


def test_the_call_centres_number_stands_in_the_texts():
    number = ARTICLES.contacts["call_centre"].phone
    assert number in ARTICLES["kb-34-server-error"].actions[-1].th


# Files of a site's own

OWN = """\
id: {id}
faults: [gateway]
{more}track: NO_ACCESS
title: {{th: ก, en: a}}
symptom: {{th: ก, en: a}}
sign: {{th: ก, en: a}}
sentence: {{th: ประโยค, en: sentence}}
actions: [{{step: SELF, th: "โทร {{isp}}", en: "call {{isp}}"}}]
next: {{th: ก, en: a}}
"""


def own(folder, more="", name="our-router"):
    (folder / f"{name}.yaml").write_text(OWN.format(id=name, more=more), "utf-8")
    return folder


def test_a_sites_own_article_comes_first(tmp_path):
    found = load_articles(own(tmp_path)).for_round(Fault.GATEWAY)
    assert [x.id for x in found] == ["our-router", "kb-07-router-silent"]


def test_a_sites_own_article_replaces_the_one_of_its_id(tmp_path):
    found = load_articles(own(tmp_path, name="kb-07-router-silent"))
    assert found["kb-07-router-silent"].sentence.en == "sentence"
    assert len(found) == len(ARTICLES)


def test_a_sites_own_numbers_stand_in_every_article(tmp_path):
    (tmp_path / "contacts.yaml").write_text(
        'isp: {name: {th: เน็ตเรา, en: our net}, phone: "1234"}', "utf-8"
    )
    found = load_articles(own(tmp_path))
    assert found["our-router"].actions[0].th == "โทร เน็ตเรา โทร. 1234"
    assert "our net (tel. 1234)" in found["kb-22-line-dead"].actions[2].en


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("id: our-router", "id: other", "the file's name"),
        ("[gateway]", "[gatway]", "'gatway' is not known"),
        ("faults: [gateway]", "faults: gateway", "must be a list"),
        ("track: NO_ACCESS", "track: DEGRADED", "not of the track"),
        ("track: NO_ACCESS", "track: SOON", "none of NO_ACCESS"),
        ("en: sentence", "en: ''", "both languages"),
        ("step: SELF", "step: GOVERNOR", "step must be one of"),
        ("{isp}", "{nobody}", "no contact 'nobody'"),
        ("next: {", "text: {}\nnext: {", "'text' is not known"),
        ("title: {th: ก, en: a}", "title: ก", "must be a mapping"),
        ("faults: [gateway]", "reasons: [timeout]", "must be named"),
        ("title:", "id: again\ntitle:", "appears twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path, old, new, complaint):
    own(tmp_path)
    file = tmp_path / "our-router.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ArticleError, match=re.escape(complaint)) as caught:
        load_articles(tmp_path)
    assert caught.value.where == "our-router.yaml"


def test_more_than_five_actions_are_refused(tmp_path):
    row = '{step: SELF, th: "โทร {isp}", en: "call {isp}"}'
    own(tmp_path)
    file = tmp_path / "our-router.yaml"
    file.write_text(file.read_text("utf-8").replace(row, ", ".join([row] * 6)), "utf-8")
    with pytest.raises(ArticleError, match="one to 5"):
        load_articles(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArticleError):
        load_articles(tmp_path)


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path):
    with pytest.raises(ArticleError, match="no such folder"):
        load_articles(tmp_path / "mistyped")


def test_a_name_that_only_this_offices_server_does_not_know_is_its_servers_fault():
    """Not a mistyped address, as the same answer means where everybody gets it."""
    found = load_articles().for_round(Fault.DNS, [Reason.NXDOMAIN], [Also.RESOLVERS_DISAGREE])
    assert found[0].id == "kb-64-name-lost-here"
    assert load_articles().for_round(Fault.DNS, [Reason.NXDOMAIN])[0].id != "kb-64-name-lost-here"
