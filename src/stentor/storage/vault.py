"""Secrets sealed at rest with AES-256-GCM under a key that lies in a file beside the data, never in it."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from stentor.storage.durable import sync_folder

KEY_FILE = "stentor.key"
KEY_FILE_VARIABLE = "STENTOR_KEY_FILE"
PREFIX = "sealed:1:"
_KEY_OCTETS = 32
_NONCE_OCTETS = 12
_TAG_OCTETS = 16


class VaultError(Exception):
    """A sealed value cannot be opened, or the key cannot be used; the message is for the operator."""


def key_file_of(folder: Path, key_file: Path | None = None) -> Path:
    """Where the key of a data folder lies: the environment wins over the setting, and that over the folder itself."""
    named = os.environ.get(KEY_FILE_VARIABLE)
    return Path(named) if named else key_file or folder / KEY_FILE


class KeyFile:
    """32 random octets as base64 text, mode 0600, made when something is sealed for the first time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> bytes:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            raise VaultError(
                f"the key file {self.path} is missing and sealed secrets cannot be opened without it:"
                f" put it back from a backup, or name its place in {KEY_FILE_VARIABLE} or [storage] key_file",
            ) from None
        except OSError as error:
            raise VaultError(f"the key file {self.path} cannot be read: {error.strerror}") from None
        with contextlib.suppress(binascii.Error):
            key = base64.b64decode(text.strip(), validate=True)
            if len(key) == _KEY_OCTETS:
                return key
        raise VaultError(f"{self.path} is not a key file: it holds {_KEY_OCTETS} octets as base64 text")

    def read_or_make(self) -> bytes:
        if not self.path.exists():
            try:
                self._make()
            except OSError as error:
                raise VaultError(f"the key file {self.path} cannot be made: {error.strerror}") from None
        return self.read()

    def _make(self) -> None:
        """On disk before anything is sealed with it; of two processes that make it at once, one wins for both."""
        fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                _give(file.fileno(), self.path.parent)
                file.write(base64.b64encode(secrets.token_bytes(_KEY_OCTETS)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self.path)
        finally:
            fresh.unlink()
        sync_folder(self.path.parent)


class Vault:
    """Seals and opens texts. A sealed value opens only under the key and for the purpose it was sealed with."""

    def __init__(self, key: bytes | KeyFile) -> None:
        self._source = key
        self._named = f" than {key.path}" if isinstance(key, KeyFile) else ""

    @classmethod
    def of(cls, folder: Path, key_file: Path | None = None) -> Vault:
        """The vault of a data folder. Nothing is read or made until something is sealed or opened."""
        return cls(KeyFile(key_file_of(folder, key_file)))

    def seal(self, text: str, purpose: str) -> str:
        """`sealed:1:` and base64url of nonce, ciphertext and tag.

        `purpose` names the place of the value, e.g. `connector/operator/password`: moved elsewhere it does not open.
        """
        # Loaded only when something is sealed: it costs 10 MB of memory.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        nonce = secrets.token_bytes(_NONCE_OCTETS)
        key = self._derived(b"seal", self._key(make=True))
        octets = nonce + AESGCM(key).encrypt(nonce, text.encode(), purpose.encode())
        return PREFIX + base64.urlsafe_b64encode(octets).decode()

    def open(self, sealed: str, purpose: str) -> str:
        """The text; `VaultError` when the key is missing or another one, or the value was altered or moved."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see `seal`
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        octets = _octets(sealed, purpose)
        key = self._derived(b"seal", self._key(make=False))
        try:
            text = AESGCM(key).decrypt(octets[:_NONCE_OCTETS], octets[_NONCE_OCTETS:], purpose.encode())
        except InvalidTag:
            raise VaultError(
                f"the secret {purpose} cannot be opened: it was sealed with another key{self._named}, or altered;"
                " put the key file of then back, or set the secret anew",
            ) from None
        return text.decode()

    def fingerprint(self, data: bytes) -> str:
        """A keyed digest: equal data can be recognised without being kept, and nobody without the key can try."""
        key = self._derived(b"fingerprint", self._key(make=True))
        return hashlib.blake2b(data, key=key, digest_size=16).hexdigest()

    def _key(self, *, make: bool) -> bytes:
        if isinstance(self._source, KeyFile):
            self._source = self._source.read_or_make() if make else self._source.read()
        return self._source

    @staticmethod
    def _derived(use: bytes, key: bytes) -> bytes:
        """A key of its own for each use."""
        return hashlib.blake2b(b"stentor", key=key, person=use, digest_size=_KEY_OCTETS).digest()


def is_sealed(value: str) -> bool:
    return value.startswith(PREFIX)


def _octets(sealed: str, purpose: str) -> bytes:
    if is_sealed(sealed):
        with contextlib.suppress(binascii.Error, ValueError):
            octets = base64.b64decode(sealed.removeprefix(PREFIX).encode(), altchars=b"-_", validate=True)
            if len(octets) >= _NONCE_OCTETS + _TAG_OCTETS:
                return octets
    raise VaultError(f"the secret {purpose} is not a sealed value of this version ({PREFIX}...): set it anew")


def _give(handle: int, folder: Path) -> None:
    """What root makes belongs to the owner of the folder, or the program could not read it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
