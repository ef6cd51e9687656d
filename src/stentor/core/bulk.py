"""The messages of one bulkId, counted."""

from __future__ import annotations

from typing import Literal

import msgspec

CANCELED_ERROR = 4100
"""EC_MESSAGE_CANCELED."""

BulkStatus = Literal["PENDING", "PAUSED", "PROCESSING", "CANCELED", "FINISHED"]


class Bulk(msgspec.Struct, frozen=True):
    scheduled: int
    """Not due yet."""
    paused: int
    """Of those, held back."""
    pending: int
    """Under way."""
    canceled: int
    send_at: int
    """When the first scheduled one is due; of a bulk without such, when it was sent."""

    @property
    def status(self) -> BulkStatus:
        if self.scheduled:
            return "PAUSED" if self.paused else "PENDING"
        if self.pending:
            return "PROCESSING"
        return "CANCELED" if self.canceled else "FINISHED"
