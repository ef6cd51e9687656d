"""Configuration as code: what a file defines becomes a revision, and what there is becomes a file.

The file that `stentor serve` reads is applied when it changed, and of it only what changed since it was applied last:
what an operator changed meanwhile by command or over /admin stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from argon2.exceptions import VerificationError
from msgspec.structs import replace

from stentor.api.passwords import hasher
from stentor.config import ConfigError, Settings, entries, exported, kept, openings, parse
from stentor.config.defined import Entry
from stentor.core.account import User
from stentor.core.administration import Administration
from stentor.core.consistency import Misfit
from stentor.core.definitions import KEPT, SECRET_OPTIONS, Link, Record, Revision, kind_of
from stentor.core.errors import InvalidField, Refusal
from stentor.core.ports import Store
from stentor.storage.vault import Vault

APPLIED = "configuration applied"
FILE = "configuration file"
_HASH_PREFIX = "$argon2"
_PAUSE_AFTER = 1_000


class Defining:
    """Implements `api.admin.configuration.Files`."""

    def __init__(self, administration: Administration, store: Store, vault: Vault) -> None:
        self._administration = administration
        self._store = store
        self._vault = vault

    async def start(self, settings: Settings, source: str = FILE) -> None:
        """Apply what changed in the file since the last start."""
        now = {_name(entry.record): entry for entry in entries(settings)}
        prints = {name: self._fingerprint(entry) for name, entry in now.items()}
        before: dict[str, str] = msgspec.json.decode(self._store.note(APPLIED) or "{}")
        if prints == before:
            return
        changed = [entry for name, entry in now.items() if before.get(name) != prints[name]]
        gone = [(kind, key) for kind, _, key in (name.partition("/") for name in before.keys() - now.keys())]
        try:
            await self._revise("stentor", source, settings, changed, gone)
        except InvalidField as refusal:
            raise ConfigError(f"{source}: {refusal.field}: {refusal.reason}") from None
        except Refusal as refusal:
            raise ConfigError(f"{source}: {refusal}") from None
        await self._store.write_note(APPLIED, msgspec.json.encode(prints).decode())

    async def read(self, operator: str, text: str, *, prune: bool, preview: bool) -> Revision:
        """`stentor config import`: add and change what the file has; `prune` also drops what it has not."""
        try:
            settings, given = await asyncio.to_thread(_read, text)
        except ConfigError as error:
            raise InvalidField("file", str(error).removeprefix("file: ")) from None
        book = self._administration.book
        named = {_name(entry.record) for entry in given}
        kinds = {kind_of(entry.record).name for entry in given} if prune else set()
        gone = [(kind, key) for kind in kinds for key in book.of(kind) if f"{kind}/{key}" not in named]
        return await self._revise(operator, "configuration import", settings, given, gone, preview=preview)

    async def write(self, *, secrets: bool) -> str:
        """On a thread, of the book as it is now: 100,000 prices take a second."""
        return await asyncio.to_thread(exported, self._administration.book.copy(), secrets=secrets)

    async def _revise(
        self,
        operator: str,
        action: str,
        settings: Settings,
        given: Sequence[Entry],
        gone: Sequence[tuple[str, str]],
        *,
        preview: bool = False,
    ) -> Revision:
        async def wanted() -> list[Record]:
            missing = [what for entry in given for what in kept(entry, self._administration.book)]
            if missing:
                reason = f"nothing is kept here for {', '.join(missing)}: export with --secrets, or write it there."
                raise InvalidField("file", reason)
            records = []
            for count, entry in enumerate(given, start=1):
                records.append(await self._finished(entry))
                if count % _PAUSE_AFTER == 0:
                    await asyncio.sleep(0)
            return records

        try:
            return await self._administration.revise(
                operator, action, wanted, gone=gone, openings=openings(settings), preview=preview
            )
        except Misfit as misfit:
            raise InvalidField(f"{misfit.name}: {misfit.field}", misfit.reason) from None

    async def _finished(self, entry: Entry) -> Record:
        """The record with its password hashed and its kept secrets put in."""
        record = entry.record
        known: Any = self._administration.book.get(kind_of(record).name, kind_of(record).key(record))
        if isinstance(record, User):
            return replace(record, password_hash=await hashed(entry.password or "", known))
        return with_kept_secrets(record, known) if isinstance(record, Link) else record

    def _fingerprint(self, entry: Entry) -> str:
        return self._vault.fingerprint(msgspec.json.encode([entry.record, entry.password]))


def _read(text: str) -> tuple[Settings, list[Entry]]:
    """On a thread: a large file takes seconds."""
    settings = parse(text, "file", whole=False)
    return settings, list(entries(settings))


def with_kept_secrets(link: Link, known: Link | None) -> Link:
    """`<kept>` written back means the secret that is there."""
    options = {
        name: known.options.get(name, "") if value == KEPT and name in SECRET_OPTIONS and known is not None else value
        for name, value in link.options.items()
    }
    return replace(link, options=options)


async def hashed(password: str, known: User | None) -> str:
    """The hash to keep: a password that did not change keeps the one it has."""
    if password.startswith(_HASH_PREFIX):
        return password
    if known is not None and (password == KEPT or await asyncio.to_thread(_verifies, known.password_hash, password)):
        return known.password_hash
    return await asyncio.to_thread(hasher.hash, password)


def _verifies(hash_: str, password: str) -> bool:
    try:
        return hasher.verify(hash_, password)
    except VerificationError:
        return False


def _name(record: Record) -> str:
    kind = kind_of(record)
    return f"{kind.name}/{kind.key(record)}"
