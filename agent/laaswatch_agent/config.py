"""What this PC's agent looks at and how: agent.yaml and targets.yaml as frozen values.

`config/agent.yaml` and `config/targets.yaml` list every key with its meaning. The PC's own file is the only
way to make the agent faster than once in 15 seconds; nothing that comes over the network may.
Raises `ConfigError` and nothing else.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from laaswatch_agent.allowed_sites import SITE_DOMAINS, WEB_PORTS, lies_inside, of_the_site
from laaswatch_agent.config_reading import ConfigError, Section
from laaswatch_agent.knowledge.strict_yaml import Lines, YamlError, load_with_lines
from laaswatch_agent.locale import beside
from laaswatch_agent.report.vocabulary import Role

__all__ = ["Address", "AgentConfig", "ConfigError", "Endpoint", "Reference", "Target"]

VARIABLES = "LAASWATCH_AGENT_"
"""How the environment's variables begin that stand for a key of agent.yaml."""
LEAST_ROUND_SECONDS = 15.0
MAX_TARGETS = 10
MAX_FILE = 256 * 1024
_PORTS = {"http": 80, "https": 443, "tls": 443, "ws": 80, "wss": 443}
_CONFIDENCES = ("high", "medium", "low")


def default_state_dir() -> Path:
    """Where the agent keeps its own files when nothing says otherwise."""
    if sys.platform == "win32":
        # The folder of an agent for the whole PC where there is one, else the user's own.
        shared = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "laaswatch"
        own = os.environ.get("LOCALAPPDATA", "")
        return shared if shared.is_dir() or not own else Path(own) / "laaswatch"
    if os.geteuid() == 0:
        return Path("/var/lib/laaswatch")
    kept = os.environ.get("XDG_STATE_HOME", "")
    try:
        return (Path(kept) if kept else Path.home() / ".local" / "state") / "laaswatch"
    except RuntimeError:  # an account without a home keeps nothing of its own
        return Path("/var/lib/laaswatch")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to knock: `scheme` is http, https, tls or tcp; `host` a name or an address."""

    scheme: str
    host: str
    port: int
    path: str = "/"


@dataclass(frozen=True, slots=True)
class Address:
    """One dated address of a target, with what its page should and should not show.

    `markers`: at least one must stand in the page (none: any page will do). `known_addresses`: IP
    addresses to try when the name cannot be resolved and none is remembered. `moved_to`: hosts, or
    `.suffixes`, to which the owner may send the browser on; such a redirect counts as an answer.
    `websocket`: where the page opens its data channel (ws, wss), tried once the page has come.
    """

    endpoint: Endpoint
    valid_from: date = date.min
    valid_to: date = date.max
    confidence: str = "medium"
    source: str = ""
    markers: tuple[str, ...] = ()
    maintenance_markers: tuple[str, ...] = ()
    portal_markers: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    moved_to: tuple[str, ...] = ()
    known_addresses: tuple[str, ...] = ()
    websocket: Endpoint | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A host by role, with every address it is known to have had."""

    role: Role
    addresses: tuple[Address, ...]

    def on(self, day: date) -> Address:
        """The address in force: the surest of those valid on `day`, the first of equals.

        A PC whose clock is centuries off still has to look somewhere: the last address listed.
        """
        valid = [a for a in self.addresses if a.valid_from <= day <= a.valid_to]
        return min(valid or self.addresses[-1:], key=lambda a: _CONFIDENCES.index(a.confidence))


