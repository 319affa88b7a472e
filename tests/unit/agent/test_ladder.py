"""A whole round against servers on loopback, one fault after the other."""

import json
import socket
import threading
from dataclasses import replace

import pytest

from laaswatch_agent import ladder, surroundings, target_look
from laaswatch_agent.config import Address, AgentConfig, Endpoint, Reference, Target
from laaswatch_agent.diagnosis.history import AddressBook, History
from laaswatch_agent.ladder import run_round
from laaswatch_agent.probes import dns, gateway, site, tcp
from laaswatch_agent.probes.dns import Lookup
from laaswatch_agent.report.codec import pack_round, unpack_round
from laaswatch_agent.report.model import LayerResult, ProbeRound
from laaswatch_agent.report.vocabulary import Also, Depth, Fault, Layer, Reason, Result, Role
from laaswatch_agent.target_look import TargetLook
from support.loopback import (
    HOST,
    Authority,
    free_port,
    page,
    resolver,
    says,
    server,
    silent_port,
)

SITE = "www.site.test"
NO_CONTENT = page(b"", "204 No Content")
PORTAL = page(b"", "302 Found", ["Location: http://portal.provider.test/"])


class StillClock:
    """A clock that stands at 1 January 2030, 00:00 UTC."""

    def wall_ms(self):
        return 1_893_456_000_000

    def mono_ms(self):
        return 77_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "Antivirus Ltd")


class Stage:
    """A site, a reference and a resolver, and the settings that lead to them."""

    def __init__(self, authority, stack):
        self.authority = authority
        self.stack = stack
        self.history = History()
        self.resolver = stack.enter_context(resolver({SITE: [HOST]}))
        self.config = AgentConfig(
            targets=(),
            references=(),
            resolver=self.resolver.address,
            ca_file=authority.file,
            layer_timeout=2.0,
            round_deadline=3.0,
        )
        self.reference(says(NO_CONTENT))
        self.site(says(page()))

    def site(self, behave, context=None, **fields):
        context = context or self.authority.issue(SITE)
        port = self.stack.enter_context(server(behave, context))
        self.at(Endpoint("https", SITE, port, "/login"), **fields)

    def at(self, endpoint, role=Role.LOGIN, **fields):
        address = Address(endpoint, markers=("the-marker",), **fields)
        others = tuple(t for t in self.config.targets if t.role is not role)
        self.config = replace(self.config, targets=(*others, Target(role, (address,))))

    def reference(self, behave):
        port = self.stack.enter_context(server(behave))
        self.refer(Endpoint("http", HOST, port, "/generate_204"))

    def refer(self, endpoint):
        self.config = replace(self.config, references=(Reference("one", endpoint),))

    def look(self, deadline=None, depth=Depth.FULL):
        return run_round(self.config, self.history, StillClock(), deadline, depth)


@pytest.fixture
def stage(authority, monkeypatch):
    import contextlib

    monkeypatch.setattr(dns, "RESENDS", (0.2, 0.2))
    with contextlib.ExitStack() as stack:
        yield Stage(authority, stack)


def of(one, layer, target="login"):
    row = one.of(layer, target)
    assert row is not None, (layer, target)
    return row


def test_all_is_well(stage):
    one = stage.look()
    assert (one.fault, one.rule) == (Fault.NONE, "none")
    assert (one.at, one.mono) == (1_893_456_000_000, 77_000)
    results = [(x.layer, x.target, x.result) for x in one.layers]
    assert results == [
        (Layer.LINK, "", Result.SKIPPED),
        (Layer.GATEWAY, "", Result.SKIPPED),
        (Layer.DNS, "login", Result.OK),
        (Layer.REFERENCE, "one", Result.OK),
        (Layer.TCP, "login", Result.OK),
        (Layer.TLS, "login", Result.OK),
        (Layer.HTTP, "login", Result.OK),
    ]
    assert stage.history.addresses.of(SITE) == (HOST,)
    assert unpack_round(pack_round(one)) == one


@pytest.mark.parametrize(
    ("answer", "rule", "reason"),
    [
        (page(b"", "503 No"), "site_http.error", Reason.STATUS_SERVER_ERROR),
        (page(b"other"), "site_http.content", Reason.WRONG_CONTENT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "site_http.stalled", Reason.BODY_CUT),
    ],
)
def test_a_site_that_answers_wrongly(stage, answer, rule, reason):
    stage.site(says(answer))
    one = stage.look()
    assert one.rule == rule
    assert of(one, Layer.HTTP).reason is reason


