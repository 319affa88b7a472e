"""The uplink: what each answer means. No answer of any kind loses a round."""

import contextlib
import gzip
import json
from collections import Counter
from random import Random

import pytest

from laaswatch_agent.collector_client import Answer, NoAnswer
from laaswatch_agent.report.codec import MAX_DELIVERY, unpack_delivery, unseal
from laaswatch_agent.schedule import Pace
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.uplink import IDLE, MAX_WIRE, Contact, Uplink
from support.agents import BOOT, CIRCUMSTANCES, START, HandClock, a_round

PACE = Pace()


class Collector:
    """Plays a collector: keeps what it takes; `says` may answer in its place."""

    def __init__(self):
        self.held = {}
        self.requests = []
        self.echoes = []
        self.beacon = ""
        self.says = lambda delivery: None
        self.config = None

    def post(self, path, body, headers):
        assert path == "/v1/reports"
        self.echoes.append(headers.get("Laaswatch-Checkpoint"))
        assert len(body) <= MAX_WIRE
        raw = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        assert len(raw) <= MAX_DELIVERY
        delivery = unpack_delivery(raw)
        seqs = [unseal(line).seq for line in delivery.sealed]
        self.requests.append(seqs)
        said = self.says(delivery)
        if isinstance(said, Exception):
            raise said
        if said is not None:
            return said
        for seq, line in zip(seqs, delivery.sealed, strict=True):
            key = delivery.envelope.incarnation, seq
            if self.held.setdefault(key, line) != line:
                return Answer(409, {"error": "fork"})
        return Answer(
            200,
            {
                "acked": [[s, s] for s in seqs],
                "rejected": [],
                "beacon": self.beacon,
                "config_etag": "e1",
            },
        )

    def get(self, path):
        assert path == "/v1/config"
        return Answer(200, self.config) if self.config else Answer(404, {})


class Stage:
    """A spool, a collector and an uplink between them."""

    def __init__(self, folder, **more):
        self.spool = Spool(folder, Limits(ballast=0))
        self.collector = Collector()
        self.clock = HandClock()
        self.uplink = Uplink(
            self.spool, "agent-1", self.collector, self.clock, PACE, Random(1), **more
        )
        self.made = 0

    def report(self, count=1):
        for _ in range(count):
            self.spool.add_round(a_round(self.made), CIRCUMSTANCES)
            self.spool.seal(START + self.made)
            self.made += 1
        self.uplink.fresh()

    def settle(self, most=200):
        """Step, with time passing as asked, until nothing waits."""
        waited = 0.0
        for _ in range(most):
            wait = self.uplink.step()
            if not self.spool.counts().reports:
                return waited
            waited += wait
            self.clock.advance(wait)
        raise AssertionError("the queue did not drain")

    def rounds_held(self):
        return sorted(r.mono for line in self.collector.held.values() for r in unseal(line).rounds)

    def everything(self):
        return sorted(a_round(n).mono for n in range(self.made))


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path)
    with contextlib.closing(made.spool):
        yield made


def test_newest_first_then_the_backlog(stage):
    """The live view gets the latest report at once, in a small message; the rest follows in order."""
    stage.report(120)
    stage.settle()
    first, *rest = stage.collector.requests
    assert first[-1] == 120
    assert len(first) < 80
    assert [s for batch in rest for s in batch] == list(range(1, first[0]))
    assert stage.rounds_held() == stage.everything()


def test_nothing_to_send_asks_nothing(stage):
    """An empty spool makes no request."""
    assert stage.uplink.step() == IDLE
    assert stage.collector.requests == []


