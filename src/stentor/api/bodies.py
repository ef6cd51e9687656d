"""Bodies as typed values; what is wrong is named as `[field : reason]`."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from stentor.core.errors import InvalidField

T = TypeVar("T")


def read(decode: Callable[[bytes], T], body: bytes) -> T:
    """A byte order mark, which clients on .NET write before anything, is no part of it (RFC 8259 §8.1)."""
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        raise InvalidField(path.strip(".`") or "body", what) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        bare = body.removeprefix(codecs.BOM_UTF8)
        if bare is not body and not bare.startswith(codecs.BOM_UTF8):
            return read(decode, bare)
        shown = "is empty" if not body.strip() else f"is not valid JSON: {error}"
        raise InvalidField("body", f"The request body {shown}") from None


def decoded(body: bytes, kind: Any, fields: Mapping[str, str] | None = None) -> Any:
    """A body of that type, with some of its fields given by the path."""
    if fields:
        given = read(_decoder(dict[str, msgspec.Raw]).decode, body or b"{}")
        named = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in fields.items()}
        body = msgspec.json.encode({**given, **named})
    return read(_decoder(kind).decode, body)


@lru_cache(maxsize=64)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
