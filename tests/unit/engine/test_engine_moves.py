"""What is handed on in memory with a report is the message as the move left it."""

from __future__ import annotations

from pathlib import Path

from stentor.core.message import Message, Owed
from stentor.engine.moves import Mover
from support.making import START, URL, final_move, message, new, report
from support.platform import engine


class Kept(list[Owed]):
    """Implements `engine.moves.Reports`."""

    def reserve(self, _: str) -> bool:
        return True

    def release(self, _: str) -> None:
        raise AssertionError

    def push(self, item: Owed) -> None:
        self.append(item)


async def pushed_and_stored(folder: Path, refund: int) -> tuple[Message, Message]:
    async with engine(folder) as running:
        one, kept = message(notify_url=URL), Kept()
        mover = Mover(running.store, kept, running.ids, running.clock)
        await running.store.accept(new(one))
        move = final_move(one, at=START + 7, report=report(one, url=URL), refund=refund)
        await mover.carry_out([(move, one)])
        (owed,) = kept
        return owed.message, running.story(one).message


async def test_it_stands_where_the_move_led(tmp_path: Path) -> None:
    pushed, stored = await pushed_and_stored(tmp_path, refund=0)
    assert pushed == stored
    assert (pushed.status, pushed.done_at) == (5, START + 7)


async def test_what_was_paid_back_has_no_price(tmp_path: Path) -> None:
    pushed, stored = await pushed_and_stored(tmp_path, refund=1)
    assert pushed == stored
    assert pushed.price == 0
