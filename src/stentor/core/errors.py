"""Refusals of a whole request. A refusal of one destination is a status inside the answer (`core.submit`)."""

from __future__ import annotations


class Refusal(Exception):
    """A request that cannot be carried out; doors render it in their dialect."""


class InvalidField(Refusal):
    """A value that is not allowed: `[field : reason]` in the v1 dialect (`spec/wire.md` (b)2)."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"[{field} : {reason}]")
        self.field = field
        self.reason = reason


class Unauthorized(Refusal):
    """Missing or wrong credentials."""


class NotFound(Refusal):
    """A name or id that stands for nothing; its text says what was looked for."""


class Conflict(Refusal):
    """What should be made is there already, or is still in use; its text says which."""


class Throttled(Refusal):
    """Over the account's rate, or the platform is saturated; try again after `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many requests")
        self.retry_after = retry_after


class StoreUnavailable(Refusal):
    """The message cannot be written down now (disk full, database away), so it is not accepted."""
