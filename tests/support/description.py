"""/openapi.json as a judge of answers."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from support.web import Answer, Client


class Description:
    """What the running program says about itself; nothing that it leaves out may be in an answer."""

    def __init__(self, client: Client) -> None:
        answer = client.get("/openapi.json")
        assert answer.status == 200, answer
        self.document: dict[str, Any] = answer.json
        self._strict = _closed(self.document["components"]["schemas"])

    @property
    def operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By method and path."""
        return {
            (method.upper(), path): operation
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }

    def check(self, method: str, path: str, answer: Answer) -> None:
        """`path` as the document spells it. Fails for a status, a content type or a body that is not described."""
        response = self._resolved(self.operations[method, path]["responses"][str(answer.status)])
        for name, header in response.get("headers", {}).items():
            assert not header["required"] or name.lower() in answer.headers, (name, answer)
        if "content" not in response:
            assert answer.body == b""
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        schema = response["content"][media_type]["schema"]
        if media_type == "application/json":
            self.validate(schema, answer.json)

    def validate(self, schema: dict[str, Any], value: Any) -> None:
        whole = {**_closed(schema), "components": {"schemas": self._strict}}
        errors = [f"{error.instance_path}: {error.message}" for error in jsonschema_rs.iter_errors(whole, value)]
        assert not errors, (errors, json.dumps(value)[:1000])

    def _resolved(self, response: dict[str, Any]) -> dict[str, Any]:
        reference = response.get("$ref")
        return self.document["components"]["responses"][reference.rsplit("/", 1)[1]] if reference else response


def _closed(schema: Any) -> Any:
    """The schema with members that it does not name forbidden."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