@pytest.mark.parametrize(
    ("make", "rule", "reason"),
    [
        (lambda a, _: a.issue(SITE, start=-9, end=-1), "pc_clock", Reason.CERTIFICATE_EXPIRED),
        (lambda a, _: a.issue("x.test"), "site_tls", Reason.CERTIFICATE_WRONG_NAME),
        (lambda a, _: a.issue(SITE, own=True), "site_tls", Reason.CERTIFICATE_SELF_SIGNED),
        (lambda _, s: s.issue(SITE), "interception", Reason.CERTIFICATE_UNKNOWN_ISSUER),
    ],
    ids=["clock", "name", "self-signed", "stranger"],
)
def test_certificates(stage, stranger, make, rule, reason):
    # The server says that it is 2026; the clock of this PC stands in 2030.
    dated = page(headers=["Date: Mon, 23 Nov 2026 03:00:00 GMT"])
    stage.site(says(dated), make(stage.authority, stranger))
    one = stage.look()
    assert one.rule == rule
    assert of(one, Layer.TLS).reason is reason
    assert of(one, Layer.HTTP).result is Result.SKIPPED


def test_an_expired_certificate_by_a_clock_that_is_right(stage):
    right = page(headers=["Date: Tue, 01 Jan 2030 00:00:02 GMT"])
    stage.site(says(right), stage.authority.issue(SITE, start=-9, end=-1))
    assert stage.look().rule == "site_tls"


def test_an_authority_of_the_owner_that_this_pc_does_not_know(stage, stranger):
    stage.site(says(page()), stranger.issue(SITE), issuers=("antivirus ltd",))
    one = stage.look()
    assert one.rule == "site_tls"
    assert "issuer=1" in of(one, Layer.TLS).detail


def test_a_portal_in_between(stage):
    stage.site(says(PORTAL))
    stage.reference(says(PORTAL))
    one = stage.look()
    assert one.fault is Fault.CAPTIVE_PORTAL
    assert of(one, Layer.REFERENCE, "one").reason is Reason.PORTAL_PAGE


def test_a_closed_port(stage):
    stage.at(Endpoint("https", SITE, free_port(), "/"))
    one = stage.look()
    assert one.rule == "site_tcp.refused"


def test_a_name_that_is_gone_while_the_site_stands(stage):
    stage.look()
    stage.resolver.names.clear()
    one = stage.look()
    assert one.rule == "dns.not_found"
    assert of(one, Layer.TCP).detail == "known"
    assert of(one, Layer.TCP).result is Result.OK
    assert of(one, Layer.HTTP).reason is Reason.EARLIER_LAYER_FAILED


def test_a_name_that_was_never_known(stage):
    stage.resolver.names.clear()
    one = stage.look()
    assert one.rule == "dns.not_found"
    assert of(one, Layer.TCP).reason is Reason.NO_KNOWN_ADDRESS


@pytest.mark.parametrize(
    ("mood", "reason"),
    [({"code": 2}, Reason.SERVFAIL), ({"silent": True}, Reason.RESOLVER_TIMEOUT)],
)
def test_a_resolver_that_fails(stage, mood, reason):
    for name, value in mood.items():
        setattr(stage.resolver, name, value)
    stage.resolver.names.clear()
    one = stage.look()
    assert one.rule == "dns.resolver"
    assert of(one, Layer.DNS).reason is reason


def test_a_resolver_that_leads_elsewhere(stage):
    site_port = stage.config.targets[0].addresses[0].endpoint.port
    true = stage.stack.enter_context(resolver({SITE: [HOST]}))
    stage.config = replace(stage.config, second_resolver=true.address)
    stage.resolver.names[SITE] = ["127.0.0.66"]  # nobody listens there
    one = stage.look()
    assert site_port
    assert one.rule == "dns.wrong_answer"
    assert one.also == (Also.RESOLVERS_DISAGREE,)
    assert of(one, Layer.DNS, "second_resolver").detail == "differs"


