"""A disk under SQLite that notes every write and sync, and can refuse.

It is an SQLite VFS over the real one: the store above it is the real store on real files. Nothing is synced for good,
which makes it fast; `support.powercut` makes of the notes what a loss of power could have left.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import msgspec

_numbers = itertools.count(1)
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_SUPER_JOURNAL


class Create(msgspec.Struct, frozen=True, gc=False):
    path: str
    file: int


class Find(msgspec.Struct, frozen=True, gc=False):
    """A file that was there is opened for the first time: from before, or made empty by the program itself."""

    path: str
    file: int


class Delete(msgspec.Struct, frozen=True, gc=False):
    path: str


class Write(msgspec.Struct, frozen=True, gc=False):
    file: int
    offset: int
    data: bytes


class Truncate(msgspec.Struct, frozen=True, gc=False):
    file: int
    size: int


class Sync(msgspec.Struct, frozen=True, gc=False):
    """`done` False: the disk refused, and what was to be synced may never get there."""

    file: int
    done: bool


class SyncFolder(msgspec.Struct, frozen=True, gc=False):
    """The names of files made and deleted before are durable."""


Note = Create | Find | Delete | Write | Truncate | Sync | SyncFolder
Fault = Callable[[Note], Exception | None]


class Disk(apsw.VFS):
    """`start` is what the folder held, `notes` is what happened since; `fault` may refuse what is about to happen."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: what it holds now is durable."""
        self.name = f"disk-{next(_numbers)}"
        super().__init__(self.name, "unix")
        found = folder.glob("*.db*") if folder is not None else ()
        self.start = {str(path): path.read_bytes() for path in found}
        self.notes: list[Note] = []
        self.fault: Fault = lambda _: None
        self._files: dict[str, int] = {}
        self._last = 0

    @contextlib.contextmanager
    def mounted(self) -> Iterator[Disk]:
        """Connections made meanwhile are on this disk, and stay there."""
        apsw.set_default_vfs(self.name)
        try:
            yield self
        finally:
            apsw.set_default_vfs("unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = str(name.filename() if isinstance(name, apsw.URIFilename) else name)
        made = bool(flags[0] & apsw.SQLITE_OPEN_CREATE)
        if path not in self._files:
            self._last += 1
            if made and not Path(path).exists():
                self.note(Create(path, self._last))
            else:
                self.note(Find(path, self._last))
            self._files[path] = self._last
        return _File(self, self._files[path], name, flags, journal=made and bool(flags[0] & _JOURNALS))

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 - SQLite's signature
        self.note(Delete(filename))
        super().xDelete(filename, False)
        self._files.pop(filename, None)
        if syncdir:
            self.note(SyncFolder())

    def note(self, note: Note) -> None:
        error = self.fault(note)
        if error is not None:
            if isinstance(note, Sync):
                self.notes.append(Sync(note.file, done=False))
            raise error
        self.notes.append(note)


class _File(apsw.VFSFile):
    """As SQLite on unix: the first sync of a journal it made syncs the folder too."""

    def __init__(
        self, disk: Disk, file: int, name: str | apsw.URIFilename | None, flags: list[int], *, journal: bool
    ) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk
        self._file = file
        self._folder_too = journal

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.note(Write(self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.note(Truncate(self._file, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802 - SQLite's signature
        self._disk.note(Sync(self._file, done=True))
        if self._folder_too:
            self._folder_too = False
            self._disk.note(SyncFolder())
