"""Where things of OneAPI are found again, and what every answer is made of."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from stentor.api.messages import Request, Response
from stentor.api.oneapi.models import encode
from stentor.api.oneapi.refusals import Missing
from stentor.core.errors import InvalidField

MESSAGING = "/1/smsmessaging"
MAX_LIMIT = 1_000


def answer(body: Any, status: int = 200) -> Response:
    return Response(status, encode(body))


def url(request: Request, *pieces: str) -> str:
    """Under the host that the client called; a piece that is empty is left out."""
    host = request.header(b"host") or "localhost"
    return f"{request.scheme}://{host}{MESSAGING}/" + "/".join(quote(piece, safe="") for piece in pieces if piece)


def readings(piece: str) -> tuple[str, ...]:
    """What a piece of a path may mean: clients of Java, .NET and PHP write a space in it as `+`."""
    return (piece, piece.replace("+", " ")) if "+" in piece else (piece,)


def one(request: Request, name: str) -> str | None:
    """A value of the query string."""
    values = request.parameters().get(name, [])
    return values[-1].strip() or None if values else None


def required(request: Request, name: str) -> str:
    found = one(request, name)
    if found is None:
        raise Missing(name)
    return found


def limit(request: Request, name: str, default: int) -> int:
    """0 and nothing mean the default; more than 1,000 is cut to that."""
    text = one(request, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise InvalidField(name, f"{text[:40]!r} is not a whole number.")
    return min(int(text[:9]), MAX_LIMIT) or default


def flag(request: Request, name: str) -> bool:
    return (one(request, name) or "").lower() in ("true", "1", "yes")
