"""The agent as a scheduled task of Windows, and who may read its folder: as text, for schtasks and icacls.

Pure: the same on every system. Sources: "Task Scheduler Schema" and "Security Descriptor String Format"
in Microsoft's reference.
"""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from laaswatch_agent.locale import beside

TASK = "laaswatch-agent"
SYSTEM, ADMINISTRATORS, LOCAL_SERVICE = "S-1-5-18", "S-1-5-32-544", "S-1-5-19"
_TRUSTED = {SYSTEM, ADMINISTRATORS, LOCAL_SERVICE, "SY", "BA", "LS", "OW", "CO"}
"""The two-letter names are those of SDDL; OW and CO stand for whoever owns the file."""
_ENTRY = re.compile(r"\(([^()]*)\)")


def task_xml(program: str, arguments: Sequence[str], *, user: str) -> str:
    """The task: starts at log-on of `user` (a SID), or with Windows where that is LOCAL_SERVICE.

    It asks for no rights, has no time limit, runs on batteries too, and is started again within five
    minutes if it ended; a second one beside it is never begun.
    """
    whole_pc = user == LOCAL_SERVICE
    kind = "BootTrigger" if whole_pc else "LogonTrigger"
    who = "" if whole_pc else f"<UserId>{escape(user)}</UserId>"
    principal = "" if whole_pc else "<LogonType>InteractiveToken</LogonType>"
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{escape(beside("service.description"))}</Description>
  </RegistrationInfo>
  <Triggers>
    <{kind}>
      <Repetition><Interval>PT5M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>
      <Enabled>true</Enabled>
      {who}
    </{kind}>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{escape(user)}</UserId>{principal}<RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{escape(program)}</Command><Arguments>{escape(quoted(arguments))}</Arguments></Exec>
  </Actions>
</Task>
"""


def quoted(arguments: Sequence[str]) -> str:
    """Arguments as one line of Windows; a folder's last backslash must not swallow the quote."""
    return " ".join(
        '"' + re.sub(r"(\\+)$", r"\1\1", x) + '"' if not x or re.search(r"\s", x) else x
        for x in arguments
    )


def owner_only(folder: str, user: str) -> list[list[str]]:
    """The commands that leave a folder to `user` (a SID), the system and its administrators."""
    grants = [f"*{sid}:(OI)(CI)F" for sid in dict.fromkeys((user, SYSTEM, ADMINISTRATORS))]
    commands = [["icacls", folder, "/inheritance:r", "/grant:r", *grants]]
    if user == LOCAL_SERVICE:  # whoever made the folder before must not stay its owner
        commands.insert(0, ["icacls", folder, "/setowner", f"*{ADMINISTRATORS}", "/T", "/C"])
    return commands


def others(descriptor: str) -> list[str]:
    """Who but a file's owner may do something with it, by its security descriptor string.

    As SIDs or as the two letters of SDDL; "WD" is everybody.
    """
    head, found, entries = descriptor.partition("D:")
    if not found:
        return ["WD"]  # no list at all lets everybody in
    owner = head.removeprefix("O:").partition("G:")[0]
    fields = [entry.split(";") for entry in _ENTRY.findall(entries)]
    allowed = {f[5] for f in fields if len(f) >= 6 and f[0] == "A"}
    return sorted(allowed - _TRUSTED - {owner})


def sid_in(answer: str) -> str | None:
    """The SID in what `whoami /user /fo csv /nh` printed."""
    found = re.search(r'"(S-1-[0-9-]+)"', answer)
    return found[1] if found else None
