"""Models as XML: elements in the order of the model's fields, without declaration, namespace or attributes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal
from xml.sax.saxutils import escape

import msgspec

from stentor.api.xml.shape import singular

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCES = {"\r": "&#13;"}
"""A reader makes a line feed of the bare character."""


class Form(msgspec.Struct, frozen=True):
    """How one answer is spelt. With `lists` "nested" a list is a wrapper with items of its own name, with "singular"
    the items are named in the singular, and "flat" repeats the element without a wrapper.
    """

    root: str
    lists: Literal["nested", "singular", "flat"] = "nested"
    decimals: int = 0
    """Amounts have at least so many."""


def write(form: Form, model: msgspec.Struct) -> bytes:
    """Members that the model leaves out or that are null have no element; characters that XML forbids become U+FFFD."""
    return _Writer(form).element(form.root, msgspec.to_builtins(model, builtin_types=(Decimal,))).encode()


class _Writer:
    def __init__(self, form: Form) -> None:
        self._lists = form.lists
        self._decimals = form.decimals

    def element(self, name: str, value: Any) -> str:
        return f"<{name}>{self._inner(value)}</{name}>"

    def _inner(self, value: Any) -> str:
        if isinstance(value, str):
            return escape(_FORBIDDEN.sub("\ufffd", value), _REFERENCES)
        if isinstance(value, dict):
            return "".join(self._member(name, item) for name, item in value.items() if item is not None)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return self._amount(value)
        return str(value)

    def _member(self, name: str, value: Any) -> str:
        if not isinstance(value, list):
            return self.element(name, value)
        item = singular(name) if self._lists == "singular" else name
        items = "".join(self.element(item, one) for one in value)
        return items if self._lists == "flat" else f"<{name}>{items}</{name}>"

    def _amount(self, value: Decimal) -> str:
        plain = f"{value:f}"
        missing = self._decimals - len(plain.partition(".")[2])
        return f"{value:.{self._decimals}f}" if missing > 0 else plain
