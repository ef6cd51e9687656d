"""`stentor backup` and `stentor restore`."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from stentor.app.clock import SystemClock
from stentor.app.restored import drop_queue
from stentor.cli.exits import Problem
from stentor.config import load
from stentor.storage.archive import Manifest, pack
from stentor.storage.sqlite import backup
from stentor.storage.sqlite.store import FILE_NAME
from stentor.storage.vault import KEY_FILE, key_file_of

_POLITENESS = 10
"""Added to the process's nice value: the program that serves goes first."""


class _Progress:
    """One line on a terminal, and nothing elsewhere."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = -1

    def __call__(self, done: float) -> None:
        percent = int(min(done, 1.0) * 100)
        if percent != self._shown and sys.stderr.isatty():
            self._shown = percent
            sys.stderr.write(f"\r{self._what} {percent} %\033[K")
            sys.stderr.flush()

    def end(self) -> None:
        if self._shown >= 0:
            sys.stderr.write("\r\033[K")


def where(data: Path, config: Path | None) -> tuple[Path, Path]:
    """The data folder and its key file."""
    if config is None:
        return data, key_file_of(data)
    storage = load(config).storage
    return Path(storage.data), key_file_of(Path(storage.data), Path(storage.key_file) if storage.key_file else None)


def run_backup(file: Path, data: Path, config: Path | None, *, without_key: bool, force: bool, as_json: bool) -> None:
    folder, key_file = where(data, config)
    if file.exists() and not force:
        raise Problem(f"{file} is there already: give another name, or --force")
    if not file.parent.is_dir():
        raise Problem(f"there is no folder {file.parent}")
    os.nice(_POLITENESS)
    manifest = _packed(file, folder, key_file, without_key=without_key)
    facts = {"file": str(file), "octets": file.stat().st_size, **msgspec.to_builtins(manifest)}
    _say(facts if as_json else None, f"Backed up {_told(manifest)} into {file} ({facts['octets'] >> 20} MB).")
    if manifest.key_left_out:
        _remark(f"The key file {key_file} is not in it: without it the secrets in it cannot be opened.")


def _packed(file: Path, folder: Path, key_file: Path, *, without_key: bool) -> Manifest:
    database = file.with_name(f"{file.name}.{secrets.token_hex(4)}.copy")
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    copying = _Progress("copying")
    try:
        backup.copy(folder, database, copying)
        facts = backup.facts(database)
        files, sealed = {FILE_NAME: database}, key_file.exists()
        if sealed and not without_key:
            files[KEY_FILE] = key_file
        manifest = Manifest(
            program=version("stentor"),
            schema=facts.schema,
            at=at,
            counts=facts.counts,
            key_left_out=sealed and without_key,
        )
        return pack(file, manifest, files, _Progress("packing"))
    finally:
        copying.end()
        database.unlink(missing_ok=True)


def run_restore(file: Path, data: Path, config: Path | None, *, force: bool, drop: bool, as_json: bool) -> None:
    folder, key_file = where(data, config)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = backup.aside_of(folder, stamp) if force else None
    dropped: list[int] = []

    def prepare(stage: Path) -> None:
        if drop:
            dropped.append(asyncio.run(drop_queue(stage, SystemClock())))

    unpacking = _Progress("unpacking")
    try:
        manifest = backup.restore(file, folder, key_file, aside=aside, prepare=prepare, told=unpacking)
    finally:
        unpacking.end()
    kept = str(aside) if aside is not None and aside.exists() else None
    facts = {"data": str(folder), "before": kept, "dropped": sum(dropped), **msgspec.to_builtins(manifest)}
    _say(facts if as_json else None, f"Restored {_told(manifest)} into {folder}.")
    for remark in _remarks(manifest, kept, dropped, key_file):
        _remark(remark)


def _remarks(manifest: Manifest, kept: str | None, dropped: list[int], key_file: Path) -> list[str]:
    queued = manifest.counts.get("queued", 0)
    remarks = []
    if kept:
        remarks.append(f"What was there before is in {kept}.")
    if dropped:
        remarks.append(
            f"{dropped[0]} queued messages were ended unsent; {queued - dropped[0]} are scheduled for later."
        )
    elif queued:
        remarks.append(
            f"{queued} queued messages go out when it starts; those sent since the backup go out twice"
            " (--drop-queue ends them unsent)."
        )
    if manifest.key_left_out and not key_file.exists():
        remarks.append(f"The backup holds no key: put the key file of then to {key_file}.")
    return remarks


def _told(manifest: Manifest) -> str:
    counts = manifest.counts
    return f"{counts['messages']:,} messages and {counts['accounts']:,} accounts as of {manifest.at}"


def _say(facts: dict[str, Any] | None, words: str) -> None:
    sys.stdout.write((msgspec.json.encode(facts).decode() if facts is not None else words) + "\n")


def _remark(words: str) -> None:
    sys.stderr.write(f"{words}\n")
