"""The connections of one upstream: made, bound, and made again after a loss with growing pauses."""

from __future__ import annotations

import asyncio
import random
import ssl

import structlog

from stentor.connectors.smsc.link import Link, LinkOwner
from stentor.connectors.smsc.options import SmscOptions
from stentor.connectors.tls import tls_context
from stentor.smpp import Limits
from stentor.smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter

log = structlog.get_logger()

_FIRST_PAUSE_S = 0.5
_CONNECT_TIMEOUT_S = 10.0


class Pool:
    """Keeps `sessions` links up (twice as many for separate transmitters and receivers)."""

    def __init__(self, options: SmscOptions, owner: LinkOwner) -> None:
        self._options = options
        self._owner = owner
        self._tls: ssl.SSLContext | None = None
        self._keepers: list[asyncio.Task[None]] = []
        self._gone: dict[Link, asyncio.Event] = {}
        self.last_error = ""

    @property
    def links(self) -> list[Link]:
        return list(self._gone)

    @property
    def senders(self) -> list[Link]:
        """Those that can submit now."""
        return [link for link in self._gone if link.can_submit]

    def start(self) -> None:
        kinds: tuple[type[Bind], ...] = (BindTransceiver,)
        if self._options.bind == "separate":
            kinds = (BindTransmitter, BindReceiver)
        loop = asyncio.get_running_loop()
        self._keepers = [loop.create_task(self._keep(kind)) for _ in range(self._options.sessions) for kind in kinds]

    async def stop(self, patience: float) -> None:
        """Unbind every session, wait for the answers, close."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        gone = [asyncio.create_task(event.wait()) for event in self._gone.values()]
        for link in self.links:
            link.unbind()
        if gone:
            await asyncio.wait(gone, timeout=patience)
        for link in self.links:
            link.close("stopped")
        await asyncio.sleep(0)

    def lost(self, link: Link, why: str) -> None:
        self.last_error = why
        event = self._gone.pop(link, None)
        if event is not None:
            event.set()

    async def _keep(self, kind: type[Bind]) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            was_bound = await self._one_life(kind)
            pause = _FIRST_PAUSE_S if was_bound else min(pause * 2, self._options.reconnect_max)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnections, no secret

    async def _one_life(self, kind: type[Bind]) -> bool:
        """Connect and wait until the link is lost; whether it was ever bound."""
        try:
            link = await self._connect(kind)
        except (TimeoutError, OSError) as error:
            self.last_error = f"cannot connect: {str(error) or type(error).__name__}"
            log.warning("smsc unreachable", connector=self._options.name, reason=self.last_error)
            self._owner.ticked()
            return False
        gone = self._gone.get(link)
        if gone is not None:
            await gone.wait()
        return link.was_bound

    async def _connect(self, kind: type[Bind]) -> Link:
        options = self._options
        bind = kind(
            system_id=options.system_id,
            password=options.password,
            system_type=options.system_type,
            interface_version=0x34,
        )
        limits = Limits(
            window=options.window,
            response_timer=options.response_timer,
            enquire_link_timer=options.enquire_link,
        )
        if options.tls and self._tls is None:
            self._tls = tls_context(options.tls_ca, verify=options.tls_verify)
        link = Link(self._owner, bind, limits)
        self._gone[link] = asyncio.Event()
        connecting = asyncio.get_running_loop().create_connection(
            lambda: link,
            options.host,
            options.port,
            ssl=self._tls,
        )
        try:
            # `wait_for` of Python 3.11 loses a cancellation that comes as the connection is refused.
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                await connecting
        except BaseException:
            self._gone.pop(link, None)
            raise
        return link
