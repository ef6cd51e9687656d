"""Messages from phones on their way in: those of a moment share a transaction, and then the upstream hears of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from stentor.core.assembly import InboundPart
from stentor.core.errors import StoreUnavailable
from stentor.core.inbound import NOBODY, Inbound
from stentor.core.inbox import Inbox
from stentor.engine.rounds import Rounds

log = structlog.get_logger()

_GATHER_S = 0.002
_MOST = 500
"""Parts of one transaction."""

Done = Callable[[bool], None]


class Arrivals:
    """One after another, because parts of one message may come over several links."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._arrived: list[tuple[Sequence[InboundPart], Done]] = []
        self._expire = False
        self._rounds = Rounds(self._round, _GATHER_S)

    def start(self) -> None:
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    def arrived(self, parts: Sequence[InboundPart], done: Done) -> None:
        self._arrived.append((parts, done))
        self._rounds.soon()

    async def expire(self) -> None:
        """A duty: look for long messages whose parts do not come."""
        self._expire = True
        self._rounds.soon()

    async def _round(self) -> None:
        while self._arrived:
            await self._receive(self._next())
        if self._expire:
            self._expire = False
            await self._kept(self._inbox.expire)

    def _next(self) -> list[tuple[Sequence[InboundPart], Done]]:
        taken, count = 0, 0
        while taken < len(self._arrived) and count < _MOST:
            count += len(self._arrived[taken][0])
            taken += 1
        batch, self._arrived = self._arrived[:taken], self._arrived[taken:]
        return batch

    async def _receive(self, batch: Sequence[tuple[Sequence[InboundPart], Done]]) -> None:
        """What breaks us is tried alone, so that it does not hold up the others."""
        parts = [part for some, _ in batch for part in some]
        kept = await self._kept(lambda: self._inbox.receive(parts))
        if kept is None and len(batch) > 1:
            for one in batch:
                await self._receive([one])
            return
        for _, done in batch:
            done(bool(kept))

    async def _kept(self, work: Callable[[], Awaitable[list[Inbound]]]) -> bool | None:
        """Whether it is on disk; None: it broke us. Nobody's messages are told to the operator."""
        try:
            messages = await work()
        except StoreUnavailable as error:
            log.error("inbound messages not recorded", reason=str(error))
            return False
        except Exception:
            log.exception("inbound messages failed")
            return None
        for one in messages:
            if one.account == NOBODY:
                log.warning("inbound message for nobody", number=one.recipient, connector=one.connector)
        return True
