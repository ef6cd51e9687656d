"""The description of rows that v1 has none of: names in paths, other media types, refusals of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stentor.api.messages import Request, Response
from stentor.api.openapi import document
from stentor.api.route import Parameter, Route


class Amount(msgspec.Struct, rename="camel"):
    value_given: Decimal
    note: Annotated[str | None, Meta(description="Why.")] = None
    unit: Literal["EUR", "USD"] | UnsetType = UNSET


async def _answer(_: Request) -> Response:
    return Response(200)


PUT = Route(
    "PUT",
    "/admin/1/accounts/{name}/credit",
    _answer,
    "here",
    "Pay in",
    "Accounts",
    access="admin",
    at=(Parameter("name", "Name of the account."),),
    query=(Parameter("dryRun", "Only say what would be done.", bool, required=True),),
    body=Amount,
    answer=list[Amount],
    status=201,
    refusals=(409,),
)
EXPORT = Route("GET", "/b", _answer, "", "", "", ("/c",), "public", answer=bytes, answer_type="text/csv")
DELETE = Route("DELETE", "/b", _answer, "", "", "", access="admin", status=204)
DOCUMENT = document((PUT, EXPORT, DELETE))


def _operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][path][method]
    return found


def test_names_and_query_are_parameters() -> None:
    assert _operation(PUT.path, "put")["parameters"] == [
        {
            "name": "name",
            "in": "path",
            "schema": {"type": "string"},
            "description": "Name of the account.",
            "required": True,
        },
        {
            "name": "dryRun",
            "in": "query",
            "schema": {"type": "boolean"},
            "description": "Only say what would be done.",
            "required": True,
        },
    ]


def test_amounts_are_numbers_and_what_may_be_left_out_is_not_required() -> None:
    schema = DOCUMENT["components"]["schemas"]["Amount"]
    assert schema["required"] == ["valueGiven"]
    assert schema["properties"] == {
        "valueGiven": {"type": "number"},
        "note": {"description": "Why.", "anyOf": [{"type": "string"}, {"type": "null"}]},
        "unit": {"enum": ["EUR", "USD"]},
    }


def test_answers_and_refusals_follow_from_the_row() -> None:
    statuses = ["201", "400", "401", "404", "409", "413", "415", "429", "500", "503"]
    assert list(_operation(PUT.path, "put")["responses"]) == statuses
    assert list(_operation("/b", "delete")["responses"]) == ["204", "401", "429", "500", "503"]
    assert list(_operation("/c", "get")["responses"]) == ["200", "500"]


def test_media_types() -> None:
    assert _operation("/c", "get")["responses"]["200"]["content"] == {"text/csv": {"schema": {}}}
    assert "content" not in _operation("/b", "delete")["responses"]["204"]
    reference = {"$ref": "#/components/schemas/Amount"}
    assert _operation(PUT.path, "put")["requestBody"]["content"] == {"application/json": {"schema": reference}}
    answer = _operation(PUT.path, "put")["responses"]["201"]
    assert answer["content"] == {"application/json": {"schema": {"type": "array", "items": reference}}}


def test_credentials() -> None:
    assert _operation(PUT.path, "put")["security"] == [{"operator": []}]
    assert _operation("/b", "get")["security"] == []
