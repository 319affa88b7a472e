"""The agent as a unit of systemd: for one user, or for the whole PC under an account of its own. Pure."""

from collections.abc import Sequence

UNIT = "laaswatch-agent.service"
ACCOUNT = "laaswatch"


def unit(command: Sequence[str], folder: str, *, system: bool) -> str:
    """The unit's text."""
    own = ""
    if system:
        own = (
            f"User={ACCOUNT}\nAmbientCapabilities=CAP_NET_RAW\nCapabilityBoundingSet=CAP_NET_RAW\n"
            f"ProtectSystem=strict\nProtectHome=read-only\nPrivateTmp=yes\nReadWritePaths={_word(folder)}\n"
        )
    return f"""[Unit]
Description=laaswatch agent: measures the way to the accounting site
After=network.target

[Service]
Type=exec
Environment=MALLOC_ARENA_MAX=1
ExecStart={" ".join(map(_word, command))}
Restart=always
RestartSec=10
TimeoutStopSec=15
NoNewPrivileges=yes
Nice=5
{own}
[Install]
WantedBy={"multi-user" if system else "default"}.target
"""


def _word(text: str) -> str:
    """One word of a unit's line, whatever stands in it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if plain != text or " " in text else text
