"""XML bodies as models: any root name, every form of a list, and what a model does not name is ignored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from stentor.api.xml import parsing
from stentor.api.xml.parsing import Element
from stentor.api.xml.shape import Field, Kind, Shape, shape_of
from stentor.core.errors import InvalidField

T = TypeVar("T", bound=msgspec.Struct)


def read(body: bytes, model: type[T]) -> T:
    """Raises `InvalidField` for what is no XML that we take, `msgspec.ValidationError` for what is not of the model."""
    shape = shape_of(model)
    return msgspec.convert(parsing.parsed(body, lambda root: _of_root(root, shape)), model, strict=False)


def _of_root(root: Element, shape: Shape) -> dict[str, Any]:
    """An unprefixed namespace of the root is the whole document's, and does not matter."""
    if root.prefix is not None:
        raise _foreign(root)
    namespace, brace, _ = root.tag.rpartition("}")
    return _Values(namespace + brace).object(root, shape)


class _Values:
    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def object(self, element: Element, shape: Shape) -> dict[str, Any]:
        found: dict[str, list[Element]] = {}
        for child in element:
            found.setdefault(self._name(child), []).append(child)
        values = dict(shape.owed)
        for name, elements in found.items():
            field = shape.fields.get(name)
            value = None if field is None else self._value(name, elements, field)
            if value is not None:
                values[name] = value
        return values

    def _value(self, name: str, elements: Sequence[Element], field: Field) -> Any:
        """None where the elements say as much as none at all."""
        if field.item is not None:
            return self._list(name, elements, field, field.item)
        assert field.one is not None
        return self._one(elements[-1], field.one)

    def _list(self, name: str, elements: Sequence[Element], field: Field, item: Kind) -> Any:
        """An element that holds nothing but elements of its own name or the singular is a wrapper, else an item."""
        if len(elements) == 1 and _empty(elements[0]):
            return "" if field.one is not None and field.one.textual else []
        items: list[Element] = []
        for element in elements:
            inner = {self._name(child) for child in element}
            items += element if inner and inner <= {name, field.singular} else (element,)
        if field.one is not None and items == list(elements) and len(items) == 1:
            return self._one(items[0], field.one)
        nothing: Any = "" if item.shape is None else {}
        return [nothing if (value := self._one(one, item)) is None else value for one in items]

    def _one(self, element: Element, kind: Kind) -> Any:
        """An object, a text for `msgspec.convert` to take or to refuse, or None."""
        if kind.free:
            return self._free(element) or None
        if len(element):
            return {} if kind.shape is None else self.object(element, kind.shape)
        text: str = element.text or ""
        shown = text if kind.verbatim else text.strip()
        return shown if shown or kind.textual else None

    def _free(self, element: Element) -> Any:
        """Elements are members, those of one name a list; what holds none is a text."""
        if not len(element):
            return element.text or ""
        members: dict[str, list[Any]] = {}
        for child in element:
            members.setdefault(self._name(child), []).append(self._free(child))
        return {name: values if len(values) > 1 else values[0] for name, values in members.items()}

    def _name(self, element: Element) -> str:
        name: str = element.tag.removeprefix(self._namespace)
        if name[0] == "{":
            raise _foreign(element)
        return name


def _empty(element: Element) -> bool:
    return not len(element) and not (element.text or "").strip()


def _foreign(element: Element) -> InvalidField:
    return InvalidField("body", f"The request body has an element of another namespace: {element.tag[:100]}.")
