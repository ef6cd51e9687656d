"""Passwords: verified off the loop, a few at a time, and remembered under keyed digests."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stentor.core.account import User

_MEMORY_KIB = 7_168
_REMEMBERED = 10_000
_WAITING = 64
_THREADS = 2

hasher = PasswordHasher(time_cost=5, memory_cost=_MEMORY_KIB, parallelism=1)
"""OWASP's setting for little memory, as strong as 19 MiB in two passes."""


class Memory:
    """The digests that were used last; the ones not used for longest are forgotten first."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._most = most
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._digests)

    def __contains__(self, digest: bytes) -> bool:
        if digest not in self._digests:
            return False
        self._digests.move_to_end(digest)
        return True

    def add(self, digest: bytes) -> None:
        self._digests[digest] = None
        if len(self._digests) > self._most:
            self._digests.popitem(last=False)


class Passwords:
    """What was found right and wrong. A digest holds the stored hash, so a changed password is neither any more."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self.good = Memory(remembered)
        self.bad = Memory(remembered)
        self._key = secrets.token_bytes(32)
        self._under_way: dict[bytes, asyncio.Future[bool]] = {}
        self._nobody = hasher.hash(secrets.token_hex(16))
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="password")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def saturated(self) -> bool:
        """So many wait to be verified that another one would wait for seconds."""
        return len(self._under_way) >= _WAITING

    def digest(self, name: str, user: User | None, password: bytes) -> bytes:
        """Each part is preceded by its length, so that no two triples read the same; a user has a hash, nobody none."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        for part in (name.encode(), user.password_hash.encode() if user else b"", password):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()

    def under_way(self, digest: bytes) -> asyncio.Future[bool] | None:
        """The verification of the same credentials, which calls that arrive together share."""
        return self._under_way.get(digest)

    async def verified(self, digest: bytes, user: User | None, password: bytes) -> bool:
        """Unknown users cost the same time."""
        stored = user.password_hash if user else self._nobody
        future = asyncio.get_running_loop().run_in_executor(self._pool, _matches, stored, password)
        self._under_way[digest] = future
        future.add_done_callback(lambda _: self._under_way.pop(digest, None))
        good = await asyncio.shield(future) and user is not None
        (self.good if good else self.bad).add(digest)
        return good


def _matches(stored: str, password: bytes) -> bool:
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
