"""What a disk may hold after the power was cut.

What was synced is there. Every write, truncation and name after that is kept or dropped, each for itself; a write may
be torn at its sectors, and a sector that was under way may hold garbage. That is what SQLite's own crash tests
assume of a disk, and the worst a file system does.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from support.disk import Create, Delete, Disk, Find, Note, Sync, SyncFolder, Truncate, Write

_SECTORS = (512, 4096)


class _Fate(Enum):
    OPEN = auto()
    """Not synced yet."""
    DURABLE = auto()
    LOST = auto()
    """Its sync failed: a later one does not bring it back."""


class _Mood:
    """How this cut treats what was not synced; a cut that keeps or drops everything is as likely as a wild one."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.keeps = chance.choice((0.0, 1.0, chance.random(), chance.random()))
        self.tears = chance.choice((0.0, 0.0, chance.random()))
        self.garbage = chance.choice((0.0, chance.random()))
        self.sector = chance.choice(_SECTORS)

    def keep(self) -> bool:
        return self.chance.random() < self.keeps

    def torn(self) -> bool:
        return self.chance.random() < self.tears


class _Content:
    """A file: what is durable, then what happened to it since, oldest first."""

    def __init__(self, durable: bytes = b"") -> None:
        self._durable = bytearray(durable)
        self._since: list[tuple[Write | Truncate, _Fate]] = []

    def add(self, change: Write | Truncate) -> None:
        self._since.append((change, _Fate.OPEN))

    def sync(self, *, done: bool) -> None:
        fate = _Fate.DURABLE if done else _Fate.LOST
        self._since = [(change, fate if old is _Fate.OPEN else old) for change, old in self._since]
        while self._since and self._since[0][1] is _Fate.DURABLE:
            _apply(self._durable, self._since.pop(0)[0])

    def after(self, mood: _Mood) -> bytes:
        content = bytearray(self._durable)
        for change, fate in self._since:
            if fate is _Fate.DURABLE:
                _apply(content, change)
            elif isinstance(change, Write) and mood.torn():
                _tear(content, change, mood)
            elif mood.keep():
                _apply(content, change)
        return bytes(content)


class PowerCut:
    """Follows a disk's notes; at any of them the power may be cut."""

    def __init__(self, disk: Disk) -> None:
        self._notes = disk.notes
        self._at = 0
        self._names: dict[str, _Content] = {path: _Content(held) for path, held in disk.start.items()}
        self._open: list[tuple[str, _Content | None]] = []
        self._files: dict[int, _Content] = {}

    def go_to(self, at: int) -> None:
        """Cuts are made in ascending order."""
        for note in self._notes[self._at : at]:
            self._follow(note)
        self._at = at

    def image(self, chance: random.Random) -> dict[str, bytes]:
        """One of the many things that the folder may hold now."""
        mood = _Mood(chance)
        names = dict(self._names)
        for change in self._open:
            if mood.keep():
                _name(names, *change)
        return {Path(path).name: content.after(mood) for path, content in names.items()}

    def _current(self) -> dict[str, _Content]:
        """As the running system sees it."""
        names = dict(self._names)
        for change in self._open:
            _name(names, *change)
        return names

    def _follow(self, note: Note) -> None:
        match note:
            case Find(path, file) if path in (known := self._current()):
                self._files[file] = known[path]
            case Create(path, file) | Find(path, file):
                self._files[file] = _Content()
                self._open.append((path, self._files[file]))
            case Delete(path):
                self._open.append((path, None))
            case Write() | Truncate():
                self._files[note.file].add(note)
            case Sync(file, done):
                self._files[file].sync(done=done)
            case SyncFolder():
                for change in self._open:
                    _name(self._names, *change)
                self._open.clear()


def put(image: dict[str, bytes], folder: Path, chance: random.Random) -> Path:
    """A folder with that image, and what no power cut leaves in order: the index of the log is shared memory."""
    folder.mkdir()
    for name, content in image.items():
        (folder / name).write_bytes(content)
        if name.endswith(".db") and chance.random() < 0.5:
            (folder / f"{name}-shm").write_bytes(chance.randbytes(32_768))
    return folder


def cuts(notes: Sequence[Note], count: int, chance: random.Random) -> list[int]:
    """Places for `count` cuts, ascending: anywhere, and as often right before or after a sync."""
    near = [at + side for at, note in enumerate(notes) if isinstance(note, Sync) for side in (0, 1)]
    return sorted(chance.choice((chance.choice(near), chance.randint(0, len(notes)))) for _ in range(count))


def _name(names: dict[str, _Content], path: str, content: _Content | None) -> None:
    if content is None:
        names.pop(path, None)
    else:
        names[path] = content


def _apply(content: bytearray, change: Write | Truncate) -> None:
    if isinstance(change, Truncate):
        _resize(content, change.size)
        return
    if len(content) < change.offset:
        _resize(content, change.offset)
    content[change.offset : change.offset + len(change.data)] = change.data


def _resize(content: bytearray, size: int) -> None:
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    del content[size:]


def _tear(content: bytearray, change: Write, mood: _Mood) -> None:
    """Sector by sector: the new octets, the old ones, or garbage; octets beside the write are never touched."""
    start, end = change.offset, change.offset + len(change.data)
    while start < end:
        stop = min((start // mood.sector + 1) * mood.sector, end)
        piece = change.data[start - change.offset : stop - change.offset]
        if mood.chance.random() < mood.garbage:
            piece = mood.chance.randbytes(len(piece))
            _apply(content, Write(change.file, start, piece))
        elif mood.keep():
            _apply(content, Write(change.file, start, piece))
        start = stop
