"""Names: through the system, as the user's browser does, or straight to one resolver over UDP."""

import ipaddress
import os
import re
import secrets
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from laaswatch_agent.host.errors import name_reason, number_of
from laaswatch_agent.probes import dns_message
from laaswatch_agent.probes.result import Deadline, Stopwatch, Task, fail, ok, within
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason

RESENDS = (1.0, 2.0, 4.0)
"""Seconds of patience with each datagram before the question is sent again."""
SYSTEM_PATIENCE = 4.0
"""Seconds of silence after which the system's resolver is asked by ourselves, too."""
_AAAA_PATIENCE = 0.5
_CODES = {
    dns_message.NXDOMAIN: Reason.NXDOMAIN,
    dns_message.REFUSED: Reason.RESOLVER_REFUSED,
}
_VAGUE = frozenset({Reason.RESOLVER_TIMEOUT, Reason.SERVFAIL})
"""What the C library says of a resolver that is dead, closed or broken alike."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Addresses of a name, IPv4 first, or the reason why there are none; `ms` until then.

    `said` is the system's number for a reason that we do not know.
    """

    addresses: tuple[str, ...]
    reason: Reason
    ms: float
    said: str = ""

    def row(self, target: str) -> LayerResult:
        """This lookup as a result of the DNS layer."""
        if self.addresses:
            return ok(Layer.DNS, target, self.ms)
        return fail(Layer.DNS, target, self.reason, self.ms, self.said)


def look_up(name: str, resolver: tuple[str, int] | None, deadline: Deadline) -> Lookup:
    """The addresses of a name, asked of `resolver` or, without one, of the system."""
    return ask_system(name, deadline) if resolver is None else ask(resolver, name, deadline)


def ask_system(name: str, deadline: Deadline) -> Lookup:
    """What every program on this PC is told: hosts file, caches and resolvers together.

    Linux waits five seconds before it sends a lost question again. A resolver that seems silent is asked
    in between by ourselves, so that one lost packet does not look like a dead resolver.
    """
    watch = Stopwatch()
    answers: list[Lookup] = []
    told = Task(lambda: answers.append(_told_by_system(name, deadline)))
    told.join(deadline.within(SYSTEM_PATIENCE).remaining())
    for resolver in system_resolvers()[:1] if told.is_alive() else ():
        said = ask(resolver, name, deadline)
        if said.addresses and not answers:
            return replace(said, ms=watch.ms())
    told.join(deadline.remaining() + SYSTEM_PATIENCE)
    if told.failure is not None:
        raise told.failure
    return answers[0] if answers else Lookup((), Reason.RESOLVER_TIMEOUT, watch.ms())


def _told_by_system(name: str, deadline: Deadline) -> Lookup:
    watch = Stopwatch()
    try:
        found = within(deadline, lambda: socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except TimeoutError:
        return Lookup((), Reason.RESOLVER_TIMEOUT, watch.ms())
    except (OSError, UnicodeError) as error:
        ms = watch.ms()
        if not isinstance(error, OSError):
            return Lookup((), Reason.NXDOMAIN, ms)
        reason = name_reason(error)
        if reason in _VAGUE:
            reason = _finer(name, deadline.within(2.0)) or reason
        return Lookup((), reason, ms, number_of(error, reason))
    addresses = tuple(dict.fromkeys(str(x[4][0]) for x in found))
    return Lookup(_ordered(addresses), Reason.NONE, watch.ms())


def ask(resolver: tuple[str, int], name: str, deadline: Deadline) -> Lookup:
    """What one resolver says over UDP."""
    watch = Stopwatch()
    try:
        questions = [
            dns_message.question(secrets.randbits(16), name, kind)
            for kind in (dns_message.A, dns_message.AAAA)
        ]
        answers = _converse(resolver, questions, deadline)
    except TimeoutError:
        return Lookup((), Reason.RESOLVER_TIMEOUT, watch.ms())
    except OSError:  # nobody listens there, or no way leads there
        return Lookup((), Reason.RESOLVER_UNREACHABLE, watch.ms())
    except ValueError:
        return Lookup((), Reason.NXDOMAIN, watch.ms())
    addresses = tuple(x for a in answers if a is not None for x in a.addresses)
    first = answers[0]
    if addresses:
        return Lookup(_ordered(addresses), Reason.NONE, watch.ms())
    code = dns_message.NOERROR if first is None else first.code
    if code == dns_message.NOERROR:
        return Lookup((), Reason.NO_DATA, watch.ms())
    return Lookup((), _CODES.get(code, Reason.SERVFAIL), watch.ms())


def is_address(host: str) -> bool:
    """Is this host an IP address already?"""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_inward(address: str) -> bool:
    """Is this an address that no public name should lead to?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inward = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_unspecified
    return inward or ip.is_multicast


def _converse(
    resolver: tuple[str, int], questions: list[bytes], deadline: Deadline
) -> list[dns_message.Answer | None]:
    """The answers to both questions; the second may stay out for half a second and is then None."""
    family = socket.AF_INET6 if ":" in resolver[0] else socket.AF_INET
    answers: list[dns_message.Answer | None] = [None] * len(questions)
    with socket.socket(family, socket.SOCK_DGRAM) as conversation:
        conversation.connect(resolver)
        for patience in RESENDS:
            for asked, got in zip(questions, answers, strict=True):
                if got is None:
                    conversation.send(asked)
            wait = deadline.within(patience)
            while (left := wait.remaining()) > 0:
                conversation.settimeout(left)
                try:
                    data = conversation.recv(4096)
                except TimeoutError:
                    break
                for n, asked in enumerate(questions):
                    answers[n] = answers[n] or dns_message.answer(data, asked)
                if None not in answers:
                    return answers
                if answers[0] is not None:
                    wait = wait.within(_AAAA_PATIENCE)
            if answers[0] is not None:
                return answers
    raise TimeoutError


def _finer(name: str, deadline: Deadline) -> Reason | None:
    """Why the system's first resolver gives nothing, asked of itself; None where that tells no more."""
    for resolver in system_resolvers()[:1]:
        if deadline.remaining() > 0:
            said = ask(resolver, name, deadline)
            return None if said.addresses else said.reason
    return None


def system_resolvers(path: Path = Path("/etc/resolv.conf")) -> list[tuple[str, int]]:
    """The resolvers in resolv.conf; none on Windows, whose own error numbers tell enough."""
    if os.name == "nt" or sys.platform == "darwin":
        return []
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    servers = re.findall(r"^\s*nameserver\s+(\S+)", text, re.MULTILINE)
    return [(server, 53) for server in servers if is_address(server.partition("%")[0])]


def _ordered(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(addresses, key=lambda a: ":" in a))
