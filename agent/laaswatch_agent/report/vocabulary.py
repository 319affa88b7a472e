"""The closed lists of the report format. Ids are a public contract: never renamed, never reused.

Members may be added at the end of a list; the collector stores positions in them (`FAULTS`).
"""

from enum import StrEnum


class Layer(StrEnum):
    """The layers of one round, in the order in which they are shown (methods.md §2)."""

    LINK = "link"
    GATEWAY = "gateway"
    DNS = "dns"
    REFERENCE = "reference"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"


class Result(StrEnum):
    """What a layer's probe said. `skipped` means that it was not tried: neither good nor bad."""

    OK = "ok"
    FAIL = "fail"
    SKIPPED = "skipped"


class Role(StrEnum):
    """What a target is for. Targets are named by role, since addresses move (features.md rule 8)."""

    LOGIN = "login"
    APP = "app"
    KB = "kb"
    IDENTITY = "identity"
    REFERENCE = "reference"


class Reason(StrEnum):
    """Why a layer failed, or was skipped; `none` beside an `ok`."""

    NONE = "none"
    # link
    NO_INTERFACE = "no_interface"
    CABLE_OUT = "cable_out"
    WIFI_OFF = "wifi_off"
    NO_ADDRESS = "no_address"
    SELF_ASSIGNED_ADDRESS = "self_assigned_address"
    # any conversation
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    NETWORK_UNREACHABLE = "network_unreachable"
    HOST_UNREACHABLE = "host_unreachable"
    BLOCKED_LOCALLY = "blocked_locally"
    NO_GATEWAY = "no_gateway"
    # names
    NXDOMAIN = "nxdomain"
    NO_DATA = "no_data"
    SERVFAIL = "servfail"
    RESOLVER_REFUSED = "resolver_refused"
    RESOLVER_TIMEOUT = "resolver_timeout"
    RESOLVER_UNREACHABLE = "resolver_unreachable"
    WRONG_ANSWER = "wrong_answer"
    # TLS
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_WRONG_NAME = "certificate_wrong_name"
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_UNKNOWN_ISSUER = "certificate_unknown_issuer"
    TLS_VERSION = "tls_version"
    TLS_CUT = "tls_cut"
    TLS_OTHER = "tls_other"
    # HTTP
    STATUS_SERVER_ERROR = "status_server_error"
    STATUS_CLIENT_ERROR = "status_client_error"
    REDIRECT_ELSEWHERE = "redirect_elsewhere"
    WRONG_CONTENT = "wrong_content"
    MAINTENANCE_PAGE = "maintenance_page"
    PORTAL_PAGE = "portal_page"
    BODY_TIMEOUT = "body_timeout"
    BODY_CUT = "body_cut"
    NOT_HTTP = "not_http"
    PROXY_REQUIRED = "proxy_required"
    # why a layer was not tried
    NOT_CONFIGURED = "not_configured"
    OUT_OF_BUDGET = "out_of_budget"
    NO_KNOWN_ADDRESS = "no_known_address"
    EARLIER_LAYER_FAILED = "earlier_layer_failed"
    NOT_PERMITTED = "not_permitted"
    DEADLINE = "deadline"
    UNKNOWN = "unknown"
    # added later; the order is part of the code that people read over the phone
    NOT_TLS = "not_tls"
    NO_RESOURCES = "no_resources"


class Depth(StrEnum):
    """How far a round goes, in the order of what it costs the site (docs/politeness.md)."""

    LOCAL = "local"
    CONNECT = "connect"
    FULL = "full"


class Fault(StrEnum):
    """The verdict of one round (methods.md §3)."""

    UNKNOWN = "unknown"
    NONE = "none"
    SLOW = "slow"
    LOSSY = "lossy"
    PC_LINK = "pc_link"
    GATEWAY = "gateway"
    UPLINK = "uplink"
    DNS = "dns"
    PC_CLOCK = "pc_clock"
    INTERCEPTION = "interception"
    SITE_TLS = "site_tls"
    CAPTIVE_PORTAL = "captive_portal"
    SITE_TCP = "site_tcp"
    PC_BLOCKED = "pc_blocked"
    SITE_HTTP = "site_http"
    BEYOND_GATEWAY = "beyond_gateway"


class Also(StrEnum):
    """What was seen beside the verdict; it never decides a round (methods.md §3, last paragraph)."""

    IPV6_BROKEN = "ipv6_broken"
    PATH_MTU = "path_mtu"
    PROXY_REQUIRED = "proxy_required"
    PC_OVERLOADED = "pc_overloaded"
    SELF_LOADED = "self_loaded"
    BUFFERBLOAT = "bufferbloat"
    CLOCK_OFF = "clock_off"
    DNS_SLOW = "dns_slow"
    RESOLVERS_DISAGREE = "resolvers_disagree"
    LOGIN_ONLY = "login_only"
    WEBSOCKET_REFUSED = "websocket_refused"
    PACKETS_LOST = "packets_lost"


class State(StrEnum):
    """What a round, a minute, an agent or an office is. `unknown` is a state of its own."""

    UNKNOWN = "unknown"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


class PresenceKind(StrEnum):
    """The presence journal: what the PC and its agent did (design.md §3)."""

    STARTED = "started"
    STOPPED = "stopped"
    ALIVE = "alive"
    ASLEEP = "asleep"
    LOST_POWER = "lost_power"


FAULTS: tuple[Fault, ...] = tuple(Fault)
LAYERS: tuple[Layer, ...] = tuple(Layer)


def state_of(fault: Fault) -> State:
    """The state that a round with this fault stands for."""
    if fault is Fault.UNKNOWN:
        return State.UNKNOWN
    if fault is Fault.NONE:
        return State.UP
    if fault in (Fault.SLOW, Fault.LOSSY):
        return State.DEGRADED
    return State.DOWN
