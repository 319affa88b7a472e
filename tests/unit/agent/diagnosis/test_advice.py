"""From a round to one sentence, one step, one code: the layer is named, and whose fault it is."""

import pytest

from laaswatch_agent.diagnosis.advice import advise, code_of, reasons_of
from laaswatch_agent.diagnosis.code import decode
from laaswatch_agent.diagnosis.history import History
from laaswatch_agent.diagnosis.verdict import judge
from laaswatch_agent.knowledge.articles import load_articles
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Also, Fault, Layer, Reason, Result

ARTICLES = load_articles()
OK, FAIL, SKIPPED = Result.OK, Result.FAIL, Result.SKIPPED
ROWS = {
    "link": (Layer.LINK, ""),
    "gateway": (Layer.GATEWAY, ""),
    "dns": (Layer.DNS, "login"),
    "one": (Layer.REFERENCE, "one"),
    "two": (Layer.REFERENCE, "two"),
    "tcp": (Layer.TCP, "login"),
    "tls": (Layer.TLS, "login"),
    "http": (Layer.HTTP, "login"),
}


def looked(**failing):
    """A round judged by the real rules: the named rows failed for these reasons (None: not tried)."""
    rows = []
    for name, (layer, target) in ROWS.items():
        if name not in failing:
            rows.append(LayerResult(layer, target, OK, ms=10.0))
            continue
        reason = failing[name]
        if reason is None or reason is Reason.NO_GATEWAY:
            rows.append(LayerResult(layer, target, SKIPPED, reason or Reason.EARLIER_LAYER_FAILED))
        else:
            detail = "issuer=0" if reason is Reason.CERTIFICATE_UNKNOWN_ISSUER else ""
            rows.append(LayerResult(layer, target, FAIL, reason, 10.0, detail))
    found = judge(rows, History())
    return ProbeRound(0, 0, found.fault, found.rule, tuple(rows), found.also)


