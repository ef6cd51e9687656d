"""The embedded store: SQLite in WAL mode, `synchronous=FULL`, one writer with group commit, plain SQL."""

from stentor.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
