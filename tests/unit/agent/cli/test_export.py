"""`export`: what could not be sent, in a file that the collector's own reader takes."""

import contextlib
import gzip

from laaswatch_agent import identity
from laaswatch_agent.cli.export import ROOM, SEPARATOR, batches
from laaswatch_agent.cli.main import main
from laaswatch_agent.report.codec import unpack_delivery, unseal
from laaswatch_agent.spool import Limits, Spool
from laaswatch_agent.spool_tables import Sealed
from support.agents import CIRCUMSTANCES, START, a_round


def enrolled(folder):
    mine = identity.prepare(folder, "http://127.0.0.1:9", "", "0" * 25)
    identity.adopt(folder, mine.accepted({"agent": "agent-1", "office": {}}))


def export(folder):
    code = main(["export", "--state-dir", str(folder), str(folder / "out.gz")])
    path = folder / "out.gz"
    return code, gzip.decompress(path.read_bytes()) if path.exists() else b""


def test_unsent_reports_in_a_file(tmp_path):
    """Each part is a request body; without a running agent the last rounds are sealed too."""
    enrolled(tmp_path)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        for n in range(4):
            spool.add_round(a_round(n), CIRCUMSTANCES)
            if n < 3:
                spool.seal(START + n)
        spool.delete_acked(spool.incarnation, [(1, 1)])
        life = spool.incarnation
    code, content = export(tmp_path)
    assert code == 0
    (delivery,) = [unpack_delivery(part) for part in content.split(SEPARATOR)]
    assert (delivery.envelope.agent, delivery.envelope.incarnation) == ("agent-1", life)
    reports = [unseal(line) for line in delivery.sealed]
    assert [r.seq for r in reports] == [2, 3, 4]
    assert [x for r in reports for x in r.rounds] == [a_round(n) for n in (1, 2, 3)]


def test_exporting_takes_nothing_away(tmp_path):
    """Only the collector's acknowledgement deletes; the file may be made again, beside a running agent."""
    enrolled(tmp_path)
    with contextlib.closing(Spool(tmp_path, Limits(ballast=0))) as spool:
        spool.add_round(a_round(), CIRCUMSTANCES)
        spool.seal(START)
        spool.add_round(a_round(1), CIRCUMSTANCES)
        first = export(tmp_path)
        assert first[0] == 0
        assert export(tmp_path)[0] == 0
        assert spool.counts().reports == 1


def test_deliveries_keep_the_limits_and_one_life_each():
    """Parts within the protocol's sizes, never of two incarnations."""
    reports = [Sealed(n, "a" if n < 6 else "b", n, b"x" * (ROOM // 4), 1) for n in range(9)]
    parts = list(batches(reports))
    assert [s for part in parts for s in part] == reports
    assert all(len({s.incarnation for s in part}) == 1 for part in parts)
    assert max(sum(len(s.line) + 1 for s in part) for part in parts) <= ROOM


def test_nothing_to_export(tmp_path, capsys):
    """Not enrolled, or nothing waiting: said plainly, no file made."""
    assert export(tmp_path) == (2, b"")
    enrolled(tmp_path)
    assert export(tmp_path) == (1, b"")
    assert "ไม่มีรายงานที่รอส่ง" in capsys.readouterr().out