@pytest.mark.parametrize(
    ("answer", "outcome", "least", "most"),
    [
        (Answer(401, {"error": "bad_token"}), "unknown_agent", 900, 900),
        (Answer(403, {"error": "agent_suspended"}), "revoked", 3600, 3600),
        (Answer(426, {"error": "upgrade"}), "refused", 900, 900),
        (Answer(429, {"error": "busy"}, retry_after=40), "busy", 40, 50),
        (Answer(503, {"error": "busy"}, retry_after=7), "busy", 7, 9),
        (Answer(500, {}), "busy", 5, 5),
        (Answer(200, {}), "odd_answer", 5, 5),
        (Answer(200, {"acked": "all"}), "odd_answer", 5, 5),
        (Answer(200, {"acked": [[True, 9]]}), "odd_answer", 5, 5),
        (Answer(302, {}), "odd_answer", 5, 5),
        (Answer(403, {}), "odd_answer", 5, 5),
        (Answer(400, {}), "odd_answer", 5, 5),
        (NoAnswer("timeout", "silence"), "no_answer", 5, 5),
        (NoAnswer("certificate", "self-signed"), "no_answer", 5, 5),
    ],
)
def test_a_refusal_waits_and_loses_nothing(stage, answer, outcome, least, most):
    """Whatever comes instead of an acknowledgement: the reports stay, and go out later."""
    stage.report(5)
    stage.collector.says = lambda _: answer
    assert least <= stage.uplink.step() <= most
    assert stage.uplink.contact.outcome == outcome
    assert stage.spool.counts().reports == 5
    stage.collector.says = lambda _: None
    stage.clock.advance(4000)
    stage.uplink.fresh()
    stage.settle()
    assert stage.rounds_held() == stage.everything()
    assert stage.uplink.contact.outcome == "ok"


def test_back_off_grows_to_a_quarter_hour(stage):
    """Failures in a row wait longer and longer, never for ever."""
    stage.report()
    stage.collector.says = lambda _: Answer(503, {"error": "busy"})
    waits = [stage.uplink.step() for _ in range(40)]
    assert max(waits) <= 900
    assert max(waits) > 300
    assert min(waits) >= 5


def test_acks_of_what_was_not_sent_delete_nothing(stage):
    """Only numbers of this very request can be acknowledged by its answer."""
    stage.report(3)
    stage.uplink._most = 1
    stage.collector.says = lambda _: Answer(200, {"acked": [[1, 99]], "rejected": []})
    stage.uplink.step()
    assert [s.seq for s in stage.spool.pending(10**6)] == [1, 2]


@pytest.mark.parametrize("by_number", [True, False])
def test_one_bad_line_is_set_aside_and_the_rest_go(stage, by_number):
    """A report that the collector rejects by number or by line is kept aside and told as a gap."""
    stage.report(10)

    def says(delivery):
        seqs = [unseal(line).seq for line in delivery.sealed]
        if 4 not in seqs:
            return None
        bad = {"seq": 4 if by_number else None, "line": seqs.index(4), "reason": "odd"}
        return Answer(200, {"acked": [[s, s] for s in seqs if s != 4], "rejected": [bad]})

    stage.collector.says = says
    stage.settle()
    assert stage.spool.counts().quarantined == 1
    stage.report()
    newest = unseal(stage.spool.pending(10**6)[-1].line)
    assert [(g.rounds, g.why) for g in newest.gaps] == [(1, "refused")]


def test_a_poison_report_is_found_by_halving(stage):
    """400 for one of 64: the other 63 arrive, the poison is set aside, once."""
    stage.report(64)
    stage.collector.says = lambda delivery: (
        Answer(400, {"error": "malformed"})
        if any(unseal(line).seq == 13 for line in delivery.sealed)
        else None
    )
    stage.settle()
    assert len(stage.collector.held) == 63
    assert stage.spool.counts().quarantined == 1
    assert len(stage.collector.requests) < 30


