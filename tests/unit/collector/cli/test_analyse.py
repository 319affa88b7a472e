"""`analyse`: a folder in, outages and verdicts out; what is wrong in it is named by file and line."""

import csv
import gzip
import json

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.analyse import VERDICT_COLUMNS, command
from support.worlds import World, report_lines, write_folder


def a_day():
    """Two offices; from 13:00 to 16:30 nobody reaches the site from the first one."""
    fails = "g" * 210 + "u" * 60 + "t" * 210
    world = World(control="g" * 480)
    world.office("6860101", fails, fails, isp="AIS").office("6860102", "g" * 480, isp="NT")
    return world


LEDGER = (
    ("e1", "6860101", "2026-06-01T09:00:00+07:00", "2026-06-01T10:00:00+07:00"),
    ("e2", "6860102", "2026-06-01T09:00:00+07:00", ""),
)


def analysed(tmp_path):
    return CliRunner().invoke(command, [str(tmp_path / "in"), str(tmp_path / "out")])


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_outages_and_verdicts_are_written(tmp_path):
    write_folder(tmp_path / "in", a_day(), ledger=LEDGER)
    assert analysed(tmp_path).exit_code == 0
    (outage,) = table(tmp_path / "out" / "incidents.csv")
    assert outage == {
        "scope": "office",
        "key": "6860101",
        "start": "2026-06-01T13:00:00+07:00",
        "end": "2026-06-01T16:30:00+07:00",
        "layer": "tcp",
        "offices": "1",
    }
    header = (tmp_path / "out" / "verdicts.csv").read_text(encoding="utf-8").splitlines()[0]
    assert tuple(header.split(",")) == VERDICT_COLUMNS


def test_entries_that_waited_for_the_site_are_explained(tmp_path):
    """An office posts everything a day later. On Tuesday afternoon the site was out of reach, Wednesday is a
    holiday, so Monday afternoon's entries were posted on Thursday morning, after their deadline.
    """
    rows = "g" * 1710 + "t" * 210
    world = World(control="g" * 1920).office("a", rows, rows)
    ledger = []
    for k in range(21):
        minute = f"{13 + k // 6}:{k % 6 * 10:02d}:00+07:00"
        early = f"{9 + k // 6:02d}:{k % 6 * 10:02d}:00+07:00"
        ledger.append((f"m{k}", "a", f"2026-06-01T{early}", f"2026-06-02T{early}"))
        ledger.append((f"l{k}", "a", f"2026-06-01T{minute}", f"2026-06-04T{early}"))
    write_folder(tmp_path / "in", world, ledger=ledger)
    config = json.loads((tmp_path / "in" / "config.json").read_text(encoding="utf-8"))
    config["period"] = ["2026-06-01", "2026-06-06"]
    config["settled_at"] += 7 * 86_400
    (tmp_path / "in" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert analysed(tmp_path).exit_code == 0
    found = table(tmp_path / "out" / "verdicts.csv")
    assert [x["entry_id"] for x in found] == [f"l{k}" for k in range(21)]
    # The slower ones of the queue may only partly be owed to three and a half hours.
    assert [x["verdict"] for x in found[:10]] == ["explained"] * 10
    assert {x["verdict"] for x in found} <= {"explained", "partly"}
    assert {(x["scope"], x["grade"]) for x in found} == {("office", "measured")}
    assert {x["down_minutes"] for x in found} == {"210"}


def replace_text(path, old, new):
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def replace_packed(path, old, new):
    text = gzip.decompress(path.read_bytes()).decode().replace(old, new, 1)
    path.write_bytes(gzip.compress(text.encode()))


BROKEN = {
    "no config": (lambda f: (f / "config.json").unlink(), "config.json"),
    "config is no JSON": (lambda f: replace_text(f / "config.json", "{", "("), "config.json"),
    "no round_s": (lambda f: replace_text(f / "config.json", "round_s", "rounds"), "round_s"),
    "no reports": (lambda f: (f / "reports.csv.gz").unlink(), "reports.csv.gz"),
    "reports cut off": (
        lambda f: (f / "reports.csv.gz").write_bytes((f / "reports.csv.gz").read_bytes()[:-20]),
        "reports.csv.gz",
    ),
    "reports not packed": (
        lambda f: (f / "reports.csv.gz").write_text("pc_id,seq\n", encoding="utf-8"),
        "reports.csv.gz",
    ),
    "a column missing": (
        lambda f: replace_text(f / "ledger.csv", "posted_at", "when"),
        "ledger.csv, line 1: column missing: posted_at",
    ),
    "a time without offset": (
        lambda f: replace_text(f / "ledger.csv", "09:00:00+07:00", "09:00:00"),
        "ledger.csv, line 2",
    ),
    "an unknown office": (
        lambda f: replace_text(f / "pcs.csv", "6860102.1,6860102", "6860102.1,6860199"),
        "pcs.csv, line 4: '6860199' is not in offices.csv",
    ),
    "an unknown PC": (
        lambda f: replace_packed(f / "reports.csv.gz", "6860101.1,1,", "other,1,"),
        "reports.csv.gz, line 2: 'other' is not in pcs.csv",
    ),
    "a layer too short": (
        lambda f: replace_packed(f / "reports.csv.gz", ",11111,", ",1111,"),
        "reports.csv.gz, line 2: each layer needs 5 characters",
    ),
    "a strange character": (
        lambda f: replace_packed(f / "reports.csv.gz", ",11111,", ",1111x,"),
        "reports.csv.gz, line 2: a layer is written in the characters 0, 1 and -",
    ),
    "a time that is none": (
        lambda f: replace_text(
            f / "sessions.csv", "on_at,off_at,clean\n", "on_at,off_at,clean\na,b,c,1\n"
        ),
        "sessions.csv, line 2",
    ),
    "a time beyond all clocks": (
        lambda f: replace_packed(f / "control.csv.gz", "17", "17" * 9),
        "control.csv.gz, line 2",
    ),
    "bytes that are no text": (
        lambda f: (f / "offices.csv").write_bytes(b"office_id,province,isp,pcs\n\xff\xfe,1,2,3\n"),
        "offices.csv",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named(tmp_path, name):
    break_it, said = BROKEN[name]
    write_folder(tmp_path / "in", a_day(), ledger=LEDGER)
    break_it(tmp_path / "in")
    result = analysed(tmp_path)
    assert result.exit_code == 1
    assert said in result.output
    assert isinstance(result.exception, SystemExit)
    assert not (tmp_path / "out").exists()


def test_reports_written_twice_count_once(tmp_path):
    world = a_day()
    write_folder(tmp_path / "in", world, report_lines(world) * 2, LEDGER)
    assert analysed(tmp_path).exit_code == 0
    twice = (tmp_path / "out" / "incidents.csv").read_bytes()
    write_folder(tmp_path / "in", world, ledger=LEDGER)
    assert analysed(tmp_path).exit_code == 0
    assert (tmp_path / "out" / "incidents.csv").read_bytes() == twice
