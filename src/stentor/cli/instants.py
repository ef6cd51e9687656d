"""Times as commands print them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(milliseconds: int) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