DEAD = {
    "one": Reason.TIMEOUT,
    "two": Reason.TIMEOUT,
    "tcp": Reason.TIMEOUT,
    "tls": None,
    "http": None,
}
SITE = {"tls": None, "http": None}
LINK = dict.fromkeys(
    ("gateway", "dns", "one", "two", "tcp", "tls", "http"), Reason.NETWORK_UNREACHABLE
)
CASES = {
    Reason.NO_INTERFACE: (LINK | {"link": Reason.NO_INTERFACE}, "kb-01-no-link"),
    Reason.CABLE_OUT: (LINK | {"link": Reason.CABLE_OUT}, "kb-45-cable-out"),
    Reason.WIFI_OFF: (LINK | {"link": Reason.WIFI_OFF}, "kb-46-wifi-off"),
    Reason.NO_ADDRESS: (LINK | {"link": Reason.NO_ADDRESS}, "kb-03-no-address"),
    Reason.SELF_ASSIGNED_ADDRESS: (LINK | {"link": Reason.SELF_ASSIGNED_ADDRESS}, "kb-03-no-address"),
    Reason.NO_GATEWAY: (DEAD | {"gateway": Reason.NO_GATEWAY}, "kb-47-no-router-known"),
    Reason.HOST_UNREACHABLE: (DEAD | {"gateway": Reason.HOST_UNREACHABLE}, "kb-07-router-silent"),
    Reason.TIMEOUT: (DEAD, "kb-22-line-dead"),
    Reason.NETWORK_UNREACHABLE: (DEAD | {"tcp": Reason.NETWORK_UNREACHABLE}, "kb-22-line-dead"),
    Reason.NXDOMAIN: ({"dns": Reason.NXDOMAIN}, "kb-19-name-not-found"),
    Reason.NO_DATA: ({"dns": Reason.NO_DATA}, "kb-19-name-not-found"),
    Reason.SERVFAIL: ({"dns": Reason.SERVFAIL}, "kb-18-no-names"),
    Reason.RESOLVER_REFUSED: ({"dns": Reason.RESOLVER_REFUSED}, "kb-18-no-names"),
    Reason.RESOLVER_TIMEOUT: ({"dns": Reason.RESOLVER_TIMEOUT}, "kb-18-no-names"),
    Reason.RESOLVER_UNREACHABLE: ({"dns": Reason.RESOLVER_UNREACHABLE}, "kb-18-no-names"),
    Reason.WRONG_ANSWER: ({"dns": Reason.WRONG_ANSWER}, "kb-20-led-elsewhere"),
    Reason.REFUSED: (SITE | {"tcp": Reason.REFUSED}, "kb-56-site-silent"),
    Reason.RESET: (SITE | {"tcp": Reason.RESET}, "kb-56-site-silent"),
    Reason.BLOCKED_LOCALLY: (SITE | {"tcp": Reason.BLOCKED_LOCALLY}, "kb-49-blocked-on-this-pc"),
    Reason.CERTIFICATE_EXPIRED: ({"tls": Reason.CERTIFICATE_EXPIRED, "http": None}, "kb-40-certificate"),
    Reason.CERTIFICATE_NOT_YET_VALID: (
        {"tls": Reason.CERTIFICATE_NOT_YET_VALID, "http": None}, "kb-40-certificate"
    ),
    Reason.CERTIFICATE_WRONG_NAME: (
        {"tls": Reason.CERTIFICATE_WRONG_NAME, "http": None}, "kb-40-certificate"
    ),
    Reason.CERTIFICATE_SELF_SIGNED: (
        {"tls": Reason.CERTIFICATE_SELF_SIGNED, "http": None}, "kb-40-certificate"
    ),
    Reason.CERTIFICATE_UNKNOWN_ISSUER: (
        {"tls": Reason.CERTIFICATE_UNKNOWN_ISSUER, "http": None}, "kb-14-antivirus"
    ),
    Reason.TLS_VERSION: ({"tls": Reason.TLS_VERSION, "http": None}, "kb-60-secure-connection-cut"),
    Reason.TLS_CUT: ({"tls": Reason.TLS_CUT, "http": None}, "kb-60-secure-connection-cut"),
    Reason.TLS_OTHER: ({"tls": Reason.TLS_OTHER, "http": None}, "kb-60-secure-connection-cut"),
    Reason.NOT_TLS: ({"tls": Reason.NOT_TLS, "http": None}, "kb-60-secure-connection-cut"),
    Reason.NO_RESOURCES: (SITE | {"tcp": Reason.NO_RESOURCES}, "kb-67-pc-exhausted"),
    Reason.STATUS_SERVER_ERROR: ({"http": Reason.STATUS_SERVER_ERROR}, "kb-34-server-error"),
    Reason.STATUS_CLIENT_ERROR: ({"http": Reason.STATUS_CLIENT_ERROR}, "kb-57-page-refused"),
    Reason.REDIRECT_ELSEWHERE: ({"http": Reason.REDIRECT_ELSEWHERE}, "kb-59-wrong-page"),
    Reason.WRONG_CONTENT: ({"http": Reason.WRONG_CONTENT}, "kb-59-wrong-page"),
    Reason.NOT_HTTP: ({"http": Reason.NOT_HTTP}, "kb-59-wrong-page"),
    Reason.MAINTENANCE_PAGE: ({"http": Reason.MAINTENANCE_PAGE}, "kb-43-announced-closure"),
    Reason.PORTAL_PAGE: (
        {"http": Reason.PORTAL_PAGE, "one": Reason.PORTAL_PAGE, "two": Reason.PORTAL_PAGE},
        "kb-53-foreign-page",
    ),
    Reason.BODY_TIMEOUT: ({"http": Reason.BODY_TIMEOUT}, "kb-58-page-incomplete"),
    Reason.BODY_CUT: ({"http": Reason.BODY_CUT}, "kb-58-page-incomplete"),
    Reason.PROXY_REQUIRED: ({"http": Reason.PROXY_REQUIRED}, "kb-50-proxy-password"),
}  # fmt: skip
NEVER_A_FAILURE = {
    Reason.NONE,
    Reason.NOT_CONFIGURED,
    Reason.OUT_OF_BUDGET,
    Reason.NO_KNOWN_ADDRESS,
    Reason.EARLIER_LAYER_FAILED,
    Reason.NOT_PERMITTED,
    Reason.DEADLINE,
    Reason.UNKNOWN,
}


def test_every_reason_is_a_case_here_or_never_decides_a_round():
    assert set(CASES) | NEVER_A_FAILURE == set(Reason)
    assert not set(CASES) & NEVER_A_FAILURE