@dataclass(frozen=True, slots=True)
class Reference:
    """A host outside that tells whether the line works; `tcp` asks for a connection, `tls` for a
    certificate that we trust, `http` for exactly `status`, so that a portal's page shows.
    """

    name: str
    endpoint: Endpoint
    status: int = 204
    operator: str = ""
    domestic: bool = False
    known_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Everything the agent needs to know; times in seconds, absent files as None.

    `resolver` and `second_resolver` are (address, port); without `resolver` the system's own is asked.
    """

    targets: tuple[Target, ...]
    references: tuple[Reference, ...] = ()
    decides: Role = Role.LOGIN
    resolver: tuple[str, int] | None = None
    second_resolver: tuple[str, int] | None = None
    ca_file: Path | None = None
    round_seconds: float = 30.0
    report_seconds: float = 60.0
    layer_timeout: float = 10.0
    round_deadline: float = 13.0
    collector_url: str = ""
    collector_ca_file: Path | None = None
    collector_proxy: str = ""
    state_dir: Path = field(default_factory=default_state_dir)
    status_page: Path | None = None
    textfile: Path | None = None
    knowledge_dir: Path | None = None
    fast: bool = False

    @property
    def history_file(self) -> Path:
        """Where a running agent keeps what it learnt of its own last days."""
        return self.state_dir / "history.json"


def load_agent_config(
    path: Path | None, environment: Mapping[str, str] | None = None
) -> AgentConfig:
    """The configuration in a file, or the shipped one; `LAASWATCH_AGENT_<KEY>` of the environment goes first.

    A file without `targets` takes the targets.yaml beside it, or else the shipped one; a file that names
    its own targets brings its own references too, since they are chosen together.
    """
    shipped = shipped_dir()
    main = shipped / "agent.yaml" if path is None else path
    document, lines = _read(main)
    beside = main.parent / "targets.yaml"
    targets_file, target_lines = main, lines
    if "targets" not in document:
        targets_file = beside if beside.is_file() else shipped / "targets.yaml"
        found, target_lines = _read(targets_file)
        for key, value in found.items():
            document.setdefault(key, value)
    variables = {
        name.removeprefix(VARIABLES).lower(): name
        for name in sorted(environment or {})
        if name.startswith(VARIABLES)
    }
    for key, name in variables.items():
        document[key] = (environment or {})[name]
    return agent_config(
        Section(document, main, "", lines, variables=variables),
        Section(document, targets_file, "", target_lines),
    )


def agent_config(top: Section, names: Section) -> AgentConfig:
    """The configuration in a document; relative paths in it start at the file's folder.

    `names` is the same document as the file of the targets tells it, for what it says of them.
    """
    fast = top.flag("fast", default=False)
    least = 0.2 if fast else LEAST_ROUND_SECONDS
    targets = tuple(_target(s) for s in names.sections("targets", most=MAX_TARGETS))
    references = tuple(_reference(s) for s in names.sections("references", most=MAX_TARGETS))
    decides = top.word("decides", list(Role), Role.LOGIN)
    state_dir = top.path("state_dir") or default_state_dir()
    if not targets:
        raise names.error("targets", "config.no_target")
    if decides not in {t.role for t in targets}:
        raise top.error("decides", "config.no_such_role", role=decides)
    for what, values in (
        ("targets", [t.role for t in targets]),
        ("references", [r.name for r in references]),
    ):
        if len(set(values)) != len(values):
            raise names.error(what, "config.twice")
    if not top.flag("stand_in_site", default=False):
        _keep_to_the_site(names, targets, references)
    config = AgentConfig(
        targets=targets,
        references=references,
        decides=Role(decides),
        resolver=_resolver(top, "resolver"),
        second_resolver=_resolver(top, "second_resolver"),
        ca_file=top.path("ca_file", must_exist=True),
        round_seconds=top.number("round_seconds", 30.0, least, 3600.0),
        report_seconds=top.number("report_seconds", 60.0, least, 3600.0),
        layer_timeout=top.number("layer_timeout", 10.0, 0.1, 10.0),
        round_deadline=top.number("round_deadline", 13.0, 0.5, 13.0),
        collector_url=_collector_url(top),
        collector_ca_file=top.path("collector_ca_file", must_exist=True),
        collector_proxy=_collector_proxy(top),
        state_dir=state_dir,
        status_page=top.path("status_page") or state_dir / "status.html",
        textfile=top.path("textfile"),
        knowledge_dir=top.path("knowledge_dir"),
        fast=fast,
    )
    top.known |= names.known
    top.no_others()
    return config


def _keep_to_the_site(
    names: Section, targets: tuple[Target, ...], references: tuple[Reference, ...]
) -> None:
    """Refuse targets outside the site's domains, and references inside somebody's network.

    A settings file that went astray, or was written by somebody else, shall not turn thousands of PCs on
    another host. `stand_in_site: true` in the same file takes this away, for tests and demonstrations.
    """
    for target in targets:
        for address in target.addresses:
            hosts = [address.endpoint, *([address.websocket] if address.websocket else [])]
            for endpoint in hosts:
                if not of_the_site(endpoint.host) or endpoint.port not in WEB_PORTS:
                    raise names.error(
                        "targets",
                        "config.not_the_site",
                        host=endpoint.host,
                        port=endpoint.port,
                        domains=", ".join(SITE_DOMAINS),
                    )
            if not all(of_the_site(x) for x in address.moved_to):
                raise names.error("moved_to", "config.outside", domains=", ".join(SITE_DOMAINS))
    for reference in references:
        if lies_inside(reference.endpoint.host):
            raise names.error("references", "config.inside", host=reference.endpoint.host)


def shipped_dir() -> Path:
    """Where the shipped files lie: in the wheel, or in the repository's config folder."""
    package = Path(__file__).resolve().parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parents[1] / "config"


