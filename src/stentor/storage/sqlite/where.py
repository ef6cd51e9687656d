"""Conditions of a query, put together with their values bound, never pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stentor.core.ports import LogFilter


class Where:
    def __init__(self, sql: str, *values: Any) -> None:
        self._conditions = [sql]
        self.values: list[Any] = list(values)

    @property
    def sql(self) -> str:
        return " AND ".join(self._conditions)

    def also(self, condition: str, *values: Any) -> None:
        self._conditions.append(condition)
        self.values += values

    def among(self, column: str, wanted: Sequence[Any] | None) -> None:
        """`column` is one of `wanted`; nothing wanted, no condition."""
        if wanted:
            self.also(f"{column} IN ({', '.join('?' * len(wanted))})", *wanted)

    def messages(self, number: str, client_id: str, wanted: Sequence[int | str] | None) -> None:
        """Messages by our number or by the client's id; an empty sequence matches none."""
        if wanted is None:
            return
        numbers = [one for one in wanted if isinstance(one, int)]
        clients = [one for one in wanted if isinstance(one, str)]
        either = [f"{number} IN ({', '.join('?' * len(numbers))})"] if numbers else []
        either += [f"{client_id} IN ({', '.join('?' * len(clients))})"] if clients else []
        self.also(f"({' OR '.join(either) or '0'})", *numbers, *clients)

    def log(self, wanted: LogFilter, row: str = "", message: str = "") -> None:
        """What a log is filtered by besides account and `since`: columns of the lines, and of the messages they are of,
        with these prefixes.
        """
        if wanted.until is not None:
            self.also(f"{row}sent_at <= ?", wanted.until)
        if wanted.sender is not None:
            self.also(f"{row}sender = ?", wanted.sender)
        self.among(f"{row}recipient", wanted.recipients)
        self.among(f"{message}bulk", wanted.bulk_ids)
        self.messages(f"{message}id", f"{message}client_id", wanted.messages)
        if wanted.statuses is not None:
            self.also(f"{row}status IN ({', '.join('?' * len(wanted.statuses))})", *wanted.statuses)
        if wanted.mcc is not None:
            self.also(f"substr({row}mcc_mnc, 1, 3) = ?", wanted.mcc)
        if wanted.mnc is not None:
            self.also(f"substr({row}mcc_mnc, 4) = ?", wanted.mnc)
