"""Receipts, inbound messages and results of lookups to the sessions of their account (003 §3.1, SMPP 3.4 §4.6).

What a session acknowledged is written down in batches; what it left unanswered goes out again on another one; what
nobody is there for stays on disk. Like a report to a URL, one may be given twice and none is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

import structlog

from stentor.core.errors import StoreUnavailable
from stentor.smpp import CommandStatus, EncodeError
from stentor.smppd.mailbox import Errand, Item, Mailbox, Receiver, Source

log = structlog.get_logger()

PER_ACCOUNT = 2_000
"""Items of one account in memory, twice as many for a moment; more wait on disk."""
_REWRITE_AFTER_S = 0.5
_FOR_NOW = frozenset(
    {
        CommandStatus.ESME_RX_T_APPN,
        CommandStatus.ESME_RMSGQFUL,
        CommandStatus.ESME_RTHROTTLED,
        CommandStatus.ESME_RSYSERR,
    }
)


class Deliverer:
    """`waiting`: the accounts with something on disk, for each source by name."""

    def __init__(
        self, sources: Sequence[Source], waiting: Callable[[], dict[str, list[int]]], per_account: int = PER_ACCOUNT
    ) -> None:
        self.sources = {source.name: source for source in sources}
        self._waiting = waiting
        self._most = per_account
        self._boxes: dict[int, Mailbox] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: dict[tuple[str, str], list[tuple[Mailbox, Item]]] = {}
        self._stopped = False
        self.delivered = 0
        self.unanswered = 0
        self.refused = 0

    @property
    def held(self) -> int:
        """In memory, over all accounts."""
        return sum(box.held for box in self._boxes.values())

    # Sessions come and go

    def join(self, account: int, receiver: Receiver) -> None:
        box = self._box(account)
        box.receivers.append(receiver)
        box.more.update(self.sources)
        self._advance_soon(box)

    def leave(self, account: int, receiver: Receiver) -> None:
        """What waits goes back to disk when it was the last one."""
        box = self._boxes.get(account)
        if box is None or receiver not in box.receivers:
            return
        box.receivers.remove(receiver)
        if not box.receivers:
            self._give_back(box)
        self._advance_soon(box)

    def room(self, account: int) -> None:
        """A session of the account can take more."""
        box = self._boxes.get(account)
        if box is not None and box.waiting:
            self._advance(box)

    # What sessions say

    def answered(self, account: int, errand: Errand, status: int) -> None:
        box, item = self._box(account), errand.item
        item.left -= 1
        if status in _FOR_NOW and item.open:
            item.left = -1
            self._settle("later", box, item)
        elif item.left == 0:
            self._settle("delivered" if status == CommandStatus.ESME_ROK else "refused", box, item)

    def lost(self, account: int, errand: Errand, receiver: Receiver) -> None:
        """No answer: it may have been taken or not, so another session gets it."""
        box = self._box(account)
        self.unanswered += 1
        if not errand.item.open:
            return
        errand.tried = receiver
        box.again(errand)
        if box.receivers:
            self._advance_soon(box)
        else:
            self._give_back(box)

    # Submissions under way: no receipt before its submit_sm_resp

    def begun(self, account: int, number: int) -> None:
        self._box(account).unanswered.append(number)

    def ended(self, account: int, number: int) -> None:
        box = self._box(account)
        box.unanswered.remove(number)
        if box.waiting and not box.unanswered:
            self._advance_soon(box)
        self._forget(box)

    # From memory: what just became durable

    def reserve(self, account: int) -> bool:
        box = self._boxes.get(account)
        if box is None or not box.receivers or self._stopped or box.held >= self._most:
            return False
        box.held += 1
        return True

    def release(self, account: int) -> None:
        self._box(account).held -= 1

    def push(self, account: int, item: Item) -> None:
        """A place was reserved for it."""
        box = self._box(account)
        box.put((item,))
        if box.receivers:
            self._advance_soon(box)
        else:
            self._give_back(box)

    def waits(self, name: str, accounts: Iterable[int]) -> None:
        """The source of that name has something new on disk for these accounts."""
        for account in accounts:
            self._more(account, name)

    async def tick(self) -> None:
        """What was left on disk while there was no room, or became due."""
        if self._stopped or not any(box.receivers for box in self._boxes.values()):
            return
        for name, accounts in self._waiting().items():
            for account in accounts:
                box = self._boxes.get(account)
                if box is not None and box.receivers:
                    box.more.add(name)
                    self._refill(box)

    async def stop(self) -> None:
        """The sessions are gone: everything that is left goes back to disk."""
        self._stopped = True
        for box in list(self._boxes.values()):
            self._give_back(box)
        self._write_done()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # Inside

    def _box(self, account: int) -> Mailbox:
        box = self._boxes.get(account)
        if box is None:
            box = self._boxes[account] = Mailbox(account)
        return box

    def _forget(self, box: Mailbox) -> None:
        if not box.receivers and not box.held and not box.waiting and not box.unanswered and not box.claiming:
            self._boxes.pop(box.account, None)

    def _advance_soon(self, box: Mailbox) -> None:
        if not box.soon:
            box.soon = True
            asyncio.get_running_loop().call_soon(self._advance, box)

    def _advance(self, box: Mailbox) -> None:
        box.soon = False
        while (errand := box.next_errand()) is not None and box.free(errand):
            receiver = box.next_receiver(errand)
            if receiver is None:
                break
            self._hand_over(box, box.waiting.popleft(), receiver)
        self._refill(box)
        self._forget(box)

    def _hand_over(self, box: Mailbox, errand: Errand, receiver: Receiver) -> None:
        try:
            receiver.deliver(errand.pdu, errand)
        except EncodeError:  # it must not hold up what is behind it
            log.exception("not deliverable", source=errand.item.source.name, account=box.account)
            errand.item.left = -1
            self._settle("refused", box, errand.item)

    def _refill(self, box: Mailbox) -> None:
        room = self._most - box.held
        if self._stopped or box.claiming or not box.more or not box.receivers or room * 2 < self._most:
            return
        box.claiming = True
        self._start(self._claim(box, room))

    async def _claim(self, box: Mailbox, room: int) -> None:
        left = room
        try:
            for name in [*box.more]:
                if left <= 0:
                    break
                box.more.discard(name)
                asked = left
                items = await self.sources[name].claim(box.account, asked)
                left -= len(items)
                box.held += len(items)
                if len(items) == asked:
                    box.more.add(name)
                box.put(items)
        except StoreUnavailable as error:
            log.error("deliveries wait", account=box.account, reason=str(error))
        finally:
            box.claiming = False
        if box.receivers:
            self._advance(box)
        else:
            self._give_back(box)

    def _give_back(self, box: Mailbox) -> None:
        for item in box.drain():
            item.left = -1
            self._settle("put_back", box, item)

    def _settle(self, how: str, box: Mailbox, item: Item) -> None:
        """Written down at the end of this turn of the loop, with all others of it."""
        if not self._done:
            asyncio.get_running_loop().call_soon(self._write_done)
        self._done.setdefault((how, item.source.name), []).append((box, item))

    def _write_done(self) -> None:
        done, self._done = self._done, {}
        for (how, name), settled in done.items():
            self._start(self._write(how, self.sources[name], settled))

    async def _write(self, how: str, source: Source, settled: list[tuple[Mailbox, Item]]) -> None:
        items = [item for _, item in settled]
        match how:
            case "delivered":
                self.delivered += len(items)
                await self._recorded(lambda: source.delivered(items))
            case "refused":
                self.refused += len(items)
                await self._recorded(lambda: source.refused(items))
            case "later":
                wait = await self._recorded(lambda: source.later(items))
                self._look_again(wait or 0.0, settled)
            case _:
                await self._recorded(lambda: source.put_back(items))
        for box, _ in settled:
            box.held -= 1
        for box in {id(box): box for box, _ in settled}.values():
            self._refill(box)
            self._forget(box)

    def _look_again(self, wait: float, settled: list[tuple[Mailbox, Item]]) -> None:
        loop = asyncio.get_running_loop()
        for account, name in {(box.account, item.source.name) for box, item in settled}:
            loop.call_later(wait, self._more, account, name)

    def _more(self, account: int, name: str) -> None:
        box = self._boxes.get(account)
        if box is not None:
            box.more.add(name)
            self._refill(box)

    async def _recorded(self, write: Callable[[], Awaitable[Any]]) -> Any:
        """Until its fate is written, nobody can deliver it again: while the disk refuses, we try to write it.

        At the end of the program it is left to the next start, which delivers it once more.
        """
        while True:
            try:
                return await write()
            except StoreUnavailable as error:
                log.error("delivery not recorded", reason=str(error))
                if self._stopped:
                    return None
                await asyncio.sleep(_REWRITE_AFTER_S)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
