"""The SMPP server, wired: listeners, logins, the way in and the way back."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from stentor.app.exposition import Reading
from stentor.app.guests import Guests, Place
from stentor.app.tls_door import TlsDoor
from stentor.app.web import CannotListen, listen
from stentor.config import Settings, SmppSettings
from stentor.config.settings import SMPP_PORT
from stentor.core import sessions
from stentor.core.account import Account
from stentor.core.diagnosis import AccountSessions
from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.inbox import InboundForSessions
from stentor.core.lookup import Lookups
from stentor.core.message import Owed
from stentor.core.ports import Clock
from stentor.core.rulebook import Rulebook
from stentor.core.submit import Submit
from stentor.engine.forgetting import UNPULLED_MS
from stentor.engine.moves import Mover
from stentor.engine.timekeeper import Duty
from stentor.smpp import CommandStatus, Limits
from stentor.smpp.status import name_of
from stentor.smppd.ancillary import Ancillaries
from stentor.smppd.binding import Logins
from stentor.smppd.deliver import Deliverer
from stentor.smppd.inbound import InboundOutbox
from stentor.smppd.lookups import DIALECT, LookupOutbox, SessionLookups, rendered
from stentor.smppd.mailbox import Source
from stentor.smppd.outbox import ReceiptOutbox
from stentor.smppd.receipts import Dates
from stentor.smppd.requests import Answering
from stentor.smppd.server import SmppServer
from stentor.storage.sqlite import SqliteStore
from stentor.storage.sqlite.waiting import WaitingRows

log = structlog.get_logger()

_HANDSHAKE_S = 10.0
_SHUTDOWN_S = 5.0


class SessionReports:
    """Implements `engine.moves.Reports`: a report that just became durable goes to a session from memory."""

    def __init__(self, outbox: ReceiptOutbox, deliverer: Deliverer) -> None:
        self._outbox = outbox
        self._deliverer = deliverer

    def reserve(self, url: str) -> bool:
        return self._deliverer.reserve(sessions.account_of(url))

    def release(self, url: str) -> None:
        self._deliverer.release(sessions.account_of(url))

    def push(self, item: Owed) -> None:
        self._deliverer.push(item.report.account, self._outbox.item(item))


class Smpp:
    """Made before it listens, so that a port in use is known at once. `start` and `stop` as the platform says."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: SqliteStore,
        ids: Ids,
        clock: Clock,
        rulebook: Rulebook,
        submit: Submit,
        logins: Logins,
        mover: Mover,
        inbound: InboundForSessions | None = None,
        lookups: Lookups | None = None,
    ) -> None:
        self._settings = settings.smpp
        self._store = store
        self._clock = clock
        self._rulebook = rulebook
        dates = Dates(settings.http.utc_offset)
        receipts = ReceiptOutbox(store=store, ids=ids, clock=clock, directory=rulebook.directory, dates=dates)
        self._inbound = inbound
        sources: list[Source] = [receipts, LookupOutbox(store=store.calls, ids=ids, clock=clock, dates=dates)]
        if inbound is not None:
            sources.append(InboundOutbox(inbound, rulebook.directory))
        self.deliverer = Deliverer(sources, self._waiting)
        self.lookups_wait = partial(self.deliverer.waits, LookupOutbox.name)
        self.inbound_wait = partial(self.deliverer.waits, InboundOutbox.name)
        """Told the accounts that have something new; what nobody tells of is found by the tick."""
        if lookups is not None:
            lookups.renderers[DIALECT] = rendered
        mover.sessions = SessionReports(receipts, self.deliverer)
        waiting = self._rows = WaitingRows(store.access)
        self.answering = Answering(
            submit=submit,
            clock=clock,
            ids=ids,
            deliverer=self.deliverer,
            lookups=SessionLookups(lookups, ids) if lookups is not None else None,
            ancillary=Ancillaries(
                store=store, waiting=waiting, ids=ids, clock=clock, carry_out=mover.carry_out, reporter=mover.reporter
            ),
        )
        self.server = SmppServer(
            logins=logins,
            rulebook=rulebook,
            deliverer=self.deliverer,
            requests=self.answering,
            limits=_limits(settings.smpp),
            window=settings.smpp.window,
        )
        self.duties: tuple[Duty, ...] = ((0.5, self.deliverer.tick), (60.0, self._forget))
        self._doors = _Doors(settings.smpp, self.server)

    @property
    def host(self) -> str:
        return self._settings.host

    @property
    def address(self) -> str | None:
        """For people."""
        return None if self.port is None else f"{self.host}:{self.port}"

    @property
    def port(self) -> int | None:
        """None: customers cannot connect over SMPP."""
        return self._doors.port

    @property
    def tls_port(self) -> int | None:
        return self._doors.tls_port

    async def start(self) -> None:
        self.server.start()
        await self._doors.open()

    async def stop(self) -> None:
        self._doors.close()
        await self.server.stop()

    def sessions(self) -> list[AccountSessions] | None:
        """Bound now; None: customers cannot connect over SMPP."""
        if self.port is None:
            return None
        known = self._rulebook.directory.accounts
        bound = [(known[number], kinds) for number, kinds in self.server.bound_by_account().items() if number in known]
        return [_sessions_of(account, kinds) for account, kinds in sorted(bound, key=lambda one: one[0].name)]

    def readings(self) -> Iterator[Reading]:
        """For /metrics."""
        server, deliverer = self.server, self.deliverer
        yield "stentor_smpp_connections", (), server.connected
        for kind, count in server.bound_by_kind().items():
            yield "stentor_smpp_sessions", (kind,), count
        for name, usual, counted in (
            ("stentor_smpp_binds_refused_total", CommandStatus.ESME_RINVPASWD, server.binds_refused),
            ("stentor_smpp_answers_total", CommandStatus.ESME_ROK, self.answering.statuses),
            ("stentor_smpp_pdus_refused_total", CommandStatus.ESME_RINVCMDLEN, server.pdus_refused),
        ):
            for status in dict.fromkeys((usual, *counted)):
                yield name, (name_of(status),), counted[status]
        yield "stentor_smpp_delivered_total", ("delivered",), deliverer.delivered
        yield "stentor_smpp_delivered_total", ("refused",), deliverer.refused
        yield "stentor_smpp_delivered_total", ("unanswered",), deliverer.unanswered
        yield "stentor_smpp_waiting", (), deliverer.held

    async def _forget(self) -> None:
        await self._rows.forget_results(self._clock.now_ms() - UNPULLED_MS)

    def _waiting(self) -> dict[str, list[int]]:
        now = self._clock.now_ms()
        try:
            return {
                ReceiptOutbox.name: _accounts(self._store.due_hosts(now)),
                LookupOutbox.name: _accounts(self._store.calls.due_hosts(now)),
                InboundOutbox.name: self._inbound.waiting_accounts() if self._inbound is not None else [],
            }
        except StoreUnavailable:
            return {}