@pytest.mark.parametrize("reason", CASES, ids=str)
def test_each_reason_leads_to_its_article(reason):
    failing, article = CASES[reason]
    one = looked(**failing)
    found = advise(one, ARTICLES)
    assert found.article_id == article
    assert found.track == "NO_ACCESS"
    assert one.fault in ARTICLES[article].faults
    assert reason in reasons_of(one)
    assert found.next_step_th == ARTICLES[article].actions[0].th
    assert found.step == ARTICLES[article].actions[0].step


@pytest.mark.parametrize(
    ("failing", "thai"),
    [
        (LINK | {"link": Reason.CABLE_OUT}, "สายแลน"),
        (DEAD | {"gateway": Reason.TIMEOUT}, "เราเตอร์"),
        (DEAD, "สายอินเทอร์เน็ต"),
        ({"dns": Reason.RESOLVER_TIMEOUT}, "ตัวค้นหาชื่อเว็บ"),
        (SITE | {"tcp": Reason.TIMEOUT}, "เว็บระบบบัญชีไม่ตอบ"),
        ({"tls": Reason.CERTIFICATE_EXPIRED, "http": None}, "ใบรับรอง"),
        ({"http": Reason.STATUS_SERVER_ERROR}, "เว็บระบบบัญชีขัดข้องเอง"),
    ],
)
def test_the_sentence_names_the_layer(failing, thai):
    assert thai in advise(looked(**failing), ARTICLES).sentence_th


def test_it_says_plainly_when_the_fault_is_not_the_offices():
    one = looked(http=Reason.STATUS_SERVER_ERROR)
    alone, wide = advise(one, ARTICLES), advise(one, ARTICLES, scope="site")
    assert "เครื่องและอินเทอร์เน็ตของสำนักงานปกติ" in alone.sentence_th
    assert "ไม่ได้เกิดจากสำนักงานของท่าน" in wide.sentence_th
    assert wide.article_id == "kb-33-site-down"


def test_a_dead_line_says_nothing_about_the_site():
    for failing in (DEAD, LINK | {"link": Reason.CABLE_OUT}, DEAD | {"gateway": Reason.TIMEOUT}):
        assert "เว็บระบบบัญชี" not in advise(looked(**failing), ARTICLES).sentence_th


def test_all_is_well():
    found = advise(looked(), ARTICLES)
    assert (found.article_id, found.track, found.step) == ("kb-00-up", "", "SELF")
    assert decode(found.code).results == dict.fromkeys(Layer, OK)


def test_a_wrong_clock_is_told_even_while_the_site_works():
    one = ProbeRound(0, 0, Fault.NONE, "none", looked().layers, (Also.CLOCK_OFF,))
    assert advise(one, ARTICLES).article_id == "kb-48-clock-drifts"


@pytest.mark.parametrize("fault", [Fault.SLOW, Fault.LOSSY])
def test_slow_is_the_other_track(fault):
    found = advise(ProbeRound(0, 0, fault, "x", looked().layers), ARTICLES)
    assert found.track == "DEGRADED"


def test_without_a_round_nothing_is_claimed():
    found = advise(None, ARTICLES)
    assert (found.article_id, found.track, found.code) == ("kb-00-unknown", "", "")


def test_the_code_holds_the_ladder_that_was_seen():
    found = decode(code_of(looked(dns=Reason.RESOLVER_TIMEOUT)))
    assert found.fault is Fault.DNS
    assert found.reason is Reason.RESOLVER_TIMEOUT
    assert found.results[Layer.DNS] is FAIL
    assert found.results[Layer.TCP] is OK


def test_other_roles_and_the_second_resolver_do_not_speak():
    rows = (
        *looked(dns=Reason.RESOLVER_TIMEOUT).layers,
        LayerResult(Layer.DNS, "second_resolver", FAIL, Reason.NXDOMAIN),
        LayerResult(Layer.HTTP, "kb", FAIL, Reason.MAINTENANCE_PAGE),
    )
    one = ProbeRound(0, 0, Fault.DNS, "dns.resolver", rows)
    assert reasons_of(one) == (Reason.RESOLVER_TIMEOUT,)
    assert advise(one, ARTICLES).article_id == "kb-18-no-names"
