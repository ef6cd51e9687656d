"""Names to addresses, each lookup on a thread of its own.

The event loop's own lookups share two threads, and a name whose servers are silent holds one for half a minute: two
such names in customers' URLs would stop every other lookup of the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

from aiohttp.abc import AbstractResolver, ResolveResult

from stentor.engine.address import AddressPolicy

_AT_A_TIME = 64
_ADDRESSES = 4
"""Addresses of one name that are tried: a name with hundreds would make the platform knock at hundreds of doors."""

_Found = list[tuple[int, str]]


class SystemLookup(AbstractResolver):
    """As the operating system resolves names."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        async with self._turns:
            found = await _on_a_thread(host, family)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in found
        ]

    async def close(self) -> None: ...


class PermittedAddresses(AbstractResolver):
    """The addresses of a name that may be called; `AddressPolicy.socket` checks them again when it comes to it."""

    def __init__(self, policy: AddressPolicy, inner: AbstractResolver) -> None:
        self._policy = policy
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        permitted = [one for one in found if self._policy.permits(one["host"])]
        if not permitted:
            self._policy.check(found[0]["host"] if found else "nothing")
        return permitted[:_ADDRESSES]

    async def close(self) -> None:
        await self._inner.close()


async def _on_a_thread(host: str, family: int) -> _Found:
    """Nobody waits for the thread when the program ends."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Found] = loop.create_future()

    def settle(found: _Found | OSError) -> None:
        if answer.done():
            return
        if isinstance(found, OSError):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    def look_up() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(settle, _look_up(host, family))

    threading.Thread(target=look_up, name="lookup", daemon=True).start()
    return await answer


def _look_up(host: str, family: int) -> _Found | OSError:
    try:
        infos = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except OSError as error:
        return error
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "this name cannot be looked up")
    return [(info[0], str(info[4][0])) for info in infos]
