"""`service install|remove`: real enrolment, real spool and files; only what the system would do is recorded."""

import gzip
import stat
from pathlib import Path

import pytest

from laaswatch_agent import identity
from laaswatch_agent.cli import service
from laaswatch_agent.cli.main import main
from laaswatch_agent.spool import Spool
from support.agents import CIRCUMSTANCES, Counterpart, a_round, ack_all, reply

CODE = "01234-56789-ABCDE-FGHJK-MNPQR"
SID = "S-1-5-21-1-2-3-1001"
ACCEPTED = {
    "agent": "a1b2",
    "state": "active",
    "role": "pc",
    "config_etag": "e1",
    "office": {"code": "05120101", "name_th": "อบต.ทดสอบ", "name_en": "Test TAO", "province": "51"},
}


class System:
    """Records the commands; `refuses` names those that end badly."""

    def __init__(self):
        self.calls = []
        self.refuses = ()
        self.task = ""

    def __call__(self, command, *, may_fail=False):
        self.calls.append(list(command))
        if command[0] in self.refuses and not may_fail:
            raise service.Refused(" ".join(command), "Access is denied.")
        if "/XML" in command:
            file = Path(command[command.index("/XML") + 1])
            self.task = file.read_text(encoding="utf-16")
        return f'"PC\\user","{SID}"\n' if command[0] == "whoami" else ""

    def names(self):
        return [" ".join(c[:2]) for c in self.calls]


@pytest.fixture
def system(monkeypatch, tmp_path):
    made = System()
    monkeypatch.setattr(service, "call", made)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return made


@pytest.fixture
def windows(system, monkeypatch):
    monkeypatch.setattr(service, "on_windows", lambda: True)
    return system


def collector(method, path, headers, body):
    return ack_all(gzip.decompress(body)) if path == "/v1/reports" else reply(200, ACCEPTED)


def install(folder, address, *more):
    return main(
        ["service", "install", "--state-dir", str(folder), "--code", CODE, "--url", address, *more]
    )


def remove(folder, *more):
    return main(["service", "remove", "--state-dir", str(folder), *more])


def test_windows_for_one_user(windows, tmp_path):
    """The folder is closed before the secret is made; the task runs as this user, without more rights."""
    folder = tmp_path / "a b"
    with Counterpart(collector) as server:
        assert install(folder, server.address, "--office", "05120101") == 0
    assert windows.names() == [
        "whoami /user",
        f"icacls {folder}",
        "schtasks /Create",
        "schtasks /Run",
    ]
    assert windows.calls[1][2:] == [
        *("/inheritance:r", "/grant:r", f"*{SID}:(OI)(CI)F"),
        *("*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F"),
    ]
    assert f"<UserId>{SID}</UserId>" in windows.task
    assert f'--state-dir "{folder}"' in windows.task
    assert CODE not in windows.task
    assert identity.load(folder).token not in windows.task
    assert not list(folder.glob("*.xml"))


def test_windows_for_the_whole_pc(windows, tmp_path):
    with Counterpart(collector) as server:
        assert install(tmp_path, server.address, "--system") == 0
    assert [c[0] for c in windows.calls] == ["icacls", "icacls", "schtasks", "schtasks"]
    assert "/setowner" in windows.calls[0]
    assert "BootTrigger" in windows.task
    assert "<UserId>S-1-5-19</UserId>" in windows.task


@pytest.mark.parametrize("whole", [False, True])
def test_linux(system, tmp_path, monkeypatch, whole):
    monkeypatch.setattr(service, "_unit_file", lambda *, system: tmp_path / f"{system}.service")
    folder = tmp_path / "state"
    with Counterpart(collector) as server:
        assert install(folder, server.address, *["--system"] * whole) == 0
    text = (tmp_path / f"{whole}.service").read_text(encoding="utf-8")
    assert f"run --state-dir {folder}\n" in text
    assert ("User=laaswatch" in text) is whole
    assert system.calls[-1][-3:] == ["enable", "--now", "laaswatch-agent.service"]
    assert ("--user" in system.calls[-1]) is not whole
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / identity.FILE_NAME).stat().st_mode) == 0o600


def test_the_letter_of_another_office_installs_nothing(windows, tmp_path, capsys):
    with Counterpart(collector) as server:
        assert install(tmp_path, server.address, "--office", "99999999") == 2
    assert "belongs to office 05120101" in capsys.readouterr().out
    assert identity.load(tmp_path) is None  # the right letter can be used at once
    assert not windows.task


def test_a_collector_out_of_reach_can_be_asked_again(windows, tmp_path):
    with Counterpart(collector) as server:
        address = server.address
    assert install(tmp_path, address) == 1
    assert not windows.task
    with Counterpart(collector) as server:
        assert install(tmp_path, server.address) == 0
    assert windows.task


def test_what_the_system_refuses_is_said(windows, tmp_path, capsys):
    windows.refuses = ("schtasks",)
    with Counterpart(collector) as server:
        assert install(tmp_path, server.address) == 3
    said = capsys.readouterr().out
    assert "ระบบไม่ยอมให้ทำ" in said
    assert "Access is denied." in said
    assert not list(tmp_path.glob("*.xml"))


def measured(folder, rounds=3):
    spool = Spool(folder)
    for number in range(rounds):
        assert spool.add_round(a_round(number), CIRCUMSTANCES)
    spool.close()


def test_remove_sends_what_waits_and_leaves_nothing(windows, tmp_path, capsys):
    folder = tmp_path / "state"
    with Counterpart(collector) as server:
        assert install(folder, server.address) == 0
        measured(folder)
        (folder / "quarantine").mkdir()
        (folder / "quarantine" / "old").write_bytes(b"x")
        assert remove(folder) == 0
        assert [path for _, path, *_ in server.seen].count("/v1/reports") == 1
    assert windows.names()[-2:] == ["schtasks /End", "schtasks /Delete"]
    assert not folder.exists()
    assert "could not be sent" not in capsys.readouterr().out


def test_remove_without_a_collector_says_what_is_lost(windows, tmp_path, capsys):
    with Counterpart(collector) as server:
        assert install(tmp_path, server.address) == 0
    measured(tmp_path)
    (tmp_path / "letter.txt").write_text("somebody else's", encoding="utf-8")
    assert remove(tmp_path) == 0
    assert "1 reports could not be sent" in capsys.readouterr().out
    assert [f.name for f in tmp_path.iterdir()] == ["letter.txt"]


def test_remove_may_keep_the_data(windows, tmp_path):
    with Counterpart(collector) as server:
        assert install(tmp_path, server.address) == 0
        measured(tmp_path)
        assert remove(tmp_path, "--keep-data") == 0
    assert identity.load(tmp_path).agent == "a1b2"


def test_an_agent_that_does_not_leave_keeps_its_files(windows, tmp_path, monkeypatch):
    monkeypatch.setattr(service, "STOPPING", 0.3)
    running = Spool(tmp_path)
    try:
        assert remove(tmp_path) == 3
    finally:
        running.close()
    assert (tmp_path / "spool.sqlite").exists()


def test_a_real_command_that_fails_is_refused():
    with pytest.raises(service.Refused, match="no-such-command"):
        service.call(["no-such-command"])
    with pytest.raises(service.Refused):
        service.call(["false"])
    assert service.call(["false"], may_fail=True) == ""
    assert service.call(["echo", "x"]) == "x\n"
