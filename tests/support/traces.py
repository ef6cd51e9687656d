"""Looking for what was forgotten, octet by octet."""

from __future__ import annotations

from pathlib import Path

FILES = ("stentor.db", "stentor.db-wal", "stentor.db-shm")


def found(folder: Path, *canaries: str) -> set[tuple[str, str]]:
    """Which canary is in which file."""
    contents = {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}
    return {(canary, name) for canary in canaries for name in contents if canary.encode() in contents[name]}
