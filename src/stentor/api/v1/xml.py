"""The v1 model as XML, in the flat list form that the documents print for reports (`spec/xml.md` 1)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import msgspec

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(root: str, model: msgspec.Struct) -> bytes:
    """The model under this root name; a list is its element repeated. Characters that XML forbids become U+FFFD."""
    plain = msgspec.to_builtins(model, builtin_types=(Decimal,))
    return _element(root, plain).encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        inner = "".join(_element(key, item) for key, item in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(_FORBIDDEN.sub("\ufffd", str(value)))
    return f"<{name}>{inner}</{name}>"
