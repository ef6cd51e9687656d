"""Backups: one file that holds all, refused when it is not whole, put in place without losing what is there."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from stentor.app.restored import drop_queue
from stentor.catalogue import StatusId
from stentor.core.message import EventKind, Message
from stentor.core.ports import ReportFilter
from stentor.storage.archive import BackupError, Manifest, pack
from stentor.storage.sqlite import SqliteStore, backup
from stentor.storage.sqlite.migrations import MIGRATIONS
from stentor.storage.sqlite.store import DataInUse
from stentor.storage.vault import KEY_FILE, Vault
from support.making import HOUR, START, URL, FakeClock, final_move, message, new, sent_part
from support.opening import opened

STAMP = "20260102T030405Z"


def nothing(_: Any) -> None:
    pass


def made(folder: Path, target: Path, key_file: Path | None = None) -> Manifest:
    """A backup of a folder as the command makes it."""
    copied = target.with_suffix(".copy")
    backup.copy(folder, copied, nothing)
    facts = backup.facts(copied)
    files = {"stentor.db": copied} | ({KEY_FILE: key_file} if key_file else {})
    manifest = Manifest(program="1.2.3", schema=facts.schema, at="now", counts=facts.counts)
    manifest = pack(target, manifest, files, nothing)
    copied.unlink()
    return manifest


def restored(source: Path, folder: Path, *, force: bool = False, key_file: Path | None = None) -> Manifest:
    aside = backup.aside_of(folder, STAMP) if force else None
    key = key_file or folder / KEY_FILE
    return backup.restore(source, folder, key, aside=aside, prepare=nothing, told=nothing)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder with ten messages, closed."""
    data = tmp_path / "data"
    async with opened(data) as store:
        await store.accept(new(*(message(client_id=f"m{n}") for n in range(10))))
    return data


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    made(folder, tmp_path / "backup")
    return tmp_path / "backup"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_what_was_backed_up_is_there_again(tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as store:
        sent, queued = message(client_id="a", parts=2), message(client_id="b", callback_data="x")
        await store.accept(new(sent, queued))
        await store.sent([sent_part(sent, f"u{n}", n, completes=n == 2) for n in (1, 2)], [])
        before = [store.story("a"), store.story("b"), store.balance(1), store.secret(), store.records()]
        manifest = made(tmp_path / "data", tmp_path / "backup")
        await store.accept(new(message(client_id="after")))
    assert manifest.counts == {"accounts": 2, "messages": 2, "queued": 1, "reports": 0, "ledger": 4}
    assert restored(tmp_path / "backup", tmp_path / "again") == manifest
    store = SqliteStore(tmp_path / "again")
    again = [store.story("a"), store.story("b"), store.balance(1), store.secret(), store.records()]
    assert again == before
    assert store.story("after") is None
    await store.close()


def test_only_its_owner_may_read_it(folder: Path, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        made(folder, tmp_path / "backup")
        restored(tmp_path / "backup", tmp_path / "again")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "again").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "again" / "stentor.db").stat().st_mode) == 0o600


def test_nothing_else_is_left_behind(folder: Path, tmp_path: Path, file: Path) -> None:
    restored(file, tmp_path / "again")
    assert names(tmp_path) == ["again", "backup", "data"]
    assert names(tmp_path / "again") == ["stentor.db", "stentor.lock"]
    assert names(folder) == ["stentor.db", "stentor.lock"]


def test_a_folder_without_data_says_so(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"has no data"):
        backup.copy(tmp_path, tmp_path / "copy", nothing)


