"""One conversation with the site: connect, shake hands, ask for the page; and what to make of failures."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from laaswatch_agent.config import Address, Endpoint
from laaswatch_agent.probes import http, tls
from laaswatch_agent.probes.result import Deadline, fail, ok, skip
from laaswatch_agent.probes.tcp import connect
from laaswatch_agent.report.model import LayerResult
from laaswatch_agent.report.vocabulary import Layer, Reason, Result

_SECOND_LOOK = 3.0
"""Seconds for learning more about a certificate that does not hold."""
_STALLED = frozenset({Reason.TIMEOUT, Reason.BODY_TIMEOUT})


@dataclass(frozen=True, slots=True)
class Visit:
    """The TCP, TLS and HTTP rows of one conversation, and the address that answered ("" if none)."""

    rows: tuple[LayerResult, ...]
    address: str

    @property
    def worked(self) -> bool:
        """Did the page come?"""
        return self.rows[-1].result is Result.OK

    @property
    def stalled(self) -> bool:
        """Did the port answer, and then something not come to its end?"""
        return any(x.result is Result.FAIL and x.reason in _STALLED for x in self.rows[1:])

    def noting(self, word: str) -> "Visit":
        """This visit with a word more beside what failed."""
        rows = tuple(
            replace(x, detail=f"{x.detail} {word}".strip()) if x.result is Result.FAIL else x
            for x in self.rows
        )
        return Visit(rows, self.address)

    @property
    def steps(self) -> int:
        """How many layers worked: which of two conversations got further."""
        return sum(x.result is Result.OK for x in self.rows)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, and with what: the role being asked, its address in force, trust, the PC's clock, and
    the seconds that each layer gets at most. `small` asks for small packets only.
    """

    role: str
    address: Address
    ca_file: Path | None
    wall_ms: Callable[[], int]
    patience: float
    small: bool = False

    def visit(self, addresses: tuple[str, ...], deadline: Deadline) -> Visit:
        """One conversation from the beginning, following at most one redirect of the same host."""
        first, follow = self._visit(self.address.endpoint, addresses, deadline)
        if follow is None:
            return first
        second, again = self._visit(follow, (first.address,), deadline)
        if again is None and second.rows[-1].reason is not Reason.EARLIER_LAYER_FAILED:
            return Visit((first.rows[0], *second.rows[1:]), first.address)
        return second if again is None else first

    def knock(self, addresses: tuple[str, ...], deadline: Deadline, *words: str) -> Visit:
        """Only a connection: where the page cannot be used without a name, or is not to be asked for."""
        limit = deadline.within(self.patience)
        opened = connect(addresses, self.address.endpoint.port, limit)
        if opened.socket is not None:
            opened.socket.close()
            row = ok(Layer.TCP, self.role, opened.ms, *words)
        else:
            row = fail(Layer.TCP, self.role, opened.reason, opened.ms, *words, opened.said)
        return Visit((row, *self._unreached(self.address.endpoint, Layer.TLS)), opened.address)

    def _visit(
        self, endpoint: Endpoint, addresses: tuple[str, ...], deadline: Deadline
    ) -> tuple[Visit, Endpoint | None]:
        limit = deadline.within(self.patience)
        opened = connect(addresses, endpoint.port, limit, small=self.small)
        if opened.socket is None:
            row = fail(Layer.TCP, self.role, opened.reason, opened.ms, opened.said)
            return Visit((row, *self._unreached(endpoint, Layer.TLS)), ""), None
        reached = ok(Layer.TCP, self.role, opened.ms)
        stream = opened.socket
        certified = skip(Layer.TLS, self.role, Reason.NOT_CONFIGURED)
        if endpoint.scheme == "https":
            shaken = tls.shake_hands(
                stream, endpoint.host, self.ca_file, deadline.within(self.patience)
            )
            if shaken.socket is None:
                row = self._explained(endpoint, opened.address, shaken, deadline)
                rows = (reached, row, *self._unreached(endpoint, Layer.HTTP))
                return Visit(rows, opened.address), None
            stream = shaken.socket
            certified = ok(Layer.TLS, self.role, shaken.ms)
        with stream:
            limit = deadline.within(self.patience)
            exchange = http.get(stream, endpoint, self.wall_ms, limit)
        page = http.judge_page(exchange, self.address, endpoint)
        make = ok if page.reason is Reason.NONE else _failing(page.reason)
        row = make(Layer.HTTP, self.role, exchange.ms, *page.words, clock=exchange.clock)
        return Visit((reached, certified, row), opened.address), page.follow

    def _explained(
        self, endpoint: Endpoint, address: str, shaken: tls.Handshake, deadline: Deadline
    ) -> LayerResult:
        """The TLS row of a failed handshake, with what a second look finds out about the reason."""
        clock = issuer = None
        if shaken.reason.startswith("certificate_"):
            limit = deadline.within(_SECOND_LOOK)
            issuers, stream = tls.look_without_trust(address, endpoint.port, endpoint.host, limit)
            issuer = tls.among(issuers, self.address.issuers)
            if stream is not None:
                with stream:
                    if shaken.reason in tls.DATES:
                        clock = http.get(stream, endpoint, self.wall_ms, limit).clock
        said = shaken.said
        return fail(
            Layer.TLS, self.role, shaken.reason, shaken.ms, said, clock=clock, issuer=issuer
        )

    def _unreached(self, endpoint: Endpoint, first: Layer) -> tuple[LayerResult, ...]:
        rows = [skip(Layer.HTTP, self.role, Reason.EARLIER_LAYER_FAILED)]
        if first is Layer.TLS:
            encrypted = endpoint.scheme == "https"
            reason = Reason.EARLIER_LAYER_FAILED if encrypted else Reason.NOT_CONFIGURED
            rows.insert(0, skip(Layer.TLS, self.role, reason))
        return tuple(rows)


def better(first: Visit, second: Visit) -> Visit:
    """Of two tries in one round the one that got further; a layer that needed the second says so.

    Of equals the first: the second has less time, and its times say less.
    """
    if second.steps <= first.steps:
        return first
    rows = tuple(
        replace(row, detail=f"{row.detail} try=2".strip())
        if row.result is Result.OK and before.result is Result.FAIL
        else row
        for before, row in zip(first.rows, second.rows, strict=True)
    )
    return Visit(rows, second.address)


def _failing(reason: Reason) -> Callable[..., LayerResult]:
    def make(layer: Layer, role: str, ms: float, *words: str, clock: float | None) -> LayerResult:
        return fail(layer, role, reason, ms, *words, clock=clock)

    return make
