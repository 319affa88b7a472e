"""The collector's configuration: one YAML file, checked against the classes below; every key has a default.

`config/collector.yaml` lists every key with its meaning; a variable of the environment named after a key goes
before the file (`config_environment.py`). Raises `ConfigError` and nothing else.
"""

import difflib
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from laaswatch_agent.knowledge.strict_yaml import Lines, YamlError, load_with_lines
from laaswatch_collector.config_environment import overridden


class ConfigError(ValueError):
    """The configuration cannot be used; the text names the file and the key."""


class ControlAgentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The control agent that `serve` runs beside itself."""

    enabled: bool = True
    config: str = ""
    state_dir: str = ""


class SiteChecks(StrEnum):
    """How far agents may go towards the accounting site, in the order of what it costs the site."""

    OFF = "off"
    CONNECT = "connect"
    FULL = "full"


class AgentPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What agents are told (GET /v1/config). They keep to their own floors whatever stands here."""

    round_seconds: float = 30.0
    report_seconds: float = 60.0
    site_requests_per_second: float = 12.0
    site_checks: SiteChecks = SiteChecks.FULL

    def __post_init__(self) -> None:
        """Refuse a plan that would make our agents a nuisance."""
        if not 0.01 <= self.site_requests_per_second <= 2000:
            raise ValueError("site_requests_per_second must lie between 0.01 and 2000")
        if not 15 <= self.round_seconds <= 3600:
            raise ValueError("round_seconds must lie between 15 and 3600")
        # The live view calls an agent silent after a minute and a half (localization.live).
        if not 15 <= self.report_seconds <= 60:
            raise ValueError("report_seconds must lie between 15 and 60")


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long what was measured is kept, in local days. Conclusions, gaps and the audit are kept for good."""

    seal_after_days: int = 10
    reports_days: int = 90
    rollups_days: int = 1096

    def __post_init__(self) -> None:
        """Refuse what would delete facts of days that are still open."""
        if self.seal_after_days < 8:
            raise ValueError(
                "seal_after_days must be 8 or more: until then late reports are common"
            )
        if self.reports_days < 31:
            raise ValueError(
                "reports_days must be 31 or more: a month's conclusions need its reports"
            )
        if self.rollups_days < self.reports_days:
            raise ValueError("rollups_days must not be less than reports_days")


class DocumentsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How letters and sheets look."""

    emblem: str = ""
    word_font: str = "TH SarabunPSK"


class EvidenceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The evidence log. `key_file`: its secret key, which signs checkpoints; "" = they are not signed."""

    key_file: str = ""


class RemoteWriteConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who takes the rounds as samples by Prometheus remote write."""

    name: Annotated[str, Meta(description="Of its own; where it stands is kept under this name.")]
    url: Annotated[str, Meta(description="Where samples are posted to, often …/api/v1/write.")]
    protocol: Annotated[
        Literal["1.0", "2.0"],
        Meta(description="2.0 falls back to 1.0 by itself where it is not understood."),
    ] = "1.0"
    token_file: Annotated[str, Meta(description="A file with a bearer token.")] = ""
    headers: Annotated[
        dict[str, str], Meta(description="Sent with every request, e.g. X-Scope-OrgID.")
    ] = {}
    out_of_order_seconds: Annotated[
        int, Meta(description="The receiver's out-of-order window; what is older is not sent.")
    ] = 86_400

    def __post_init__(self) -> None:
        """Refuse a name that could not be a label's value everywhere, and a window that late rounds never fit."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,30}", self.name):
            raise ValueError("name must be of small letters, digits, - and _")
        if not self.url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")
        if self.out_of_order_seconds < 600:
            raise ValueError("out_of_order_seconds must be 600 or more: several PCs share a series")


class EmailConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mail server that messages go out by; none without a `host`."""

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = ""
    user: str = ""
    password_file: str = ""
    ca_file: str = ""

    def __post_init__(self) -> None:
        """Refuse a server without a sender."""
        if self.host and not re.fullmatch(r"[!-~]+@[!-~]+", self.sender):
            raise ValueError("sender must be an e-mail address")


class LineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The LINE Official Account that messages go out by; none without a token."""

    token_file: str = ""
    monthly_limit: int = 0
    reserve: int = 50
    api: str = "https://api.line.me"


class WebhookConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether messages go to programs as well, and what signs them."""

    enabled: bool = False
    secret_file: str = ""


class NotifyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Messages to people: which channels there are, and where they may go."""

    enabled: bool = True
    presume: bool = True
    allowed_hosts: tuple[str, ...] = ("api.line.me",)
    email: EmailConfig = EmailConfig()
    line: LineConfig = LineConfig()
    webhook: WebhookConfig = WebhookConfig()


class CollectorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See config/collector.yaml for what each key means."""

    listen: str = "127.0.0.1:8080"
    database: str = "sqlite:///laaswatch-data/laaswatch.db"
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    second_step: Literal["required", "optional"] = "required"
    keep_alive_seconds: float = 75.0
    connections: int = 20_000
    connections_per_address: int = 256
    title_th: str = "laaswatch"
    title_en: str = "laaswatch"
    stand_in_th: str = ""
    stand_in_en: str = ""
    calendar_dir: str = ""
    lateness_file: str = ""
    isp_prefixes_file: str = ""
    knowledge_dir: str = ""
    agents: AgentPlan = AgentPlan()
    control_agent: ControlAgentConfig = ControlAgentConfig()
    history: History = History()
    documents: DocumentsConfig = DocumentsConfig()
    evidence: EvidenceConfig = EvidenceConfig()
    remote_write: tuple[RemoteWriteConfig, ...] = ()
    notify: NotifyConfig = NotifyConfig()

    def __post_init__(self) -> None:
        """Refuse an address that cannot be listened on."""
        host_and_port(self.listen)
        if not 1 <= self.connections_per_address <= self.connections:
            raise ValueError("connections_per_address must lie between 1 and connections")
        if len({x.name for x in self.remote_write}) < len(self.remote_write):
            raise ValueError("remote_write: each destination needs a name of its own")


def host_and_port(listen: str) -> tuple[str, int]:
    """`127.0.0.1:8080`, `[::1]:8080` or `:8080` (every address) taken apart; ValueError otherwise."""
    host, colon, port = listen.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"listen: {listen!r} is not of the form address:port")
    return host.strip("[]"), int(port)


def load_collector_config(
    path: Path | None, environment: Mapping[str, str] | None = None
) -> CollectorConfig:
    """The configuration in a file, or the defaults without one; variables of `environment` go before both."""
    document, lines = _read(path)
    try:
        document, variables = overridden(document, environment or {})
    except ValueError as error:
        raise ConfigError(str(error)) from error
    try:
        return msgspec.convert(document, CollectorConfig, strict=False)
    except msgspec.ValidationError as error:
        place = _place(str(error), {*lines, *variables})
        where = variables.get(place) or f"{path}{_line(place, lines)}"
        raise ConfigError(f"{where}: {error}{_meant(str(error))}") from error


def _read(path: Path | None) -> tuple[object, Lines]:
    if path is None:
        return {}, {}
    try:
        document, lines = load_with_lines(path.read_text(encoding="utf-8-sig"), str(path))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text") from error
    except YamlError as error:
        raise ConfigError(str(error)) from error
    return document or {}, lines


def _place(said: str, known: Collection[tuple[str | int, ...]]) -> tuple[str | int, ...]:
    """The keys that lead to what msgspec complains of: "… - at `$.agents.round_seconds`"."""
    at = re.search(r"at `\$([^`]*)`$", said)
    steps = re.findall(r"\.([a-z_]+)|\[([0-9]+)\]", at.group(1)) if at else []
    place = tuple(key or int(index) for key, index in steps)
    # Our own refusals and unknown keys are told of the mapping; the key is the first word of the text.
    inner = (*place, said.removeprefix(_UNKNOWN).split("`")[0].split(":")[0].split()[0])
    return inner if inner in known or not place else place


def _line(place: tuple[str | int, ...], lines: Lines) -> str:
    return f", line {lines[place]} (บรรทัด {lines[place]})" if place in lines else ""


_UNKNOWN = "Object contains unknown field `"
_KINDS = (
    CollectorConfig,
    AgentPlan,
    ControlAgentConfig,
    History,
    DocumentsConfig,
    EvidenceConfig,
    RemoteWriteConfig,
    NotifyConfig,
    EmailConfig,
    LineConfig,
    WebhookConfig,
)


def _meant(said: str) -> str:
    """For a key that does not exist: so in Thai, and the key that was perhaps meant."""
    if not said.startswith(_UNKNOWN):
        return ""
    key = said.removeprefix(_UNKNOWN).split("`")[0]
    known = [field.name for kind in _KINDS for field in msgspec.structs.fields(kind)]
    near = difflib.get_close_matches(key, known, 1)
    return " · ไม่รู้จักคำนี้" + "".join(f" หรือหมายถึง · did you mean `{x}`?" for x in near)
