"""The commands around the calendar: a month printed with its sources, changed files, closures."""

import pytest
from click.testing import CliRunner

from laaswatch_collector.cli.main import main
from laaswatch_collector.store.database import Database
from support.intake import OFFICE, add_office

HEAD = "scope,day,name_th,name_en,kind,status,source,added\n"
NEW_YEAR = ",2026-01-01,ปีใหม่,New Year,public,official,list,2026-01-01\n"
CABINET = ",2026-11-03,พิเศษ,Special,cabinet,official,resolution of 20 Nov,2026-11-20\n"
EID = "province:57,2026-11-04,อีด,Eid,province,estimated,moon,2026-11-01\n"
HOURS = """\
default: {hours: ["08:30-12:00", "13:00-16:30"], weekdays: [mon, tue, wed, thu, fri]}
offices: {}
dated:
  - scope: "office:6570401"
    first: "2026-11-07"
    last: "2026-11-07"
    hours: ["09:00-16:00"]
    weekdays: [sat]
    status: official
    source: order 7/2569
"""


@pytest.fixture
def run(tmp_path):
    """Runs a command on a store with one office and a calendar of its own; `run.days` is the file of days."""
    folder = tmp_path / "calendar"
    folder.mkdir()
    days = folder / "days.csv"
    days.write_text(HEAD + NEW_YEAR + EID, encoding="utf-8")
    (folder / "hours.yaml").write_text(HOURS, encoding="utf-8")
    url = f"sqlite:///{tmp_path}/store.db"
    database = Database.open(url)
    add_office(database)
    database.close()
    config = tmp_path / "collector.yaml"
    config.write_text(f'database: "{url}"\ncalendar_dir: "{folder}"\n', encoding="utf-8")

    def invoke(*arguments, fails=False):
        done = CliRunner().invoke(main, [*arguments, "--config", str(config)])
        assert (done.exit_code != 0) is fails, done.output
        return done.output

    invoke.days = days
    return invoke


def test_a_month_is_printed_with_hours_reasons_sources_and_their_standing(run):
    lines = run("calendar", "show", "--office", OFFICE, "--month", "2026-11").splitlines()
    of = {
        line.split("(")[1].split(")")[0][4:]: k for k, line in enumerate(lines) if "(" in line[:40]
    }
    assert "08:30-12:00 13:00-16:30" in lines[of["2026-11-03"]]
    assert "off" in lines[of["2026-11-04"]]
    assert "[province, estimated; moon]" in lines[of["2026-11-04"] + 1]
    assert "09:00-16:00" in lines[of["2026-11-07"]]
    assert "order 7/2569" in lines[of["2026-11-07"] + 1]
    assert lines[-1].endswith("21 working days")


def test_an_unknown_year_is_said_to_be_unknown(run):
    said = run("calendar", "show", "--month", "2031-02")
    assert "knows nothing of this year [estimated]" in said
    assert "no office 0" in run(
        "calendar", "show", "--office", "0", "--month", "2026-11", fails=True
    )


def test_apply_says_what_changed_once(run):
    assert "nothing has changed" in run("calendar", "apply")
    run.days.write_text(HEAD + NEW_YEAR + EID + CABINET, encoding="utf-8")
    assert "nation  2026-11-03 – 2026-11-03  days: - → off" in run("calendar", "apply")
    assert "nothing has changed" in run("calendar", "apply")
    run.days.write_text("no calendar", encoding="utf-8")
    run("calendar", "apply", fails=True)


def test_closures_are_written_listed_and_ended(run):
    assert "no closures" in run("closure", "list")
    add = ("closure", "add", "--from", "2026-03-27", "--source")
    assert "needs its source" in run(*add, " ", fails=True)
    run(*add, "ว 12/2569")
    run("closure", "add", "--from", "2026-06-01T08:00", "--to", "2026-06-02 12:00", "--catch-up",
        "2026-06-30T16:30", "--province", "57", "--source", "ชร 1/2569")  # fmt: skip
    said = run("closure", "list")
    assert "still closed" in said
    assert "ว 12/2569" in said
    assert "เชียงราย" in said
    end = ("closure", "end", "1", "--source", "ว 80/2569", "--at")
    assert "ends after it starts" in run(*end, "2026-03-01", fails=True)
    run(*end, "2026-10-03T08:30")
    said = run("closure", "list")
    assert "still closed" not in said
    assert "ว 80/2569" in said
    assert "no closure 9" in run(
        "closure", "end", "9", "--at", "2026-10-03", "--source", "1", fails=True
    )
