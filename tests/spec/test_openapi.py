"""GET /openapi.json: a valid OpenAPI 3.1 document that names every route and describes what is answered."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import typing
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from schemathesis.specs.openapi import definitions

from stentor.api.admin.api import AdminApi
from stentor.api.openapi import document
from stentor.api.route import Route
from stentor.api.routes import table
from stentor.app.demo import settings as demo_settings
from stentor.app.foundation import Foundation
from stentor.core.definitions import Change
from support.description import Description
from support.process import Demo
from support.sms import number
from support.waiting import until
from support.web import JSON_HEADERS, Client

LINK = "/{first}/{second}"
METHODS = {"DELETE", "GET", "PATCH", "POST", "PUT"}


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Route, ...]]:
    """THE table, over handlers that are never called."""
    foundation = Foundation(demo_settings(tmp_path_factory.mktemp("table"), 0), _follow)
    hints = typing.get_type_hints(table)
    kinds = {name: hints[name] for name in inspect.signature(table).parameters}
    handlers: dict[str, Any] = {
        name: foundation.admin() if kind is AdminApi else _empty(kind) for name, kind in kinds.items()
    }
    yield table(**handlers)
    asyncio.run(foundation.store.close())


def _empty(kind: Any) -> Any:
    """A handler, or a bundle of them, without anything behind it."""
    inner = typing.get_type_hints(kind).values() if issubclass(kind, msgspec.Struct) else ()
    return kind(*map(object.__new__, inner)) if inner else object.__new__(kind)


async def _follow(_: Sequence[Change]) -> None:
    pass


@pytest.fixture(scope="module")
def description(demo: Demo) -> Description:
    return Description(Client(demo.url, None))


def test_it_is_a_valid_document(description: Description) -> None:
    errors = jsonschema_rs.validator_for(definitions.OPENAPI_31).iter_errors(description.document)
    assert [f"{error.instance_path}: {error.message}" for error in errors] == []


def test_its_schemas_are_valid_and_complete(description: Description) -> None:
    schemas = description.document["components"]["schemas"]
    for name, schema in schemas.items():
        assert jsonschema_rs.meta.is_valid(schema), name
    used = set(re.findall(r"#/components/schemas/([\w.]+)", str(description.document)))
    assert used == set(schemas)


def test_the_running_program_serves_what_the_table_says(description: Description, routes: tuple[Route, ...]) -> None:
    assert description.document == json.loads(json.dumps(document(routes)))


def test_every_route_is_described_and_nothing_else(description: Description, routes: tuple[Route, ...]) -> None:
    rows = {(route.method, path): route for route in routes for path in route.paths}
    assert set(description.operations) == set(rows)
    for key, operation in description.operations.items():
        assert operation["summary"].startswith(rows[key].summary)
        assert bool(operation["security"]) == (rows[key].access != "public")
        assert ("requestBody" in operation) == (rows[key].body is not None)


def test_operations_have_ids_of_their_own(description: Description) -> None:
    ids = [operation["operationId"] for operation in description.operations.values()]
    assert len(set(ids)) == len(ids)


def test_every_parameter_is_explained(description: Description) -> None:
    bare = [
        (key, parameter["name"])
        for key, operation in description.operations.items()
        for parameter in operation["parameters"]
        if len(parameter.get("description", "")) < 10
    ]
    assert bare == []


def test_each_path_takes_the_described_methods_only(demo: Demo, description: Description) -> None:
    anyone = Client(demo.url, None)
    for path, described in description.document["paths"].items():
        methods = {method.upper() for method in described}
        for method in METHODS - methods:
            answer = anyone.call(method, re.sub(r"{\w+}", "x", path.replace(LINK, "/NJxE/cJ9UH")))
            assert answer.status == 405, (method, path)
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == methods


def test_each_operation_wants_the_described_credentials(demo: Demo, description: Description) -> None:
    anyone = Client(demo.url, None)
    for (method, path), operation in description.operations.items():
        if {"user": [], "userPassword": []} in operation["security"]:
            assert re.search(rb"-10|FAILED|UNKNOWN_COMMAND|-[125]<|-22", anyone.call(method, path).body), (method, path)
        elif operation["security"]:
            answer = anyone.call(method, re.sub(r"{\w+}", "x", path.replace(LINK, "/NJxE/cJ9UH")))
            assert answer.status == 401, (method, path)
            description.check(method, path, answer)


LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="milliseconds")
ONE = {"from": "InfoSMS", "to": "41793026727", "text": "My first Infobip SMS"}
SENT: dict[str, tuple[str, Any]] = {
    "one": ("/sms/1/text/single", ONE),
    "numbers": ("/sms/1/text/single", {"from": 4179, "to": [41793026727, "41793026731"], "text": 7}),
    "refused": ("/sms/1/text/single", {**ONE, "to": "1"}),
    "several": ("/sms/1/text/multi", {"messages": [ONE, {**ONE, "text": "x" * 200}]}),
    "advanced": ("/sms/2/text/advanced", {"messages": [{"destinations": [{"to": "41793026727"}], "text": "x"}]}),
    "later": ("/sms/1/text/advanced", {"messages": {**ONE, "sendAt": LATER, "validityPeriod": 60}}),
    "broken": ("/sms/1/text/single", {"to": {}}),
}


@pytest.mark.parametrize("name", SENT)
def test_answers_to_sending(name: str, client: Client, description: Description) -> None:
    path, body = SENT[name]
    answer = client.post(path, body)
    assert answer.status == (400 if name == "broken" else 200), answer
    description.check("POST", path, answer)


@pytest.mark.parametrize("name", sorted(set(SENT) - {"broken"}))
def test_requests_that_are_taken_are_described(name: str, description: Description) -> None:
    path, body = SENT[name]
    content = description.operations["POST", path]["requestBody"]["content"]["application/json"]
    description.validate(content["schema"], body)


def test_answers_to_reading(client: Client, description: Description) -> None:
    to = number()
    body = {**ONE, "to": to, "callbackData": "mine"}
    message = client.post("/sms/1/text/advanced", {"messages": [body]}).json["messages"][0]["messageId"]
    reports = until(
        lambda: answer if (answer := client.get("/sms/1/reports", {"messageId": message})).json["results"] else None,
        "the report",
    )
    assert reports.json["results"][0]["callbackData"] == "mine"
    description.check("GET", "/sms/1/reports", reports)
    logs = client.get("/sms/1/logs", {"to": to, "generalStatus": "DELIVERED", "limit": 1})
    assert logs.json["results"][0]["messageId"] == message
    description.check("GET", "/sms/1/logs", logs)
    description.check("POST", "/sms/1/logs", client.call("POST", "/sms/1/logs?limit=1"))
    description.check("GET", "/account/1/balance", client.get("/account/1/balance"))
    description.check("GET", "/sms/1/logs", client.get("/sms/1/logs", {"limit": "x"}))


READ = {
    "/admin/1/accounts/{name}": "/admin/1/accounts/demo",
    "/admin/1/accounts/{name}/ledger": "/admin/1/accounts/demo/ledger",
    "/admin/1/price-lists/{list}": "/admin/1/price-lists/standard",
    "/admin/1/prices/{list}/{where}": "/admin/1/prices/standard/*",
    "/admin/1/revisions/{number}": "/admin/1/revisions/1",
    "/admin/1/route": "/admin/1/route?to=41793026727&from=InfoSMS&account=demo",
    "/admin/1/users/{name}": "/admin/1/users/Aladdin",
}


def test_answers_to_operators(demo: Demo, description: Description) -> None:
    operator = Client(demo.url, f"Bearer {demo.facts['admin_token']}")
    plain = {path: path for method, path in description.operations if method == "GET" and "{" not in path}
    for path, target in {**plain, **READ}.items():
        if path.startswith("/admin/") and path != "/admin/1/tail":
            answer = operator.get(target)
            assert answer.status == 200, (path, answer)
            description.check("GET", path, answer)


def test_a_packed_body_is_a_described_refusal(client: Client, description: Description) -> None:
    path = "/sms/1/text/single"
    packed = client.call("POST", path, b"\x1f\x8b", {**JSON_HEADERS, "Content-Encoding": "gzip"})
    description.check("POST", path, packed)


def test_head_of_the_description_has_no_body(demo: Demo) -> None:
    answer = Client(demo.url, None).call("HEAD", "/openapi.json")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 1000
