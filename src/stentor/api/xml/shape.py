"""What the elements of a model's XML mean, found from the model itself: one model serves JSON and XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, inspect

_VERBATIM = {"text", "callbackData"}
"""Elements whose blanks are the customer's; those around any other value are the printer's (`spec/xml.md` 1)."""
_LISTS = (inspect.ListType, inspect.VarTupleType)


class Kind(Struct, frozen=True):
    """One element: with a `shape` it holds elements, else text. `textual`: an empty text is a value too. `free`: its
    elements have names of the customer's choice.
    """

    shape: Shape | None
    textual: bool
    verbatim: bool
    free: bool = False


class Field(Struct, frozen=True):
    """The elements of one name. `one` is None for what is always a list, `item` for what never is."""

    one: Kind | None
    item: Kind | None
    singular: str
    """The other name that items may have inside of a wrapper."""


class Shape(Struct, frozen=True):
    fields: Mapping[str, Field]
    owed: Mapping[str, Any]
    """What a required list or object is where no element is: empty."""


@lru_cache(maxsize=256)
def shape_of(model: type[Struct]) -> Shape:
    info = inspect.type_info(model)
    assert isinstance(info, inspect.StructType)
    fields = {field.encode_name: _field(field.encode_name, field.type) for field in info.fields}
    required = {field.encode_name: fields[field.encode_name] for field in info.fields if field.required}
    owed = {name: _nothing(field) for name, field in required.items()}
    return Shape(fields, {name: value for name, value in owed.items() if value is not None})


_ITEMS = {"flow": "step"}


def singular(name: str) -> str:
    return _ITEMS.get(name) or name.removesuffix("s")


def _field(name: str, info: inspect.Type) -> Field:
    choices = list(_choices(info))
    lists = [choice for choice in choices if isinstance(choice, _LISTS)]
    others = [choice for choice in choices if not isinstance(choice, (*_LISTS, inspect.NoneType))]
    return Field(
        one=_kind(name, others) if others else None,
        item=_kind(name, list(_choices(lists[0].item_type))) if lists else None,
        singular=singular(name),
    )


def _nothing(field: Field) -> Any:
    if field.item is not None:
        return []
    return {} if field.one is not None and field.one.shape is not None else None


def _kind(name: str, choices: list[inspect.Type]) -> Kind:
    models: list[Any] = [choice.cls for choice in choices if isinstance(choice, inspect.StructType)]
    return Kind(
        shape=shape_of(models[0]) if models else None,
        textual=any(isinstance(choice, inspect.StrType) for choice in choices),
        verbatim=name in _VERBATIM,
        free=any(isinstance(choice, inspect.DictType) for choice in choices),
    )


def _choices(info: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(info, inspect.Metadata):
        yield from _choices(info.type)
    elif isinstance(info, inspect.UnionType):
        for one in info.types:
            yield from _choices(one)
    else:
        yield info
