"""A port where nobody may come, for the programs under test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from stentor.engine.address import is_own


@contextmanager
def knocked_at() -> Iterator[tuple[int, Callable[[], int]]]:
    """A port of both loopbacks where connections are kept by the kernel until they are counted."""
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = int(first.getsockname()[1])
        listeners = [first]
        if is_own("::1"):
            second = socket.create_server(("::1", port), family=socket.AF_INET6, dualstack_ipv6=False)
            listeners.append(stack.enter_context(second))
        yield port, lambda: sum(map(_waiting_at, listeners))


def _waiting_at(listener: socket.socket) -> int:
    listener.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            count += 1
    return count
