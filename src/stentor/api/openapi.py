"""/openapi.json: OpenAPI 3.1, generated from the table of routes and the models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from stentor.api import errors
from stentor.api.messages import JSON, XML, Request, Response
from stentor.api.route import Access, Parameter, Route

_INFO = (
    "SMS over HTTP. Refusals of a whole request are a `requestError`: also for unknown paths (404) and for other"
    " methods (405, with `Allow`). A destination that cannot be served never fails the others: its refusal is the"
    " status of its message. Members that are not described are ignored. Bodies in XML have the same members as"
    " elements (docs/reference/xml.md). An answer is in what Accept prefers, else in what the request is in, else JSON."
)
_SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    "account": [{"login": []}, {"key": []}],
    "admin": [{"operator": []}],
    "public": [],
    "dialect": [{"user": [], "userPassword": []}, {"login": []}],
}
_SCHEMES = {
    "login": {"type": "http", "scheme": "basic", "description": "A user of the account."},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`App KEY` with an API key of the account, or `IBSSO TOKEN` of a login.",
    },
    "user": {
        "type": "apiKey",
        "in": "query",
        "name": "user",
        "description": "A user of the account, in the query or the body; also `username`.",
    },
    "userPassword": {
        "type": "apiKey",
        "in": "query",
        "name": "password",
        "description": "Its password; also `pass`. What is wrong with a login is said by the body of a 200.",
    },
    "operator": {"type": "http", "scheme": "bearer", "description": "An operator's token."},
}
_HEADERS = {
    401: ("WWW-Authenticate", {"type": "string"}, "The scheme to use."),
    405: ("Allow", {"type": "string"}, "The methods to use."),
    429: ("Retry-After", {"type": "integer"}, "Seconds to wait."),
    503: ("Retry-After", {"type": "integer"}, "Seconds to wait."),
}
_REF = "#/components/schemas/{name}"


class OpenApi:
    """The description, made when it is first asked for."""

    def __init__(self) -> None:
        self._routes: Sequence[Route] = ()
        self._body = b""

    def describe(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    async def answer(self, _: Request) -> Response:
        self._body = self._body or msgspec.json.encode(document(self._routes))
        return Response(200, self._body)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for path in route.paths:
            paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stentor",
            "version": version("stentor"),
            "description": _INFO,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {kind.message_id: _refusal(kind) for kind in errors.KINDS.values()},
            "securitySchemes": _SCHEMES,
        },
    }


class _Schemas:
    """The JSON schemas of all types in the table."""

    def __init__(self, routes: Sequence[Route]) -> None:
        kinds = [errors.Refused, *(kind for route in routes for kind in _kinds(route))]
        schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
        self.components = {name: _tidy(schema) for name, schema in components.items()}
        # By identity, because not every annotated type can be hashed; the routes keep them alive.
        self._of = {id(kind): _tidy(schema) for kind, schema in zip(kinds, schemas, strict=True)}

    def of(self, kind: Any) -> Any:
        return {} if kind is bytes else self._of[id(kind)]


def _kinds(route: Route) -> Iterator[Any]:
    yield from (kind for kind in (route.body, route.answer, route.refusal) if kind is not None)
    yield from (parameter.kind for parameter in (*_names(route), *route.query))


def _tidy(schema: Any) -> Any:
    """Amounts travel as numbers; that a member is null when it is left out goes without saying."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        schema = {name: value for name, value in schema.items() if name != "format"} | {"type": "number"}
    return {name: _tidy(value) for name, value in schema.items() if (name, value) != ("default", None)}


def _operation(route: Route, path: str, schemas: _Schemas) -> dict[str, Any]:
    described = {
        "operationId": "_".join(re.findall(r"\w+", f"{route.method.lower()} {path}")),
        "summary": route.summary if path == route.path else f"{route.summary} (the same as {route.path})",
        "tags": [route.tag],
        "security": _SECURITY[route.access],
        "parameters": [
            *(_parameter(one, "path", schemas) for one in _names(route)),
            *(_parameter(one, "query", schemas) for one in route.query),
        ],
        "responses": {
            str(route.status): _good(route, schemas),
            **{str(status): _refused(route, status, schemas) for status in _refusals(route)},
        },
    }
    if route.body is not None:
        content = _content(route, route.body_type, schemas.of(route.body))
        described["requestBody"] = {"required": True, "content": content}
    return described


def _names(route: Route) -> list[Parameter]:
    known = {parameter.name: parameter for parameter in route.at}
    return [
        known.get(name) or Parameter(name, f"Its {name}, percent-encoded.")
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _parameter(parameter: Parameter, where: str, schemas: _Schemas) -> dict[str, Any]:
    described = {"name": parameter.name, "in": where, "schema": schemas.of(parameter.kind)}
    if parameter.description:
        described["description"] = parameter.description
    if parameter.required or where == "path":
        described["required"] = True
    return described


def _good(route: Route, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.answer is not None:
        others: dict[str, Any] = {one: {"schema": {}} for one in route.other_types}
        described["content"] = _content(route, route.answer_type, schemas.of(route.answer)) | others
    return described


def _content(route: Route, media_type: str, schema: Any) -> dict[str, Any]:
    """What customers exchange in JSON goes in XML too, but in a dialect that refuses in its own way."""
    both = route.access == "account" and media_type == JSON and route.refused is None and not route.json_only
    return {one: {"schema": schema} for one in ((JSON, XML) if both else (media_type,))}


def _refusals(route: Route) -> list[int]:
    found = {500, *route.refusals}
    if route.access != "public":
        found |= {401, 429, 503}
    if route.query or route.body is not None:
        found |= {400}
    if route.access == "dialect":
        found -= {400, 401}
    if route.body is not None:
        found |= {413, 415}
    if "{" in route.path:
        found |= {400, 404}
    return sorted(found)


def _refused(route: Route, status: int, schemas: _Schemas) -> dict[str, Any]:
    """What a dialect refuses itself has the form of its answers."""
    if route.refusal is not None:
        return {**_refusal(errors.KINDS[status]), "content": {JSON: {"schema": schemas.of(route.refusal)}}}
    if route.access == "dialect" and status in (429, 500, 503):
        content: dict[str, Any] = {one: {"schema": {}} for one in (route.answer_type, *route.other_types)}
        return {"description": f"{HTTPStatus(status).phrase}, in the words of the answer.", "content": content}
    return _response_ref(status)


def _response_ref(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{errors.KINDS[status].message_id}"}


def _refusal(kind: errors.ErrorKind) -> dict[str, Any]:
    content = {"schema": {"$ref": _REF.format(name=errors.Refused.__name__)}}
    described: dict[str, Any] = {
        "description": f"{kind.status}: {kind.text}",
        "content": {JSON: content, XML: content},
    }
    if kind.status in _HEADERS:
        name, schema, meaning = _HEADERS[kind.status]
        described["headers"] = {name: {"schema": schema, "description": meaning, "required": True}}
    return described
