"""The lines of accounts: turns, room, what is refused, and what cannot be written at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from stentor.core.errors import StoreUnavailable
from stentor.smpp import CommandStatus, Pdu, encode
from stentor.smpp.pdu import DeliverSm
from stentor.smppd.deliver import Deliverer
from stentor.smppd.mailbox import Errand, Item
from support.platform import until


class Disk:
    """Implements `smppd.mailbox.Source`: numbers wait for accounts."""

    name = "disk"

    def __init__(self) -> None:
        self.waiting: dict[int, list[int]] = {}
        self.told: list[tuple[str, list[int]]] = []
        self.failing = 0

    def item(self, number: int, *pdus: Pdu) -> Item:
        return Item(self, number, pdus or (DeliverSm(short_message=b"%d" % number),), after=number)

    async def claim(self, account: int, limit: int) -> list[Item]:
        numbers = self.waiting.get(account, [])
        self.waiting[account] = numbers[limit:]
        return [self.item(number) for number in numbers[:limit]]

    async def delivered(self, items: Sequence[Item]) -> None:
        if self.failing:
            self.failing -= 1
            raise StoreUnavailable("full")
        self._tell("delivered", items)

    async def refused(self, items: Sequence[Item]) -> None:
        self._tell("refused", items)

    async def later(self, items: Sequence[Item]) -> float:
        self._tell("later", items)
        self.waiting.setdefault(1, []).extend(item.row for item in items)
        return 0.01

    async def put_back(self, items: Sequence[Item]) -> None:
        self._tell("put back", items)

    def _tell(self, how: str, items: Sequence[Item]) -> None:
        self.told.append((how, [item.row for item in items]))


class Phone:
    """Implements `smppd.mailbox.Receiver`."""

    def __init__(self, room: int = 1_000) -> None:
        self.room = room
        self.errands: list[Errand] = []

    def deliver(self, pdu: Pdu, errand: Errand) -> None:
        encode(pdu, 1)
        self.room -= 1
        self.errands.append(errand)

    @property
    def rows(self) -> list[int]:
        return [errand.item.row for errand in self.errands]


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def made(disk: Disk, per_account: int = 100) -> Deliverer:
    return Deliverer((disk,), lambda: {disk.name: [a for a, numbers in disk.waiting.items() if numbers]}, per_account)


async def test_turns_and_room() -> None:
    disk, phones = Disk(), [Phone(2), Phone(4), Phone(4)]
    disk.waiting[1] = list(range(10))
    deliverer = made(disk)
    for phone in phones:
        deliverer.join(1, phone)
    await turns()
    assert [len(phone.errands) for phone in phones] == [2, 4, 4]
    for phone in phones:
        for errand in phone.errands:
            deliverer.answered(1, errand, 0)
    await turns()
    assert sorted(row for how, rows in disk.told if how == "delivered" for row in rows) == list(range(10))
    assert deliverer.held == 0


async def test_more_than_memory_takes() -> None:
    disk, phone = Disk(), Phone()
    disk.waiting[1] = list(range(1_000))
    deliverer = made(disk, per_account=50)
    deliverer.join(1, phone)
    for _ in range(200):
        await turns()
        assert deliverer.held <= 100
        errands, phone.errands = phone.errands, []
        for errand in errands:
            deliverer.answered(1, errand, 0)
    assert deliverer.delivered == 1_000


async def test_what_tells_of_an_unanswered_message_waits() -> None:
    disk, phone = Disk(), Phone()
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    deliverer.begun(1, 5)
    for number in (3, 7):
        assert deliverer.reserve(1)
        deliverer.push(1, disk.item(number))
    await turns()
    assert phone.rows == [3]
    deliverer.ended(1, 5)
    await turns()
    assert phone.rows == [3, 7]


async def test_one_that_cannot_be_written_holds_up_nothing() -> None:
    disk, phone = Disk(), Phone()
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    for item in (disk.item(1, DeliverSm(short_message=b"x" * 300)), disk.item(2)):
        assert deliverer.reserve(1)
        deliverer.push(1, item)
    await turns()
    assert phone.rows == [2]
    assert disk.told == [("refused", [1])]


async def test_for_now_and_for_good() -> None:
    disk, phone = Disk(), Phone()
    disk.waiting[1] = [1, 2]
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    deliverer.answered(1, phone.errands[0], CommandStatus.ESME_RMSGQFUL)
    deliverer.answered(1, phone.errands[1], CommandStatus.ESME_RX_R_APPN)
    await until(lambda: len(phone.rows) == 3)
    assert disk.told == [("later", [1]), ("refused", [2])]
    assert phone.rows == [1, 2, 1]


async def test_parts_are_one_thing() -> None:
    disk, phone = Disk(), Phone()
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    assert deliverer.reserve(1)
    deliverer.push(1, disk.item(1, DeliverSm(short_message=b"a"), DeliverSm(short_message=b"b")))
    await turns()
    deliverer.answered(1, phone.errands[0], 0)
    await turns()
    assert disk.told == []
    deliverer.lost(1, phone.errands[1], phone)
    await turns()
    deliverer.answered(1, phone.errands[2], 0)
    await turns()
    assert disk.told == [("delivered", [1])]


async def test_one_part_that_is_refused_for_now_ends_the_turn_of_all() -> None:
    disk, phone = Disk(), Phone(room=1)
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    assert deliverer.reserve(1)
    deliverer.push(1, disk.item(1, DeliverSm(short_message=b"a"), DeliverSm(short_message=b"b")))
    await turns()
    deliverer.answered(1, phone.errands[0], CommandStatus.ESME_RX_T_APPN)
    deliverer.leave(1, phone)
    await turns()
    assert disk.told == [("later", [1])]
    assert deliverer.held == 0


async def test_what_is_new_on_disk_is_fetched_when_it_is_told() -> None:
    disk, phone = Disk(), Phone()
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    disk.waiting = {1: [1], 2: [2]}
    deliverer.waits(disk.name, (1, 2))
    await turns()
    assert phone.rows == [1]


async def test_a_full_disk_is_tried_on_and_the_last_one_gives_back() -> None:
    disk, phone = Disk(), Phone()
    disk.waiting[1] = [1, 2]
    disk.failing = 1
    deliverer = made(disk)
    deliverer.join(1, phone)
    await turns()
    deliverer.answered(1, phone.errands[0], 0)
    await until(lambda: disk.told)
    assert (disk.failing, disk.told) == (0, [("delivered", [1])])
    deliverer.leave(1, phone)
    deliverer.lost(1, phone.errands[1], phone)
    await turns()
    assert disk.told[1:] == [("put back", [2])]
    assert not deliverer.reserve(1)
    await deliverer.stop()
