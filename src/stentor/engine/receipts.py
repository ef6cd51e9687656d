"""Receipts from upstreams: matched to their parts in batches; what matches nothing yet is kept and looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import structlog
from msgspec.structs import replace

from stentor.core.errors import StoreUnavailable
from stentor.core.ids import Ids
from stentor.core.message import Message, Move, PartState, UpstreamReceipt
from stentor.core.ports import Clock, HeldReceipt, Matched, Store
from stentor.core.settle import Reporter, by_receipt
from stentor.engine.moves import Mover
from stentor.engine.rounds import Rounds

log = structlog.get_logger()

HOLD_MS = 600_000
_GATHER_S = 0.004
"""Receipts are in no hurry: a few milliseconds of them share a transaction."""

Key = tuple[str, str]
Done = Callable[[bool], None]


class Receipts:
    def __init__(self, *, store: Store, mover: Mover, ids: Ids, clock: Clock) -> None:
        self._store = store
        self._mover = mover
        self._ids = ids
        self._clock = clock
        self._arrived: list[tuple[Sequence[UpstreamReceipt], Done]] = []
        self._held: dict[Key, list[HeldReceipt]] = {}
        self._again: set[Key] = set()
        self._matching: set[Key] = set()
        self._rounds = Rounds(self._round, _GATHER_S)

    def start(self) -> None:
        for held in self._store.held():
            self._held.setdefault(_key(held.receipt), []).append(held)
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    def arrived(self, receipts: Sequence[UpstreamReceipt], done: Done) -> None:
        self._arrived.append((receipts, done))
        self._rounds.soon()

    def sent(self, keys: Iterable[Key]) -> None:
        """Parts are durable under these upstream ids: a receipt that overtook them matches now."""
        if not self._held and not self._matching:
            return
        for key in keys:
            if key in self._held or key in self._matching:
                self._again.add(key)
                self._rounds.soon()

    def tick(self) -> None:
        """Look again at everything held, and stop looking after 10 minutes: it stays stored as unmatched."""
        oldest = self._clock.now_ms() - HOLD_MS
        for key, held in list(self._held.items()):
            fresh = [one for one in held if one.receipt.at >= oldest]
            if fresh:
                self._held[key] = fresh
                self._again.add(key)
                self._rounds.soon()
            else:
                del self._held[key]
                log.warning("receipt unmatched", connector=key[0], upstream_id=key[1])

    async def _round(self) -> None:
        arrived, self._arrived = self._arrived, []
        again, self._again = self._again, set()
        waited = [held for key in again for held in self._held.pop(key, ())]
        kept = True
        try:
            await self._process([one for receipts, _ in arrived for one in receipts], waited)
        except StoreUnavailable as error:
            kept = False
            self._keep(waited)
            log.error("receipts not recorded", reason=str(error))
        except Exception:
            kept = False
            self._keep(waited)
            log.exception("receipts failed")
        for _, done in arrived:
            done(kept)

    async def _process(self, fresh: Sequence[UpstreamReceipt], waited: Sequence[HeldReceipt]) -> None:
        """Nothing is awaited between `match` and `_keep`, so that `sent` sees every part that is durable later.

        Between the look at the disk and the end of `match` a part may become durable too: `_matching` is for those.
        """
        self._matching = {_key(one) for one in fresh} | {_key(one.receipt) for one in waited}
        try:
            matched = await self._store.match(list(self._matching))
        finally:
            self._matching = set()
        batch = _Batch(matched, self._mover.reporter)
        dropped = [held.id for held in waited if batch.decide(held.receipt)]
        unmatched = [receipt for receipt in fresh if not batch.decide(receipt)]
        held = [HeldReceipt(self._ids.take(self._clock.now_ms())[0], receipt) for receipt in unmatched]
        self._keep([one for one in waited if one.id not in set(dropped)])
        self._keep(held)
        writes = [self._store.hold(held)] if held else []
        if batch.moves:
            writes.append(self._mover.carry_out(batch.moves, dropped))
        try:
            await asyncio.gather(*writes)
        except BaseException:
            self._forget(held)  # the upstream sends them again
            raise

    def _forget(self, some: Iterable[HeldReceipt]) -> None:
        for one in some:
            left = [held for held in self._held.pop(_key(one.receipt), ()) if held is not one]
            if left:
                self._held[_key(one.receipt)] = left

    def _keep(self, held: Iterable[HeldReceipt]) -> None:
        for one in held:
            kept = self._held.setdefault(_key(one.receipt), [])
            if one not in kept:
                kept.append(one)


class _Batch:
    """Receipts decided together: the parts of one message may all be among them."""

    def __init__(self, matched: dict[Key, Matched], reporter: Reporter) -> None:
        self._matched = matched
        self._reporter = reporter
        self._parts: dict[int, tuple[PartState, ...]] = {}
        self.moves: list[tuple[Move, Message]] = []

    def decide(self, receipt: UpstreamReceipt) -> bool:
        """Whether the receipt belongs to a part of ours; its move is noted then."""
        found = self._matched.get(_key(receipt))
        if found is None:
            return False
        parts = self._parts.get(found.message.id, found.parts)
        found = replace(found, parts=parts)
        self.moves.append((by_receipt(found, receipt, self._reporter), found.message))
        if receipt.final:
            known = PartState(found.number, receipt.upstream_id, receipt.status, receipt.error)
            self._parts[found.message.id] = tuple(known if p.number == known.number else p for p in parts)
        return True


def _key(receipt: UpstreamReceipt) -> Key:
    return receipt.connector, receipt.upstream_id