def _sessions_of(account: Account, kinds: Counter[str]) -> AccountSessions:
    return AccountSessions(
        account=account.name,
        transmitters=kinds["transmitter"],
        receivers=kinds["receiver"],
        transceivers=kinds["transceiver"],
        most=account.smpp_sessions,
    )


def _accounts(hosts: list[str]) -> list[int]:
    return [sessions.account_of(host) for host in hosts if sessions.is_session(host)]


def _limits(settings: SmppSettings) -> Limits:
    return Limits(
        response_timer=settings.response_timer,
        enquire_link_timer=settings.enquire_link,
        inactivity_timer=settings.inactivity,
        session_init_timer=settings.session_init,
    )


class _Doors:
    """The listening sockets: one for plain TCP, one for TLS where there is a certificate."""

    def __init__(self, settings: SmppSettings, server: SmppServer) -> None:
        self._settings = settings
        self._server = server
        self._plain: socket.socket | None = None
        self._tls: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        self._closing: list[Callable[[], None]] = []
        if settings.enabled:
            self._guests = Guests(settings.connections, settings.connections_per_address)
            self._context = _context(settings)
            self._plain = _plain(settings)
            if self._context is not None:
                self._tls = listen(settings.host, settings.tls_port)

    @property
    def port(self) -> int | None:
        return self._plain.getsockname()[1] if self._plain is not None else None

    @property
    def tls_port(self) -> int | None:
        return self._tls.getsockname()[1] if self._tls is not None else None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        if self._plain is not None:
            enter = partial(_entered, self._guests)
            server = await loop.create_server(lambda: self._server.welcome(enter), sock=self._plain)
            self._closing.append(server.close)
        if self._tls is not None and self._context is not None:
            door = TlsDoor(self._tls, self._context, self._guests, _HANDSHAKE_S, _SHUTDOWN_S, self._welcome)
            self._closing += [door.close, self._tls.close]

    def close(self) -> None:
        for close in self._closing:
            close()
        for listener in (self._plain, self._tls):
            if listener is not None and not self._closing:
                listener.close()

    def _welcome(self, place: Place) -> asyncio.Protocol:
        return self._server.welcome(lambda _: place)


def _plain(settings: SmppSettings) -> socket.socket | None:
    """A port that was named must be free; the usual one may be another program's, and then there is no SMPP."""
    if settings.port is not None:
        return listen(settings.host, settings.port)
    try:
        return listen(settings.host, SMPP_PORT)
    except CannotListen as error:
        log.warning("no SMPP server: name another [smpp] port, or enabled = false", reason=str(error))
        return None


def _entered(guests: Guests, address: str) -> Place | None:
    return guests.enter(address, asyncio.get_running_loop().time())


def _context(settings: SmppSettings) -> ssl.SSLContext | None:
    """TLS 1.2 and later; `CannotListen` when the certificate is of no use."""
    if settings.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        raise CannotListen(f"cannot use {settings.tls_certificate} and {settings.tls_key}: {error}") from None
    return context
