"""Short links: where each leads, for how long, and who followed it (004 "URL shortening")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from stentor.core import shortening
from stentor.core.account import Directory
from stentor.core.browsers import is_machine, os_of
from stentor.core.errors import NotFound, Refusal
from stentor.core.ports import Clock
from stentor.core.tracked import Click, ShortLink

_REMEMBERED = 10_000
"""Links kept in memory, some 1 KB each."""


class Gone(Refusal):
    """A link that leads nowhere any more: its time is over, or it was stopped."""


class ClickCount(msgspec.Struct, frozen=True):
    """One line of what is told about a link: clicks of a system, and the latest of them."""

    os: str
    clicks: int
    last: int


class LinkStore(Protocol):
    """Where links live. They are written with their message (`core.ports.NewMessages.tracked`)."""

    def link(self, code: int) -> ShortLink | None: ...

    def stopped_hosts(self) -> list[tuple[str, int]]:
        """Hosts that no link may lead to, each with when it was stopped."""

    async def stop(self, code: int, *, stopped: bool) -> None: ...

    async def stop_host(self, host: str, at: int, *, stopped: bool) -> None: ...

    async def clicks(self, code: int) -> list[ClickCount]: ...

    async def forget(self, before: int, limit: int) -> int:
        """Forget links whose time was over before this, with their clicks; how many."""

    async def erase(self, number: str) -> int:
        """Forget the links of a phone number, with their clicks and the calls owed for them; how many."""


class _Known(msgspec.Struct, frozen=True):
    link: ShortLink
    location: bytes


class Links:
    """Follow links, and stop them. `tell` takes a click for what happens after the answer."""

    def __init__(
        self, *, store: LinkStore, clock: Clock, directory: Directory, tell: Callable[[Click], None] | None = None
    ) -> None:
        self.tell = tell or (lambda _: None)
        self.previews = 0
        """Times that a machine followed a link."""
        self._store = store
        self._clock = clock
        self._directory = directory
        self._known: dict[str, _Known] = {}
        self._hosts = {host for host, _ in store.stopped_hosts()}

    def follow(self, code: str, user_agent: str, *, clicked: bool) -> bytes:
        """Where the link leads, as a header. `NotFound` for no link, `Gone` for one that is over or stopped.

        A click is a person's: machines that look at a link, and requests that only ask (`clicked` False), are none.
        """
        known = self._find(code)
        link, now = known.link, self._clock.now_ms()
        if link.expires <= now or link.stopped or self._is_stopped(link):
            raise Gone("This link is no longer there.")
        if clicked and not is_machine(user_agent):
            self.tell(Click(link, now, os_of(user_agent)))
        elif clicked:
            self.previews += 1
        return known.location

    def show(self, code: str) -> ShortLink:
        number = shortening.number_of(code)
        found = None if number is None else self._store.link(number)
        if found is None:
            raise NotFound(f"no link has the code {code[:40]!r}")
        return found

    async def clicks(self, link: ShortLink) -> list[ClickCount]:
        return await self._store.clicks(link.code)

    async def stop(self, code: str, *, stopped: bool) -> ShortLink:
        """Stop one link, or let it go on."""
        link = self.show(code)
        await self._store.stop(link.code, stopped=stopped)
        self._known.pop(code, None)
        return self.show(code)

    def hosts(self) -> Sequence[tuple[str, int]]:
        return self._store.stopped_hosts()

    async def stop_host(self, host: str, *, stopped: bool) -> None:
        """Stop every link to a host and its subdomains, those to come too, or let them go on."""
        await self._store.stop_host(host, self._clock.now_ms(), stopped=stopped)
        self._hosts = {one for one, _ in self._store.stopped_hosts()}

    async def erase(self, number: str) -> int:
        erased = await self._store.erase(number)
        self._known.clear()
        return erased

    def account_of(self, link: ShortLink) -> str:
        """Its name, or its number when it is gone."""
        account = self._directory.accounts.get(link.account)
        return str(link.account) if account is None else account.name

    def stands(self, link: ShortLink) -> bool:
        """Whether it leads somewhere now."""
        return not (link.stopped or link.expires <= self._clock.now_ms() or self._is_stopped(link))

    def _is_stopped(self, link: ShortLink) -> bool:
        account = self._directory.accounts.get(link.account)
        if account is None or not account.enabled:
            return True
        if not self._hosts:
            return False
        labels = link.host.split(".")
        return any(".".join(labels[start:]) in self._hosts for start in range(len(labels)))

    def _find(self, code: str) -> _Known:
        known = self._known.pop(code, None)
        if known is None:
            link = self.show(code)
            known = _Known(link, shortening.location(link.url).encode("ascii"))
            if len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
        self._known[code] = known
        return known