def test_a_copy_is_given_up_before_the_log_outgrows_the_database(folder: Path, tmp_path: Path) -> None:
    """The test writes what others would write in the meantime."""
    writer = apsw.Connection(str(folder / "stentor.db"))
    writer.execute("CREATE TABLE much (octets BLOB)")
    with writer:
        writer.executemany("INSERT INTO much VALUES (?)", [(n,) for n in range(60_000)])
    size = (folder / "stentor.db").stat().st_size

    def write(_: float) -> None:
        writer.execute("INSERT INTO much VALUES (zeroblob(?))", (size * 2,))

    with pytest.raises(BackupError, match=r"the write-ahead log grew to"):
        backup.copy(folder, tmp_path / "copy", write, least_log=0)
    backup.copy(folder, tmp_path / "copy2", nothing, least_log=0)
    writer.close()


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.7, 0.99, 0.999])
def test_a_backup_that_is_cut_off_is_refused(file: Path, tmp_path: Path, part: float) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(BackupError, match=r"backup is no backup"):
        restored(file, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("missing", range(1, 9))
def test_the_checksum_at_its_end_counts(file: Path, tmp_path: Path, missing: int) -> None:
    file.write_bytes(file.read_bytes()[:-missing])
    with pytest.raises(BackupError, match=r"backup is no backup"):
        restored(file, tmp_path / "again")


def test_an_altered_backup_is_refused(file: Path, folder: Path, tmp_path: Path) -> None:
    """But for octets that alter nothing: the head's time, and a run of zeros copied from another one."""
    whole, again = file.read_bytes(), tmp_path / "again"
    content = gzip.decompress(whole)
    refused = 0
    for place in range(0, len(whole), len(whole) // 40):
        altered = whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :]
        file.write_bytes(altered)
        try:
            restored(file, again)
        except BackupError:
            refused += 1
            assert not again.exists()
        else:
            assert gzip.decompress(altered) == content
            shutil.rmtree(again)
    assert refused > 20


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The same backup with its files changed, and a checksum that fits."""
    with gzip.open(file) as zipped, tarfile.open(fileobj=zipped, mode="r|") as tar:
        files = {entry.name: (tar.extractfile(entry) or io.BytesIO()).read() for entry in tar}
    change(files)
    with gzip.open(file, "wb") as zipped, tarfile.open(fileobj=zipped, mode="w|") as tar:
        for name, octets in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(octets)
            tar.addfile(entry, io.BytesIO(octets))


def manifest_with(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), **changes}).encode()

    return change


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        del files[name]

    return change


def with_database(octets: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({"stentor.db": octets(files["stentor.db"])})


NO_BACKUPS: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "no manifest": (without("manifest.json"), "is no backup of Stentor"),
    "no database": (without("stentor.db"), "is not whole: stentor.db is missing"),
    "no files": (manifest_with(files={}), "it holds 'stentor.db'"),
    "another file": (lambda files: files.update({"../passwd": b"x"}), "it holds '../passwd'"),
    "a file outside": (manifest_with(files={"../x": {"size": 1, "sha256": ""}}), "is no backup of Stentor"),
    "another database": (with_database(lambda octets: octets + b"x"), "was altered: stentor.db is not what its"),
    "a newer form": (manifest_with(format=2), r"made by a newer program \(1.2.3\)"),
    "a newer schema": (manifest_with(schema=len(MIGRATIONS) + 1), "restore it with Stentor 1.2.3 or newer"),
    "other counts": (manifest_with(counts={"messages": 9}), "is damaged"),
    "a manifest of something else": (manifest_with(schema="one"), "is no backup"),
    "text": (lambda files: files.update({"manifest.json": b"hello"}), "is no backup"),
}


@pytest.mark.parametrize(("change", "told"), NO_BACKUPS.values(), ids=list(NO_BACKUPS))
def test_what_is_no_backup_says_so(
    file: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], told: str
) -> None:
    rewritten(file, change)
    with pytest.raises(BackupError, match=told):
        restored(file, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"cannot unpack .*: No such file"):
        restored(tmp_path / "nothing", tmp_path / "again")


def test_a_damaged_database_is_refused_though_its_checksums_fit(folder: Path, tmp_path: Path) -> None:
    backup.copy(folder, tmp_path / "copy", nothing)
    facts = backup.facts(tmp_path / "copy")
    octets = bytearray((tmp_path / "copy").read_bytes())
    octets[-4096:] = b"\x5a" * 4096
    (tmp_path / "copy").write_bytes(octets)
    manifest = Manifest(program="1.2.3", schema=facts.schema, at="now", counts=facts.counts)
    pack(tmp_path / "backup", manifest, {"stentor.db": tmp_path / "copy"}, nothing)
    with pytest.raises(BackupError, match=r"is damaged"):
        restored(tmp_path / "backup", tmp_path / "again")


async def test_a_folder_in_use_is_refused(file: Path, folder: Path) -> None:
    async with opened(folder):
        for force in (False, True):
            with pytest.raises(DataInUse, match=r"is in use"):
                restored(file, folder, force=force)


def test_a_folder_with_data_is_refused_and_left_alone(file: Path, folder: Path) -> None:
    before = (folder / "stentor.db").read_bytes()
    with pytest.raises(BackupError, match=r"is not empty \(stentor.db is there\): give another folder, or --force"):
        restored(file, folder)
    assert (folder / "stentor.db").read_bytes() == before


async def test_force_keeps_what_was_there(file: Path, folder: Path) -> None:
    async with opened(folder) as store:
        await store.accept(new(message(client_id="later")))
    before = (folder / "stentor.db").read_bytes()
    restored(file, folder, force=True)
    aside = folder.with_name(f"data.before-restore-{STAMP}")
    assert (aside / "stentor.db").read_bytes() == before
    assert names(folder) == ["stentor.db", "stentor.lock"]
    async with opened(folder) as store:
        assert store.story("later") is None
        assert store.story("m1") is not None


def test_force_moves_nothing_when_the_backup_is_bad(file: Path, folder: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])
    before = (folder / "stentor.db").read_bytes()
    with pytest.raises(BackupError):
        restored(file, folder, force=True)
    assert (folder / "stentor.db").read_bytes() == before
    assert names(folder) == ["stentor.db", "stentor.lock"]


def test_force_on_an_empty_folder_moves_nothing(file: Path, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    restored(file, tmp_path / "again", force=True)
    assert names(tmp_path) == ["again", "backup", "data"]


def test_what_an_interrupted_restore_left_is_no_data(file: Path, tmp_path: Path) -> None:
    (tmp_path / "again" / ".restoring").mkdir(parents=True)
    (tmp_path / "again" / ".restoring" / "stentor.db").write_bytes(b"half")
    restored(file, tmp_path / "again")
    assert names(tmp_path / "again") == ["stentor.db", "stentor.lock"]


def sealed(folder: Path) -> str:
    return Vault.of(folder).seal("secret", "place")


def test_the_key_comes_along(folder: Path, tmp_path: Path) -> None:
    value = sealed(folder)
    made(folder, tmp_path / "backup", folder / KEY_FILE)
    restored(tmp_path / "backup", tmp_path / "again")
    assert Vault.of(tmp_path / "again").open(value, "place") == "secret"
    assert stat.S_IMODE((tmp_path / "again" / KEY_FILE).stat().st_mode) == 0o600


def test_the_key_goes_where_it_belongs(folder: Path, tmp_path: Path) -> None:
    value = sealed(folder)
    made(folder, tmp_path / "backup", folder / KEY_FILE)
    restored(tmp_path / "backup", tmp_path / "again", key_file=tmp_path / "key")
    assert Vault.of(tmp_path / "again", tmp_path / "key").open(value, "place") == "secret"
    assert not (tmp_path / "again" / KEY_FILE).exists()


def test_a_backup_without_key_leaves_the_key_that_is_there(folder: Path, tmp_path: Path) -> None:
    value = sealed(folder)
    made(folder, tmp_path / "backup")
    restored(tmp_path / "backup", folder, force=True)
    assert Vault.of(folder).open(value, "place") == "secret"


def test_another_key_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    sealed(folder)
    made(folder, tmp_path / "backup", folder / KEY_FILE)
    again = tmp_path / "again"
    again.mkdir()
    sealed(again)
    with pytest.raises(BackupError, match=r"is another key than that of the backup"):
        restored(tmp_path / "backup", again)
    with pytest.raises(BackupError, match=r"is another key than that of the backup"):
        restored(tmp_path / "backup", tmp_path / "third", force=True, key_file=again / KEY_FILE)
    restored(tmp_path / "backup", again, force=True)
    assert (again / KEY_FILE).read_bytes() == (folder / KEY_FILE).read_bytes()


async def test_dropping_the_queue_ends_what_may_have_been_sent_since(tmp_path: Path) -> None:
    clock = FakeClock()
    async with opened(tmp_path) as store:
        queued, pushed, in_hand = message(), message(notify_url=URL, account=2), message()
        scheduled = message(status=StatusId.PENDING_ACCEPTED, sent_at=START + 9 * HOUR)
        half, sent, done = message(parts=2), message(), message()
        await store.accept(new(queued, scheduled, half, sent, done))
        await store.accept(new(pushed))
        await store.accept(new(in_hand, in_hand=True))
        await store.sent([sent_part(half, "h1", 1, completes=False), sent_part(sent, "s")], [])
        await store.move([final_move(done)])
        balance = store.balance(1)
    clock.pass_ms(HOUR)
    assert await drop_queue(tmp_path, clock) == 4
    async with opened(tmp_path) as store:
        for one in (queued, pushed, in_hand, half):
            assert outcome(store, one) == (StatusId.EXPIRED_DLR_UNKNOWN, [EventKind.UNCERTAIN, EventKind.FINAL])
        assert outcome(store, sent)[0] == StatusId.PENDING_WAITING_DELIVERY
        assert outcome(store, scheduled)[0] == StatusId.PENDING_ACCEPTED
        assert store.balance(1) == balance
        assert store.queued() == 1
        pulled = await store.take_reports(1, ReportFilter(), clock.now_ms())
        assert {one.message.id for one in pulled} == {queued.id, in_hand.id, half.id}
        assert [one.report.url for one in await store.claim_reports("http://customer.example", clock.now_ms(), 9)] == [
            URL
        ]


def outcome(store: SqliteStore, one: Message) -> tuple[int, list[EventKind]]:
    story = store.story(one.id)
    assert story is not None
    return story.message.status, [event.kind for event in story.events[-2:]]
