"""A backup as one file: a gzipped tar of a manifest and the files it names. Half a file is never taken for a whole."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

import msgspec

from stentor.storage.durable import Steady, written

MANIFEST = "manifest.json"
_FORMAT = 1
_LARGEST_MANIFEST = 1 << 20
_BLOCK = 1 << 20

Told = Callable[[float], None]
"""Hears how much is done, 0 to 1."""


class BackupError(Exception):
    """A backup that cannot be made or used; the message is for the operator."""


class Packed(msgspec.Struct, frozen=True):
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. `at` is the moment the copy shows, ISO 8601 in UTC; `counts` are rows.

    `key_left_out`: there is a key file, and it is not in here.
    """

    format: int = _FORMAT
    program: str
    schema: int
    at: str
    counts: dict[str, int]
    key_left_out: bool = False
    files: dict[str, Packed] = {}


class _Meter:
    def __init__(self, total: int, told: Told) -> None:
        self._total = max(1, total)
        self._told = told
        self._done = 0

    def add(self, octets: int) -> None:
        self._done += octets
        self._told(self._done / self._total)


class _Watched:
    """A file that is read through, hashed, and told of."""

    def __init__(self, file: IO[bytes], meter: _Meter | None = None) -> None:
        self._file = file
        self._meter = meter
        self._digest = hashlib.sha256()
        self._size = 0

    def read(self, size: int = _BLOCK) -> bytes:
        block = self._file.read(size)
        self._digest.update(block)
        self._size += len(block)
        if self._meter is not None:
            self._meter.add(len(block))
        return block

    @property
    def seen(self) -> Packed:
        return Packed(self._size, self._digest.hexdigest())


def pack(target: Path, manifest: Manifest, files: dict[str, Path], told: Told) -> Manifest:
    """Write the backup, mode 0600; `target` is there as a whole or not at all. `files`: name to path."""
    manifest = msgspec.structs.replace(manifest, files={name: _seen(path) for name, path in files.items()})
    try:
        with written(target) as file, gzip.GzipFile("", "wb", 1, file) as zipped:
            growing = Steady(file.fileno())

            def look(done: float) -> None:
                growing.look()
                told(done)

            _fill(zipped, manifest, files, look)
    except OSError as error:
        raise BackupError(f"cannot write {target}: {error.strerror}") from None
    return manifest


def _fill(zipped: gzip.GzipFile, manifest: Manifest, files: dict[str, Path], told: Told) -> None:
    with tarfile.open(fileobj=zipped, mode="w|") as tar:
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
        _add(tar, MANIFEST, len(text), _Watched(BytesIO(text)))
        meter = _Meter(_octets(manifest), told)
        for name, path in files.items():
            with path.open("rb") as source:
                _add(tar, name, manifest.files[name].size, _Watched(source, meter))


def _seen(path: Path) -> Packed:
    with path.open("rb") as file:
        watched = _Watched(file)
        while watched.read():
            pass
    return watched.seen


def _add(tar: tarfile.TarFile, name: str, size: int, source: _Watched) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, source)


def unpack(source: Path, folder: Path, check: Callable[[Manifest], None], told: Told) -> Manifest:
    """Write the files of a backup into `folder`; each is what the manifest says.

    `check` may refuse the manifest before anything is written.
    """
    with _explained(source), gzip.open(source) as zipped:
        with tarfile.open(fileobj=zipped, mode="r|") as tar:
            manifest = _manifest(tar, source)
            check(manifest)
            _room(folder, manifest)
            missing, meter = dict(manifest.files), _Meter(_octets(manifest), told)
            while (entry := tar.next()) is not None:
                if missing.pop(entry.name, None) is None:
                    raise BackupError(f"{source} is no backup of Stentor: it holds {entry.name!r}")
                _take(tar, entry, folder / entry.name, manifest.files[entry.name], source, meter)
        while zipped.read(_BLOCK):  # to the checksum at its end
            pass
    if missing:
        raise BackupError(f"{source} is not whole: {', '.join(missing)} is missing; take another backup")
    return manifest


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    entry = tar.next()
    file = tar.extractfile(entry) if entry is not None and entry.name == MANIFEST else None
    if file is None or entry is None or entry.size > _LARGEST_MANIFEST:
        raise BackupError(f"{source} is no backup of Stentor")
    manifest = msgspec.json.decode(file.read(), type=Manifest)
    if manifest.format > _FORMAT:
        raise BackupError(f"{source} was made by a newer program ({manifest.program}): restore it with that")
    if any("/" in name or name.startswith(".") for name in manifest.files):
        raise BackupError(f"{source} is no backup of Stentor")
    return manifest


def _octets(manifest: Manifest) -> int:
    return sum(packed.size for packed in manifest.files.values())


def _room(folder: Path, manifest: Manifest) -> None:
    needed, free = _octets(manifest), shutil.disk_usage(folder).free
    if needed > free:
        raise BackupError(f"{folder} has room for {free >> 20} MB, the backup needs {needed >> 20} MB")


def _take(
    tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path, expected: Packed, source: Path, meter: _Meter
) -> None:
    file = tar.extractfile(entry)
    if file is None:
        raise BackupError(f"{source} is no backup of Stentor: {entry.name!r} is no file")
    watched = _Watched(file, meter)
    with written(target) as out:
        while block := watched.read():
            out.write(block)
    if watched.seen != expected:
        raise BackupError(f"{source} was altered: {entry.name} is not what its manifest says; take another backup")


@contextmanager
def _explained(source: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, ValueError) as error:
        raise BackupError(f"{source} is no backup, is cut off or was altered ({error}); take another one") from None
    except OSError as error:
        raise BackupError(f"cannot unpack {source}: {error.strerror or error}") from None