@pytest.mark.parametrize(("by_line", "tries"), [(True, 2), (False, 12)])
def test_one_poison_report_of_500_blocks_nobody(stage, by_line, tries):
    """The other 499 arrive, each after few tries; the poison is kept aside and never sent again."""
    stage.report(500)

    def says(delivery):
        seqs = [unseal(line).seq for line in delivery.sealed]
        if 321 not in seqs:
            return None
        if not by_line:
            return Answer(400, {"error": "malformed"})
        bad = {"seq": None, "line": seqs.index(321), "reason": "odd"}
        for seq, line in zip(seqs, delivery.sealed, strict=True):
            if seq != 321:
                stage.collector.held[delivery.envelope.incarnation, seq] = line
        return Answer(200, {"acked": [[s, s] for s in seqs if s != 321], "rejected": [bad]})

    stage.collector.says = says
    stage.settle()
    assert len(stage.collector.held) == 499
    assert stage.spool.counts().quarantined == 1
    sent = Counter(seq for request in stage.collector.requests for seq in request)
    print(f"most tries of a good report: {max(n for seq, n in sent.items() if seq != 321)}")
    assert max(sent.values()) <= tries
    stage.report()
    stage.settle()
    assert Counter(s for r in stage.collector.requests for s in r)[321] == sent[321]


def test_an_uplink_that_never_sets_aside_is_caught(stage, monkeypatch):
    """The negative control: without the quarantine, the queue behind a poison report never drains."""
    monkeypatch.setattr(Spool, "quarantine", lambda *_: None)
    stage.report(50)
    stage.collector.says = lambda delivery: (
        Answer(400, {"error": "malformed"})
        if any(unseal(line).seq == 7 for line in delivery.sealed)
        else None
    )
    with pytest.raises(AssertionError, match="did not drain"):
        stage.settle()


def test_400_for_everything_sets_nothing_aside(stage):
    """Where no report passes, the fault is not the reports': they all wait for a better day."""
    stage.report(20)
    stage.collector.says = lambda _: Answer(400, {"error": "malformed"})
    waits = []
    for _ in range(60):
        waits.append(stage.uplink.step())
        stage.clock.advance(waits[-1])
    assert stage.spool.counts().quarantined == 0
    assert sum(waits) > 30 * len(waits)  # no hammering either
    stage.collector.says = lambda _: None
    stage.settle()
    assert stage.rounds_held() == stage.everything()


@pytest.mark.parametrize(
    "answer", [Answer(413, {"error": "too_large"}), NoAnswer("reset", "cut while sending")]
)
def test_too_much_at_once_is_halved(stage, answer):
    """A line or a proxy that takes only small messages gets small messages."""
    stage.report(64)
    stage.collector.says = lambda d: answer if len(d.sealed) > 5 else None
    stage.settle()
    assert stage.rounds_held() == stage.everything()


def test_415_sends_plain(stage):
    """A proxy that takes no compression gets none."""
    stage.report(2)
    bodies = []
    post = stage.collector.post

    def refuse_gzip(path, body, headers):
        bodies.append(headers.get("Content-Encoding"))
        if headers.get("Content-Encoding") == "gzip":
            return Answer(415, {"error": "encoding"})
        return post(path, body, headers)

    stage.collector.post = refuse_gzip
    stage.settle()
    assert bodies == ["gzip", None]
    assert stage.rounds_held() == stage.everything()


def test_a_restored_disk_goes_on_in_a_new_life(tmp_path):
    """Two histories of one PC: the fork is found, and the true rounds still arrive, once each."""
    stage = Stage(tmp_path)
    with contextlib.closing(stage.spool):
        stage.report(6)
        # The collector holds other reports under 4… of this life: those of before the restore.
        for seq in (4, 5, 6):
            stage.collector.held[stage.spool.incarnation, seq] = seal_of_another(seq)
        stage.settle()
        mine = [x for line in stage.collector.held.values() for x in unseal(line).rounds]
        ours = [x.mono for x in mine if x.fault.value == "none"]
        assert sorted(ours) == stage.everything()
        assert len({life for life, _ in stage.collector.held}) == 2


def seal_of_another(seq):
    from laaswatch_agent.report.codec import seal
    from laaswatch_agent.report.model import NO_HASH, Report
    from laaswatch_agent.report.vocabulary import Fault

    return seal(
        Report(
            seq=seq,
            previous=NO_HASH,
            boot=BOOT,
            made=START,
            cadence=30.0,
            rules="r",
            agent_version="0",
            rounds=(a_round(1000 + seq, Fault.DNS),),
        )
    )


