"""How many clients are connected, in total and from one address, and which one is too many."""

from __future__ import annotations

import resource

import structlog

from stentor.core.addresses import inside, unit_of

log = structlog.get_logger()

_OTHER_FILES = 256
"""Files and sockets that the rest of the platform needs: the database, upstreams, customers' URLs."""
_LEAST = 16
_UNLIMITED = 1 << 20
_BETWEEN_WARNINGS_S = 60.0


class Place:
    """One connection's place, from the accept to the end."""

    def __init__(self, guests: Guests, unit: str) -> None:
        self._guests: Guests | None = guests
        self._unit = unit

    def leave(self) -> None:
        """Free it; once is enough."""
        if self._guests is not None:
            self._guests.left(self._unit)
            self._guests = None


class Guests:
    """`proxies` speak for many clients, so that their connections count in the total only."""

    def __init__(self, most: int, per_address: int, proxies: tuple[str, ...] = ()) -> None:
        self._most = min(most, max(_files() - _OTHER_FILES, _LEAST))
        self._per_address = per_address
        self._proxies = proxies
        self._of: dict[str, int] = {}
        self._refused = 0
        self._warned_at = -_BETWEEN_WARNINGS_S
        self.connected = 0
        if self._most < most:
            log.warning("fewer connections than configured: raise the limit of open files", connections=self._most)

    def enter(self, address: str, now: float) -> Place | None:
        """A place for a connection from there, or None when there are too many. `now` in seconds."""
        unit = unit_of(address)
        count = self._of.get(unit, 0)
        if self.connected >= self._most or (count >= self._per_address and not inside(self._proxies, address)):
            self._refuse(address, now)
            return None
        self.connected += 1
        self._of[unit] = count + 1
        return Place(self, unit)

    def left(self, unit: str) -> None:
        self.connected -= 1
        if self._of[unit] == 1:
            del self._of[unit]
        else:
            self._of[unit] -= 1

    def _refuse(self, address: str, now: float) -> None:
        """One line a minute: a flood of connections must not become a flood of lines."""
        self._refused += 1
        if now - self._warned_at >= _BETWEEN_WARNINGS_S:
            log.warning("connections refused", latest=address, refused=self._refused, connected=self.connected)
            self._warned_at, self._refused = now, 0


def _files() -> int:
    """Open files that this process may have, after asking for as many as it is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # some systems say "no limit" and mean less
        hard = soft
    return hard if hard != resource.RLIM_INFINITY else _UNLIMITED