def test_two_resolvers_that_disagree_while_the_site_is_down_for_both(stage):
    true = stage.stack.enter_context(resolver({SITE: ["127.0.0.67"]}))
    stage.config = replace(stage.config, second_resolver=true.address)
    stage.site(says(page(b"", "503 No")))
    assert stage.look().rule == "site_http.error"


def test_nothing_outside_answers(stage):
    closed = free_port()
    stage.at(Endpoint("https", SITE, closed, "/"), known_addresses=(HOST,))
    stage.refer(Endpoint("tcp", HOST, closed))
    assert stage.look().rule == "uplink"


def test_without_references_it_does_not_guess(stage):
    stage.at(Endpoint("https", SITE, free_port(), "/"))
    stage.config = replace(stage.config, references=())
    one = stage.look()
    assert one.rule == "beyond_gateway"
    assert of(one, Layer.REFERENCE, "").reason is Reason.NOT_CONFIGURED


def test_a_second_try_that_works(stage):
    tries = []

    def behave(conversation):
        tries.append(1)
        says(page(b"", "503 No") if len(tries) == 1 else page())(conversation)

    stage.site(behave)
    one = stage.look()
    assert one.fault is Fault.NONE
    assert of(one, Layer.HTTP).detail == "200 try=2"


def test_a_redirect_of_the_same_host_is_followed_once(stage):
    visits = []

    def behave(conversation):
        visits.append(1)
        away = page(b"", "302 Found", ["Location: /welcome"])
        says(away if len(visits) == 1 else page())(conversation)

    stage.site(behave)
    assert stage.look().fault is Fault.NONE
    assert len(visits) == 2


def test_a_site_without_tls(stage):
    port = stage.stack.enter_context(server(says(page())))
    stage.at(Endpoint("http", HOST, port, "/"))
    one = stage.look()
    assert one.fault is Fault.NONE
    assert of(one, Layer.DNS).reason is Reason.NOT_CONFIGURED
    assert of(one, Layer.TLS).reason is Reason.NOT_CONFIGURED


def test_references_by_certificate_and_by_connection(stage):
    stage.resolver.names["ref.test"] = [HOST]
    port = stage.stack.enter_context(server(says(b""), stage.authority.issue("ref.test")))
    for scheme in ("tls", "tcp"):
        stage.refer(Endpoint(scheme, "ref.test", port))
        assert of(stage.look(), Layer.REFERENCE, "one").result is Result.OK
    old = stage.authority.issue("ref.test", start=-9, end=-1)
    port = stage.stack.enter_context(server(says(b""), old))
    stage.refer(Endpoint("tls", "ref.test", port))
    assert of(stage.look(), Layer.REFERENCE, "one").detail == "dates"


def test_a_reference_whose_name_nobody_knows_is_not_tried(stage):
    stage.refer(Endpoint("tcp", "nobody.test", 1))
    assert of(stage.look(), Layer.REFERENCE, "one").reason is Reason.NO_KNOWN_ADDRESS


def test_another_page_of_the_site(stage):
    port = stage.stack.enter_context(server(says(page(b"the-marker"))))
    stage.at(Endpoint("http", HOST, port, "/"), role=Role.KB)
    stage.site(says(page(b"", "500 No")))
    one = stage.look()
    assert one.fault is Fault.SITE_HTTP
    assert one.also == (Also.LOGIN_ONLY,)


def test_a_network_of_this_pc_alone_has_no_cable_and_no_router(stage, monkeypatch):
    asked = []
    monkeypatch.setattr(gateway, "default_gateway", lambda: asked.append(1))
    one = stage.look()
    assert not asked
    assert of(one, Layer.LINK, "").reason is Reason.NOT_CONFIGURED
    assert of(one, Layer.GATEWAY, "").reason is Reason.NOT_CONFIGURED


def test_when_every_packet_is_dropped_the_round_ends_in_time(stage):
    port = stage.stack.enter_context(silent_port())
    stage.at(Endpoint("https", SITE, port, "/"), known_addresses=(HOST,))
    stage.refer(Endpoint("tls", HOST, port))
    stage.resolver.silent = True
    stage.resolver.names.clear()
    import time

    started = time.monotonic()
    one = stage.look(deadline=1.2)
    assert time.monotonic() - started < 2.2
    assert one.fault is Fault.UPLINK
    assert of(one, Layer.TCP).reason is Reason.TIMEOUT