def _read(path: Path) -> tuple[dict[str, object], Lines]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
        document, lines = load_with_lines(data.decode("utf-8-sig"), str(path))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError(path, "", beside("config.cannot_read", why=why)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, "", beside("config.not_utf8")) from error
    except YamlError as error:
        raise ConfigError(path, "", f"{beside('config.mend')}: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(path, "", beside("config.mapping"))
    return document, lines


def _target(section: Section) -> Target:
    roles = [r for r in Role if r is not Role.REFERENCE]
    target = Target(
        role=Role(section.word("role", roles, None)),
        addresses=tuple(_address(s) for s in section.sections("addresses", most=50)),
    )
    section.no_others()
    if not target.addresses:
        raise section.error("addresses", "config.no_address")
    return target


def _address(section: Section) -> Address:
    address = Address(
        endpoint=_endpoint(section, ("http", "https")),
        valid_from=section.day("valid_from", date.min),
        valid_to=section.day("valid_to", date.max),
        confidence=section.word("confidence", _CONFIDENCES, "medium"),
        source=section.text("source"),
        markers=section.texts("markers"),
        maintenance_markers=section.texts("maintenance_markers"),
        portal_markers=section.texts("portal_markers"),
        issuers=section.texts("issuers"),
        moved_to=section.texts("moved_to"),
        known_addresses=section.ip_addresses("known_addresses"),
        websocket=_websocket(section),
    )
    section.no_others()
    if address.valid_to < address.valid_from:
        raise section.error("valid_to", "config.before")
    return address


def _reference(section: Section) -> Reference:
    reference = Reference(
        name=section.identifier("name"),
        endpoint=_endpoint(section, ("tcp", "tls", "http")),
        status=int(section.number("status", 204, 200, 599)),
        operator=section.text("operator"),
        domestic=section.flag("domestic", default=False),
        known_addresses=section.ip_addresses("known_addresses"),
    )
    section.no_others()
    return reference


def _websocket(section: Section) -> Endpoint | None:
    given = section.text("websocket")
    return _endpoint(section, ("ws", "wss"), "websocket") if given else None


def _endpoint(section: Section, schemes: tuple[str, ...], key: str = "url") -> Endpoint:
    text = section.text(key)
    wanted = f"{schemes[-1]}://host:port/path"
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme)
        host = (parts.hostname or "").encode("idna").decode("ascii") if parts.hostname else ""
    except ValueError as error:
        raise section.error(key, "config.for_example", example=f"{wanted} ({error})") from error
    if parts.scheme not in schemes or not host or port is None or parts.username is not None:
        raise section.error(key, "config.for_example", example=f"{wanted} ({', '.join(schemes)})")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (path.isascii() and path.isprintable() and " " not in path):
        raise section.error(key, "config.ascii_path", example=wanted)
    return Endpoint(parts.scheme, host, port, path)


def _resolver(section: Section, key: str) -> tuple[str, int] | None:
    text = section.text(key)
    if not text:
        return None
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port or 53
    except ValueError:
        host, port = "", 0
    return section.ip_address(key, host), port


def _collector_url(section: Section) -> str:
    text = section.text("collector_url").rstrip("/")
    if text and not text.startswith(("https://", "http://")):
        example = "https://collector.example.go.th"
        raise section.error("collector_url", "config.for_example", example=example)
    return text


def proxy_address(text: str) -> str | None:
    """A proxy as http://host:port, also when typed without the scheme; None where it cannot be one."""
    whole = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or not parts.hostname or port is None or parts.username is not None:
        return None
    return f"http://{parts.netloc}"


def _collector_proxy(section: Section) -> str:
    text = section.text("collector_proxy")
    proxy = proxy_address(text) if text else ""
    if proxy is None:
        example = "http://proxy.example.go.th:8080"
        raise section.error("collector_proxy", "config.for_example", example=example)
    return proxy
