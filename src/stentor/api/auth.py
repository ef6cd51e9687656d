"""Who is calling: `Basic`, `App KEY` and its old spelling `ApiKey KEY` (`spec/wire.md` (b)1).

Passwords are Argon2id hashes. A verification takes tens of milliseconds and runs off the loop, a few at a time; one
that succeeded is remembered under a keyed digest of user, stored hash and password, so a changed password forgets it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import secrets
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stentor.core.account import Account, User
from stentor.core.errors import Throttled, Unauthorized
from stentor.core.rulebook import Rulebook

_MEMORY_KIB = 7_168
_REMEMBERED = 10_000
_WAITING = 64
_THREADS = 2

hasher = PasswordHasher(time_cost=5, memory_cost=_MEMORY_KIB, parallelism=1)
"""OWASP's setting for little memory, as strong as 19 MiB in two passes."""


class Authenticator:
    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._key = secrets.token_bytes(32)
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Future[bool]] = {}
        self._nobody = hasher.hash(secrets.token_hex(16))
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="password")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def account(self, authorization: bytes) -> Account:
        """The calling account, or `Unauthorized`."""
        scheme, _, rest = authorization.partition(b" ")
        match scheme.lower():
            case b"basic":
                return await self._basic(rest.strip())
            case b"app" | b"apikey":
                account = self._rulebook.directory.by_key(rest.strip().decode("latin-1"))
                if account is not None:
                    return account
        raise Unauthorized

    async def _basic(self, encoded: bytes) -> Account:
        try:
            name, separator, password = base64.b64decode(encoded, validate=True).partition(b":")
        except binascii.Error:
            raise Unauthorized from None
        user = self._rulebook.directory.users.get(_text(name)) if separator else None
        account = self._rulebook.directory.enabled(user.account) if user else None
        digest = self._digest(user, password)
        if digest in self._good and account is not None:
            return account
        if not await self._verified(digest, user, password) or account is None:
            raise Unauthorized
        return account

    def _digest(self, user: User | None, password: bytes) -> bytes:
        """Each part is preceded by its length, so that no two triples read the same."""
        digest = hashlib.blake2b(key=self._key, digest_size=16)
        for part in (user.name.encode(), user.password_hash.encode(), password) if user else (password,):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()

    async def _verified(self, digest: bytes, user: User | None, password: bytes) -> bool:
        """Calls with the same credentials that arrive together share one verification."""
        future = self._under_way.get(digest)
        if future is None:
            if len(self._under_way) >= _WAITING:
                raise Throttled(1.0)
            stored = user.password_hash if user else self._nobody  # unknown users cost the same time
            future = asyncio.get_running_loop().run_in_executor(self._pool, _matches, stored, password)
            self._under_way[digest] = future
            future.add_done_callback(lambda _: self._under_way.pop(digest, None))
        good = await asyncio.shield(future) and user is not None
        if good:
            self._good[digest] = None
            if len(self._good) > _REMEMBERED:
                self._good.popitem(last=False)
        return good


def _matches(stored: str, password: bytes) -> bool:
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")