def test_a_forked_agent_waits_for_a_person(stage):
    """Where the collector refuses everything as a fork, the agent neither hammers nor loses."""
    stage.report(8)
    stage.collector.says = lambda _: Answer(409, {"error": "fork"})
    waits = []
    for _ in range(40):
        waits.append(stage.uplink.step())
        stage.clock.advance(waits[-1])
    assert sum(waits) > 20_000
    assert stage.uplink.contact.outcome == "forked"
    stage.collector.says = lambda _: None
    stage.settle()
    assert stage.rounds_held() == stage.everything()


def test_a_long_absence_spreads_the_backlog(tmp_path):
    """After ten minutes without the collector the newest goes at once, the backlog within 5 minutes."""
    pauses = []
    for n in range(30):
        stage = Stage(tmp_path / str(n))
        stage.uplink._dice = Random(n)
        with contextlib.closing(stage.spool):
            stage.report(100)
            stage.collector.says = lambda _: NoAnswer("refused", "away")
            stage.uplink.step()
            stage.clock.advance(700)
            stage.collector.says = lambda _: None
            pauses.append(stage.uplink.step())
            assert stage.collector.requests[-1][-1] == 100
            assert stage.uplink.step() == pytest.approx(pauses[-1])  # asked early: still waits
            assert len(stage.collector.requests) == 2
    assert 0 <= min(pauses) < 60
    assert 240 < max(pauses) <= 300


def test_news_passes_a_spread_backlog(stage):
    """While the backlog waits its turn, a new report still goes at once."""
    stage.report(100)
    stage.collector.says = lambda _: NoAnswer("refused", "away")
    stage.uplink.step()
    stage.clock.advance(700)
    stage.collector.says = lambda _: None
    stage.uplink.step()
    stage.report()
    stage.uplink.step()
    assert stage.collector.requests[-1][-1] == 101


def test_new_settings_are_fetched_once(tmp_path):
    """A changed etag brings one GET; the service is told what it said."""
    told = []
    stage = Stage(tmp_path, on_config=told.append)
    with contextlib.closing(stage.spool):
        stage.collector.config = {"etag": "e1", "round_seconds": 60}
        stage.report(2)
        stage.settle()
        stage.report()
        stage.settle()
        stage.report()
        stage.settle()
    assert told == [{"etag": "e1", "round_seconds": 60}]


def test_a_beacon_is_sealed_in_remembered_and_sent_back(stage, tmp_path):
    """The newest one in reports, any one of the last with deliveries; also after a restart."""
    told = [f"{n}.{n:064x}" for n in range(1, 4)]
    for beacon in told:
        stage.collector.beacon = beacon
        stage.report()
        stage.settle()
    assert stage.uplink.beacon == told[-1]
    again = Uplink(stage.spool, "agent-1", stage.collector, stage.clock, PACE, Random(1))
    assert again.beacon == told[-1]
    for _ in range(30):
        stage.report()
        stage.settle()
    assert stage.collector.echoes[0] is None  # nothing had been told yet
    assert set(stage.collector.echoes[4:]) == set(told)


def test_a_strange_beacon_is_not_sealed_in(stage):
    """What comes in an answer never makes a report that the collector would refuse."""
    stage.report()
    stage.collector.says = lambda _: Answer(200, {"acked": [[1, 1]], "beacon": "ก\n" * 100})
    stage.uplink.step()
    assert stage.uplink.beacon == ""


def test_contact_survives_a_restart(stage):
    """The page can say when the collector last answered, also after a restart."""
    stage.report()
    stage.settle()
    kept = Contact.from_text(stage.spool.recall("contact"))
    assert kept == Contact("ok", stage.clock.wall, stage.clock.wall)
    assert Contact.from_text("nonsense") is None
    assert Contact.from_text(json.dumps(["ok"])) is None
