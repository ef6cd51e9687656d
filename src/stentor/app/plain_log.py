"""Log lines for people: one event is one line whatever an upstream or a customer wrote into it.

JSON escapes what is not printable by itself; text does not, and a line break in a value would begin a forged line, an
escape sequence would paint the operator's terminal.
"""

from __future__ import annotations

from typing import Any

import structlog
from structlog.typing import EventDict

_MARGIN = "  | "


def renderer(*, colors: bool) -> tuple[Any, ...]:
    """The last processors of structlog's chain."""
    return (_one_line, structlog.dev.ConsoleRenderer(colors=colors))


def _one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = _traceback(value) if name == "exception" else _escaped(value)
    return event


def _traceback(text: str) -> str:
    """The lines of a traceback stay lines, and none begins like an event."""
    return "\n".join(_MARGIN + _escaped(line) for line in text.split("\n"))


def _escaped(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
