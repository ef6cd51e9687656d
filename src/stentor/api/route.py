"""One row of the table of routes: what is called, who may, and what /openapi.json says about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from stentor.api.messages import JSON, Handler, Response

Access = Literal["account", "admin", "public", "dialect"]
"""Credentials of a customer's account, of an operator, or none; "dialect": of an account, and the handler looks for
them where its dialect has them and says in its words what is wrong with them.
"""
Spelling = Callable[[Response], Response]
"""A refusal as v1 spells it, in the words of a dialect."""


class Parameter(msgspec.Struct, frozen=True):
    """A value of the query string or the path. `kind` is its type as in a model; a list is written `a=1&a=2`."""

    name: str
    description: str
    kind: Any = str
    required: bool = False


class Route(msgspec.Struct, frozen=True):
    """`path` may have `{names}` for whole segments; handlers find them in `request.at`."""

    method: str
    path: str
    handler: Handler
    section: str
    """The document that describes it."""
    summary: str
    tag: str
    also: tuple[str, ...] = ()
    """Other paths that mean the same."""
    access: Access = "account"
    at: tuple[Parameter, ...] = ()
    """Meanings of the path's names; one that is not listed is text, "Its {name}"."""
    query: tuple[Parameter, ...] = ()
    body: Any = None
    """The type of the request's body; None for no body."""
    body_type: str = JSON
    answer: Any = None
    """The type of a good answer's body; `str` or `bytes` for what is no JSON, None for an empty one."""
    answer_type: str = JSON
    other_types: tuple[str, ...] = ()
    """Other media types that a good answer may have."""
    json_only: bool = False
    """Whether its answer is JSON even for those who ask for XML."""
    status: int = 200
    """The status of a good answer."""
    login_in_query: bool = False
    """Whether username and password may stand in the query string instead of a header."""
    refused: Spelling | None = None
    """How its dialect spells a refusal; None: as v1 does."""
    refusal: Any = None
    """The type of such a refusal's body."""
    refusals: tuple[int, ...] = ()
    """Statuses of refusals besides those that follow from the rest of the row, e.g. 409."""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.also)