def test_a_slow_resolver_does_not_hide_the_site(stage, monkeypatch):
    monkeypatch.setattr(target_look, "NAME_PATIENCE", 0.05)
    answered = threading.Event()
    real = dns.look_up

    def slow(name, server_, deadline):
        answered.wait(0.4)
        return real(name, server_, deadline)

    monkeypatch.setattr(dns, "look_up", slow)
    stage.history = replace(stage.history, addresses=AddressBook({SITE: (HOST,)}))
    one = stage.look()
    assert one.fault is Fault.NONE
    assert of(one, Layer.TCP).detail == ""


def test_a_mistake_of_ours_is_not_taken_for_the_networks(stage, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(dns, "look_up", broken)
    with pytest.raises(ZeroDivisionError):
        stage.look()


@pytest.mark.parametrize("wall", [0, -(2**47), 2**47, 253_402_300_800_000])
def test_any_clock_can_be_lived_with(stage, monkeypatch, wall):
    monkeypatch.setattr(StillClock, "wall_ms", lambda _: wall)
    assert stage.look().fault is Fault.NONE


def test_no_address_and_no_name_leaves_the_pc(stage):
    stage.look()
    text = pack_round(stage.look()).decode()
    assert HOST not in text
    assert SITE not in text
    assert HOST in json.dumps(stage.history.to_dict())


def test_lies_of_a_resolver_about_a_public_name(stage):
    look = TargetLook.__new__(TargetLook)
    look.host = "www.laas.go.th"
    assert look.lies(("0.0.0.0",), ())
    assert not look.lies(("10.9.9.9",), ())
    assert look.lies(("10.9.9.9",), ("203.0.114.9",))
    assert not look.lies(("203.0.114.9",), ("203.0.114.9", "203.0.114.8"))


def test_resolvers_disagree_only_when_both_spoke():
    one, other = Lookup(("192.0.2.1",), Reason.NONE, 1.0), Lookup(("192.0.2.2",), Reason.NONE, 1.0)
    silent = Lookup((), Reason.RESOLVER_TIMEOUT, 1.0)
    denied = Lookup((), Reason.NXDOMAIN, 1.0)
    assert ladder._disagree(one, other)
    assert ladder._disagree(one, denied)
    assert not ladder._disagree(one, one)
    assert not ladder._disagree(one, silent)
    assert not ladder._disagree(one, replace(silent, reason=Reason.SERVFAIL))
    assert not ladder._disagree(denied, denied)
    assert not ladder._disagree(one, None)


class TestGateway:
    """The router: any answer is life."""

    @pytest.fixture(autouse=True)
    def mute(self, monkeypatch):
        monkeypatch.setattr(gateway, "ping", lambda *_, **__: None)
        monkeypatch.setattr(gateway, "default_gateway", lambda: HOST)
        monkeypatch.setattr(gateway, "PORTS", (free_port(),))

    def knock(self, hurry=True):
        event = threading.Event()
        if hurry:
            event.set()
        return gateway.look(ladder.Deadline(1.0), event)

    def test_an_echo(self, monkeypatch):
        monkeypatch.setattr(gateway, "ping", lambda *_, **__: 1.5)
        assert (self.knock().result, self.knock().ms) == (Result.OK, 1.5)

    def test_a_refusal_is_life(self):
        assert (self.knock().result, self.knock().detail) == (Result.OK, "tcp")

    @pytest.mark.parametrize(
        ("resolves", "may_ping", "result", "reason"),
        [
            (True, True, Result.OK, Reason.NONE),
            (False, True, Result.FAIL, Reason.TIMEOUT),
            (None, True, Result.FAIL, Reason.TIMEOUT),
            (None, False, Result.SKIPPED, Reason.NOT_PERMITTED),
            (False, False, Result.FAIL, Reason.TIMEOUT),
        ],
    )
    def test_silence(self, monkeypatch, resolves, may_ping, result, reason):
        def silent(*_, **__):
            raise TimeoutError

        monkeypatch.setattr(socket, "create_connection", silent)
        monkeypatch.setattr(gateway, "resolves", lambda _: resolves)
        monkeypatch.setattr(gateway, "may_ping", lambda: may_ping)
        row = self.knock()
        assert (row.result, row.reason) == (result, reason)

    def test_a_neighbour_that_the_system_is_about_to_forget(self, monkeypatch):
        def silent(*_, **__):
            raise TimeoutError

        asked = []
        monkeypatch.setattr(socket, "create_connection", silent)
        monkeypatch.setattr(gateway, "resolves", lambda _: asked.append(1) or len(asked) < 2)
        assert self.knock(hurry=False).result is Result.FAIL

    def test_no_router_at_all(self, monkeypatch):
        monkeypatch.setattr(gateway, "default_gateway", lambda: None)
        assert self.knock().reason is Reason.NO_GATEWAY


class TestLargePackets:
    """A way that swallows large packets without a word: shown by asking for small ones."""

    def stalls_if(self, stage, large):
        """A site that says nothing to those for whom `large(segment bytes)`."""
        done = threading.Event()
        seen = []

        def behave(conversation):
            segment = conversation.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
            seen.append(segment)
            if large(segment, len(seen)):
                done.wait(5)
            else:
                says(page())(conversation)

        stage.stack.callback(done.set)
        port = stage.stack.enter_context(server(behave))
        stage.at(Endpoint("http", HOST, port, "/"))
        stage.config = replace(stage.config, layer_timeout=0.5)
        return seen

    def test_a_black_hole(self, stage):
        seen = self.stalls_if(stage, lambda segment, _: segment > 1000)
        one = stage.look()
        assert one.rule == "site_http.stalled"
        assert one.also == (Also.PATH_MTU,)
        assert of(one, Layer.HTTP).detail == "mtu"
        assert [segment > 1000 for segment in seen] == [True, False, True]

    def test_bad_luck_is_no_black_hole(self, stage):
        self.stalls_if(stage, lambda _, count: count == 1)
        one = stage.look()
        assert (one.fault, one.also) == (Fault.NONE, ())
        assert of(one, Layer.HTTP).detail == "200 try=2"

    def test_a_site_that_stalls_whatever_the_size_is_no_black_hole(self, stage):
        seen = self.stalls_if(stage, lambda *_: True)
        one = stage.look()
        assert (one.rule, one.also) == ("site_http.stalled", ())
        assert len(seen) == 2

    def test_a_system_that_sets_no_segment_size_takes_a_small_window(self):
        asked = []

        class Fresh:
            def setsockopt(self, level, option, value):
                if option == socket.TCP_MAXSEG:
                    raise OSError(10042, "WSAENOPROTOOPT")
                asked.append((level, option, value))

        tcp.ask_for_small_packets(Fresh())
        assert asked == [(socket.SOL_SOCKET, socket.SO_RCVBUF, tcp.SMALL_WINDOW)]


class TestDataChannel:
    """The page comes; its WebSocket may not."""

    def channel(self, stage, behave):
        port = stage.stack.enter_context(server(behave))
        stage.site(says(page()), websocket=Endpoint("ws", SITE, port, "/live"))

    def test_refused(self, stage):
        self.channel(stage, says(page(b"", "403 Forbidden")))
        one = stage.look()
        assert (one.fault, one.also) == (Fault.NONE, (Also.WEBSOCKET_REFUSED,))
        assert of(one, Layer.HTTP, "websocket").reason is Reason.STATUS_CLIENT_ERROR
        assert unpack_round(pack_round(one)) == one

    def test_open_at_the_second_try(self, stage):
        tries = []

        def behave(conversation):
            tries.append(1)
            says(page(b"", "503 No" if len(tries) == 1 else "401 Who"))(conversation)

        self.channel(stage, behave)
        one = stage.look()
        assert one.also == ()
        assert of(one, Layer.HTTP, "websocket").result is Result.OK

    def test_on_a_host_of_its_own_whose_name_is_missing(self, stage):
        stage.site(says(page()), websocket=Endpoint("ws", "live.site.test", 80, "/"))
        one = stage.look()
        assert of(one, Layer.HTTP, "websocket").reason is Reason.NO_KNOWN_ADDRESS
        assert one.also == ()

    def test_not_tried_while_the_page_is_missing(self, stage):
        stage.site(says(page(b"", "503 No")), websocket=Endpoint("ws", SITE, 1, "/"))
        assert stage.look().of(Layer.HTTP, "websocket") is None


class TestOnceMore:
    """Each layer that fails is tried once more in the same round; no first packet decides anything."""

    def test_a_name(self, stage, monkeypatch):
        real = dns.look_up
        tries = []

        def look_up(name, server_, deadline):
            tries.append(name)
            if len(tries) == 1:
                return Lookup((), Reason.RESOLVER_TIMEOUT, 5.0)
            return real(name, server_, deadline)

        monkeypatch.setattr(dns, "look_up", look_up)
        assert stage.look().fault is Fault.NONE
        assert tries == [SITE, SITE]

    def test_a_handshake(self, stage):
        tries = []
        context = stage.authority.issue(SITE)

        def behave(conversation):
            tries.append(1)
            if len(tries) > 1:
                with context.wrap_socket(conversation, server_side=True) as secured:
                    says(page())(secured)

        port = stage.stack.enter_context(server(behave))
        stage.at(Endpoint("https", SITE, port, "/"))
        one = stage.look()
        assert one.fault is Fault.NONE
        assert of(one, Layer.TLS).detail == "try=2"
        assert len(tries) == 2

    def test_a_reference(self, stage):
        tries = []

        def behave(conversation):
            tries.append(1)
            says(page(b"", "500 No") if len(tries) == 1 else NO_CONTENT)(conversation)

        stage.reference(behave)
        row = of(stage.look(), Layer.REFERENCE, "one")
        assert (row.result, row.detail) == (Result.OK, "204 try=2")

    def test_a_connection(self, stage, monkeypatch):
        real = site.connect
        tries = []

        def connect(*asked, **how):
            tries.append(1)
            if len(tries) == 1:
                return tcp.Connection(None, HOST, Reason.TIMEOUT, 5.0)
            return real(*asked, **how)

        monkeypatch.setattr(site, "connect", connect)
        one = stage.look()
        assert one.fault is Fault.NONE
        assert of(one, Layer.TCP).detail == "try=2"

    def test_a_first_packet_that_came_late(self, stage, monkeypatch):
        real = site.connect
        monkeypatch.setattr(site, "connect", lambda *a, **k: replace(real(*a, **k), ms=3020.0))
        one = stage.look()
        row = of(one, Layer.TCP)
        assert one.fault is Fault.NONE
        assert (row.detail, row.ms < 3000) == ("try=2", True)

    def test_a_way_that_is_late_every_time_is_slow(self, stage, monkeypatch):
        real = site.connect

        def late(*asked, **how):
            return replace(real(*asked, **how), ms=3020.0)

        monkeypatch.setattr(site, "connect", late)
        monkeypatch.setattr(target_look, "connect", late)
        one = stage.look()
        assert (one.fault, one.rule) == (Fault.SLOW, "slow")

    def test_not_more_often_than_twice(self, stage):
        tries = []

        def behave(conversation):
            tries.append(1)
            says(page(b"", "503 No"))(conversation)

        stage.site(behave)
        assert stage.look().fault is Fault.SITE_HTTP
        assert len(tries) == 2


def test_two_references_signed_by_the_same_stranger_are_one_stranger(stage, stranger):
    ports = [
        stage.stack.enter_context(server(says(b""), stranger.issue(name)))
        for name in ("a.test", "b.test")
    ]
    stage.resolver.names.update({"a.test": [HOST], "b.test": [HOST]})
    stage.at(Endpoint("https", SITE, free_port(), "/"))
    references = tuple(
        Reference(name, Endpoint("tls", name, port))
        for name, port in zip(("a.test", "b.test"), ports, strict=True)
    )
    stage.config = replace(stage.config, references=references)
    one = stage.look()
    assert one.rule == "interception.references"
    details = {of(one, Layer.REFERENCE, r.name).detail for r in references}
    assert len(details) == 1
    assert details.pop().startswith("signer=")
    stage.config = replace(stage.config, references=references[:1])
    assert stage.look().rule == "beyond_gateway"


class Guests:
    """Counts who came to a server, and what they said."""

    def __init__(self, answer):
        self.answer = answer
        self.came = 0

    def __call__(self, stream):
        self.came += 1
        self.answer(stream)


@pytest.mark.parametrize(
    ("depth", "touched", "tcp"),
    [
        (Depth.LOCAL, 0, Reason.OUT_OF_BUDGET),
        (Depth.CONNECT, 0, Reason.NONE),
        (Depth.FULL, 1, Reason.NONE),
    ],
)
def test_a_round_goes_no_further_than_it_may(stage, depth, touched, tcp):
    """Not a byte is asked of a page that is to be spared; the line is looked at all the same."""
    guests = Guests(says(page()))
    stage.site(guests)
    one = stage.look(depth=depth)
    assert guests.came == touched
    assert of(one, Layer.TCP).reason is tcp
    assert of(one, Layer.DNS).result is Result.OK
    assert of(one, Layer.REFERENCE, "one").result is Result.OK
    spared = depth is not Depth.FULL
    assert (of(one, Layer.HTTP).reason is Reason.OUT_OF_BUDGET) == spared
    assert (one.fault, one.rule) == (Fault.NONE, "none.line" if spared else "none")
    assert unpack_round(pack_round(one)) == one


def test_a_spared_round_touches_no_other_part_of_the_site_and_no_reference_at_home(stage):
    guests, at_home = Guests(says(page())), Guests(says(NO_CONTENT))
    port = stage.stack.enter_context(server(guests))
    stage.at(Endpoint("http", HOST, port, "/"), role=Role.APP)
    door = Endpoint("http", HOST, stage.stack.enter_context(server(at_home)), "/generate_204")
    home = Reference("home", door, domestic=True)
    stage.config = replace(stage.config, references=(*stage.config.references, home))
    one = stage.look(depth=Depth.CONNECT)
    assert (guests.came, at_home.came) == (0, 0)
    for layer in (Layer.DNS, Layer.TCP, Layer.TLS, Layer.HTTP):
        assert of(one, layer, "app").reason is Reason.OUT_OF_BUDGET
    assert of(one, Layer.REFERENCE, "home").reason is Reason.OUT_OF_BUDGET
    assert one.rule == "none.line"


def test_a_connection_that_fails_is_a_fault_without_the_page(stage):
    """What the depth allows is judged as ever: a dead port, a name that is not there."""
    stage.at(Endpoint("https", SITE, free_port(), "/"))
    one = stage.look(depth=Depth.CONNECT)
    assert (one.fault, one.rule) == (Fault.SITE_TCP, "site_tcp.refused")
    assert stage.look(depth=Depth.LOCAL).rule == "none.line"
    stage.at(Endpoint("https", "nowhere.test", 443, "/"))
    assert stage.look(depth=Depth.LOCAL).fault is Fault.DNS


def test_a_dead_line_without_a_word_of_the_site_is_no_verdict_yet(stage):
    """The next round may touch the site, and then knows."""
    stage.refer(Endpoint("http", HOST, free_port(), "/generate_204"))
    assert stage.look(depth=Depth.LOCAL).fault is Fault.UNKNOWN


class TestFallenSilent:
    """The system still remembers the router; whether that is life depends on what it usually says."""

    def look(self, stage, monkeypatch, usual):
        row = LayerResult(Layer.GATEWAY, "", Result.OK, Reason.NONE, 1.0, usual)
        rows = (row, LayerResult(Layer.REFERENCE, "one", Result.OK))
        for n in range(20):
            stage.history = stage.history.with_round(ProbeRound(n, n, Fault.NONE, "none", rows))
        monkeypatch.setattr(surroundings.Surroundings, "stays_inside", lambda _: False)
        arp = replace(row, ms=None, detail="arp")
        monkeypatch.setattr(gateway, "look", lambda *_: arp)
        return stage.look()

    def cut(self, stage):
        closed = free_port()
        stage.at(Endpoint("https", SITE, closed, "/"))
        stage.refer(Endpoint("tcp", HOST, closed))

    @pytest.mark.parametrize(
        ("usual", "fault", "result"),
        [("ping", Fault.GATEWAY, Result.FAIL), ("arp", Fault.UPLINK, Result.OK)],
    )
    def test_while_nothing_outside_answers(self, stage, monkeypatch, usual, fault, result):
        self.cut(stage)
        one = self.look(stage, monkeypatch, usual)
        if of(one, Layer.LINK, "").result is Result.FAIL:
            pytest.skip("this machine has no network of its own")
        assert (one.fault, of(one, Layer.GATEWAY, "").result) == (fault, result)

    def test_not_while_the_page_comes(self, stage, monkeypatch):
        one = self.look(stage, monkeypatch, "ping")
        assert one.fault is Fault.NONE
        assert of(one, Layer.GATEWAY, "").result is Result.OK
