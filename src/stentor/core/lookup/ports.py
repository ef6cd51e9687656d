"""What looking up stands on: resolvers, the chain that asks them, a store, and those who work on when nobody waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from stentor.core.account import Account
from stentor.core.calls import Call
from stentor.core.lookup.records import Found, LookupFilter, LookupResult, NewLookups, Waiting

Renderer = Callable[[Account | None, Sequence[LookupResult], str], tuple[str, bytes]]
"""The content type and the body of a call that tells results, for the content type that was asked for."""


class Resolver(Protocol):
    """One source of answers: a file, a plan, another platform, an HLR.

    `asks`: it may have to wait for an answer; its `find` then only knows what needs no waiting.
    """

    name: str
    asks: bool

    def find(self, number: str) -> Found | None:
        """What it knows without waiting."""

    async def ask(self, numbers: Sequence[str]) -> Mapping[str, Found]:
        """What it finds out; a number that is left out it does not know. Raises anything when it cannot be asked."""

    async def close(self) -> None: ...


class Finder(Protocol):
    """The chain of resolvers for an account and a country: the first answer wins."""

    def at_once(self, account: str, number: str) -> tuple[str, Found] | None:
        """The answer that needs no waiting, and whose it is; None when somebody must be asked first."""

    async def ask(
        self, account: str, numbers: Sequence[str], *, patient: bool = False
    ) -> Mapping[str, tuple[str, Found]]:
        """An answer for each number, within the resolvers' timeouts; `patient`: after waiting for them to be free."""


class Background(Protocol):
    """Those who go on with lookups that nobody waits for."""

    def take(self, waiting: Sequence[Waiting]) -> None: ...


class LookupStore(Protocol):
    """Where lookups live. Every method that writes returns only after its rows are durable."""

    async def accept(self, new: NewLookups) -> list[int | None]:
        """Charge and write a portion. For each lookup: None, or 12 when the credit does not suffice."""

    async def finish(self, done: Sequence[LookupResult], calls: Sequence[Call] = ()) -> None:
        """Write answers to lookups that are pending, and the calls that tell them; or calls alone.

        One that costs nothing any more gets its money back. What is not pending stays as it is.
        """

    async def waiting(self, after: int, limit: int) -> list[Waiting]:
        """Pending lookups of this node with numbers above `after`, in order."""

    async def logs(self, account: int, wanted: LookupFilter) -> list[LookupResult]:
        """Newest first."""

    async def holders(self) -> list[int]:
        """The accounts that have lookups, of deleted ones too."""

    async def purge(self, account: int, before: int, limit: int) -> int:
        """Forget lookups that were done before this time; how many. Money is not forgotten."""

    async def erase(self, number: str) -> tuple[int, int]:
        """Forget the lookups of a number; how many went, and how many are still pending."""
