"""Conditions of a query, put together with their values bound, never pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


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
