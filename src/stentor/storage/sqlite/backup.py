"""A consistent copy of the database while a program writes it; and a copy put back in place.

`VACUUM INTO` reads one snapshot for as long as it takes. It never blocks the writer, but while it reads SQLite cannot
start its write-ahead log anew, so the log grows by all that is written meanwhile: 2 MB a second at 1,000 accepted
messages a second. What bounds it: the copy is given up when the log has grown by more than the database is large (and
1 GiB). SQLite's other way, copying page by page (`sqlite3_backup_step`), starts from the beginning whenever another
process writes, or holds the same snapshot; it is a third faster, but copies free pages with what is left in them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import apsw
import msgspec

from stentor.storage.archive import BackupError, Manifest, Told, unpack
from stentor.storage.durable import Steady, sync, sync_folder, written
from stentor.storage.sqlite.migrations import MIGRATIONS
from stentor.storage.sqlite.store import FILE_NAME, lock_folder
from stentor.storage.vault import KEY_FILE

LEAST_LOG = 1 << 30
_COUNTED = {"accounts": "account", "messages": "message", "queued": "queue", "reports": "report", "ledger": "ledger"}
_BUSY_MS = 5_000
_STEPS = 50_000
"""Steps of SQLite's machine between two looks at the log: a few milliseconds."""
_STAGE = ".restoring"
"""The folder in the folder where a backup is unpacked and checked."""
_OURS = ("stentor.lock", "stentor.sock", KEY_FILE, _STAGE)
"""What may be in a folder without data."""


class Facts(msgspec.Struct, frozen=True):
    schema: int
    counts: dict[str, int]


def copy(folder: Path, target: Path, told: Callable[[float], None], least_log: int = LEAST_LOG) -> None:
    """The database of `folder` as one file without a log, mode 0600, on disk. `told` hears the part done, 0 to 1."""
    source, log = folder / FILE_NAME, folder / f"{FILE_NAME}-wal"
    if not source.exists():
        raise BackupError(f"{folder} has no data; give the data folder with --data, or --config")
    allowed = _size(log) + max(_size(source), least_log)
    target.touch(0o600)
    with target.open("rb") as file:
        growing = Steady(file.fileno())
        try:
            with _beside(source) as connection:
                goal = max(1, connection.execute("PRAGMA page_count").get * connection.execute("PRAGMA page_size").get)

                def too_much() -> bool:
                    told(min(1.0, growing.look() / goal))
                    return _size(log) > allowed

                connection.set_progress_handler(too_much, _STEPS)
                connection.execute("VACUUM INTO ?", (str(target),))
                connection.set_progress_handler(None)
                # What was written meanwhile goes into the database here, rather than in one commit of the program's.
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except apsw.InterruptError:
            raise BackupError(
                f"given up: while the copy was made, the write-ahead log grew to {_size(log) >> 20} MB;"
                " take the backup when there is less traffic, or onto a faster disk"
            ) from None
        except apsw.Error as error:
            raise BackupError(f"cannot copy {source}: {error}") from None
    sync(target)


@contextlib.contextmanager
def _beside(database: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(_BUSY_MS)
    try:
        yield connection
    finally:
        connection.close()


def facts(database: Path) -> Facts:
    """Of a copy that nobody writes."""
    with _opened(database) as connection:
        counts = {
            name: int(connection.execute(f"SELECT count(*) FROM {table}").get) for name, table in _COUNTED.items()
        }
        return Facts(int(connection.execute("PRAGMA user_version").get), counts)


def restore(
    source: Path, folder: Path, key_file: Path, *, aside: Path | None, prepare: Callable[[Path], None], told: Told
) -> Manifest:
    """Put a backup in place. `aside`: where to move what is there already; None, it must not be.

    Everything is checked before anything is moved. `key_file` is where the folder's key belongs. `prepare` may change
    the data while nobody else can see it: it gets the folder that holds it.
    """
    made = not folder.exists()
    lock = lock_folder(folder)
    stage = folder / _STAGE
    try:
        shutil.rmtree(stage, ignore_errors=True)
        _check_folder(folder, replaced=aside is not None)
        stage.mkdir(0o700)
        manifest = unpack(source, stage, _check_schema, told)
        _check_database(stage / FILE_NAME, source, manifest)
        _check_key(stage / KEY_FILE, key_file, replaced=aside is not None and key_file.parent == folder)
        prepare(stage)
        if aside is not None:
            _move_aside(folder, aside, without_key=not (stage / KEY_FILE).exists())
        _place(stage, folder, key_file)
    except BaseException:
        if made:
            shutil.rmtree(folder)
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        os.close(lock)
    return manifest


def aside_of(folder: Path, stamp: str) -> Path:
    """Beside the folder; inside it where it is a disk of its own."""
    name = f"before-restore-{stamp}"
    return folder / name if folder.is_mount() else folder.with_name(f"{folder.name}.{name}")


def _check_folder(folder: Path, *, replaced: bool) -> None:
    names = sorted(path.name for path in folder.iterdir() if path.name not in _OURS)
    if names and not replaced:
        raise BackupError(f"{folder} is not empty ({names[0]} is there): give another folder, or --force")


def _check_schema(manifest: Manifest) -> None:
    if manifest.schema > len(MIGRATIONS):
        raise BackupError(
            f"the backup has schema {manifest.schema}, this program knows up to {len(MIGRATIONS)}:"
            f" restore it with Stentor {manifest.program} or newer"
        )


def _check_database(database: Path, source: Path, manifest: Manifest) -> None:
    if not database.exists():
        raise BackupError(f"{source} is no backup of Stentor: it holds no {FILE_NAME}")
    try:
        with _opened(database) as connection:
            problem = connection.execute("PRAGMA integrity_check(1)").get
        if problem == "ok" and facts(database) == Facts(manifest.schema, manifest.counts):
            return
    except apsw.Error as error:
        problem = error
    raise BackupError(f"the database in {source} is damaged ({problem}); take another backup")


def _check_key(key: Path, key_file: Path, *, replaced: bool) -> None:
    """Another key is not overwritten, unless it goes aside with the folder it is in."""
    if replaced or not key.exists() or not key_file.exists() or key_file.read_bytes() == key.read_bytes():
        return
    raise BackupError(f"{key_file} is another key than that of the backup: move it away first")


def _move_aside(folder: Path, aside: Path, *, without_key: bool) -> None:
    """The log before its database: beside another it would be taken for that one's."""
    kept = {"stentor.lock", _STAGE, aside.name} | ({KEY_FILE} if without_key else set())
    paths = sorted((path for path in folder.iterdir() if path.name not in kept), reverse=True)
    if not paths:
        return
    aside.mkdir(0o700)
    for path in paths:
        path.rename(aside / path.name)
    sync_folder(aside)
    sync_folder(folder)


def _place(stage: Path, folder: Path, key_file: Path) -> None:
    """The key before what it opens."""
    if (stage / KEY_FILE).exists():
        with written(key_file) as file:
            file.write((stage / KEY_FILE).read_bytes())
    sync(stage / FILE_NAME)
    (stage / FILE_NAME).rename(folder / FILE_NAME)
    sync_folder(folder)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextlib.contextmanager
def _opened(database: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(
        f"file:{quote(str(database))}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    try:
        yield connection
    finally:
        connection.close()
