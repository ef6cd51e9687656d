"""What is pulled is given once, and is not lost with an answer that did not go out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
Settle = Callable[[], Awaitable[None]]


class Pulled(list[T]):
    """What was taken, oldest first. It is held for the one who asked until one of these is called.

    `given`: the answer with it has gone out; it is never given again. `put_back`: nobody was there to take the answer,
    and the next pull has it. After a crash before either, the next pull has it too.
    """

    def __init__(self, rows: Iterable[T], given: Settle, put_back: Settle) -> None:
        super().__init__(rows)
        self.given = given
        self.put_back = put_back
