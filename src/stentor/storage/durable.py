"""Files that are on disk as a whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

STEP = 8 << 20
"""Octets between two syncs of a growing file."""


class Steady:
    """Brings a growing file to disk step by step.

    Left to the kernel, hundreds of megabytes reach the disk at once, and a program beside waits a second and more for
    its own few: file systems with a journal write them first.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._synced = 0

    def look(self) -> int:
        """The size of the file now."""
        size = os.fstat(self._handle).st_size
        if size - self._synced >= STEP:
            os.fdatasync(self._handle)
            self._synced = size
        return size


@contextmanager
def written(target: Path) -> Iterator[IO[bytes]]:
    """A file beside `target`, mode 0600, that takes its place once it is on disk; it goes when something fails."""
    fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        sync_folder(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


def sync(file: Path) -> None:
    """Its content is on disk."""
    _sync(file, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """The names of files made, moved and deleted in it are on disk."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
