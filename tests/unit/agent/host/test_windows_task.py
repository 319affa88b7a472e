"""What Windows is told and what it answers, as text: tasks, command lines, rights."""

import xml.etree.ElementTree as ET

import pytest

from laaswatch_agent.host.systemd import unit
from laaswatch_agent.host.windows_task import LOCAL_SERVICE, others, quoted, sid_in, task_xml

OWNER = "S-1-5-21-1-2-3-1001"


@pytest.mark.parametrize(
    ("user", "trigger"), [(OWNER, "LogonTrigger"), (LOCAL_SERVICE, "BootTrigger")]
)
def test_the_task(user, trigger):
    text = task_xml(r"C:\a & b\python.exe", ["run", r"C:\it's <here>"], user=user)
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ET.fromstring(text.replace(' encoding="UTF-16"', ""))
    assert task.findtext(".//t:Command", namespaces=space) == r"C:\a & b\python.exe"
    assert task.findtext(".//t:Arguments", namespaces=space) == r'''run "C:\it's <here>"'''
    assert task.findtext(".//t:Principal/t:UserId", namespaces=space) == user
    assert task.findtext(".//t:RunLevel", namespaces=space) == "LeastPrivilege"
    assert task.findtext(".//t:ExecutionTimeLimit", namespaces=space) == "PT0S"
    assert task.find(f".//t:{trigger}", space) is not None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["run", "--x"], "run --x"),
        (["C:\\a b\\"], '"C:\\a b\\\\"'),
        (["C:\\a\\"], "C:\\a\\"),
        ([""], '""'),
    ],
)
def test_a_command_line(words, line):
    assert quoted(words) == line


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        (f"O:{OWNER}D:PAI(A;OICI;FA;;;{OWNER})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", []),
        ("O:BAG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1301bf;;;LS)", []),
        (f"O:{OWNER}D:AI(A;ID;FA;;;{OWNER})(A;ID;0x1200a9;;;BU)", ["BU"]),
        (f"O:{OWNER}D:(D;;FA;;;WD)(A;;FA;;;S-1-5-21-9-9-9-7)", ["S-1-5-21-9-9-9-7"]),
        # As wine answered for a file with the mode 0644.
        (
            "O:S-1-5-21-0-0-0-1000D:(A;;FA;;;SY)(A;;FA;;;S-1-5-21-0-0-0-1000)(A;;0x1200a9;;;WD)",
            ["WD"],
        ),
        (f"O:{OWNER}", ["WD"]),
    ],
)
def test_who_else_may_read(descriptor, expected):
    assert others(descriptor) == expected


@pytest.mark.parametrize(
    ("answer", "sid"),
    [
        (f'"desktop-1\\สมศรี","{OWNER}"\r\n', OWNER),
        ("VM\\root\r\n", None),
        ("", None),
    ],
)
def test_the_users_own_number(answer, sid):
    assert sid_in(answer) == sid


def test_a_unit_takes_any_folder():
    text = unit(["/opt/x/python", "run", "/a b/100%$"], "/a b", system=True)
    assert 'ExecStart=/opt/x/python run "/a b/100%%$$"\n' in text
    assert 'ReadWritePaths="/a b"\n' in text
