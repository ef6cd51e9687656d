"""Generated requests to every operation that /openapi.json describes: what comes back is what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.schemas import BaseSchema

from support.process import Demo

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
)
SIDES = {"customers": "^/(?!admin/|mobile/)", "phones": "^/mobile/", "operators": "^/admin/(?!1/tail$)"}
"""Paths of each; apart, because operators change customers' passwords. A tail never ends by itself."""
UNKNOWN = "phones"
"""They have the code of an application instead of a login: nobody gives it here."""
OWN_LOGIN = "DELETE /admin/1/operators/{name}"
"""An operator may remove itself, and then all that follows is 401."""


@schemathesis.serializer("application/toml")
def _as_text(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return str(value).encode()


@pytest.fixture
def documented(own_demo: Demo) -> Iterator[Demo]:
    yield own_demo
    assert "request failed" not in own_demo.stderr()


def _schema(demo: Demo, side: str, phases: dict[str, Any], examples: int) -> BaseSchema:
    logins: dict[str, dict[str, str]] = {"login": {"username": "Aladdin", "password": "open sesame"}}
    if "admin_token" in demo.facts:
        logins["operator"] = {"bearer": demo.facts["admin_token"]}
    settings: dict[str, Any] = {
        "seed": 1,
        "workers": 1,
        "continue-on-failure": True,
        "auth": {"openapi": logins},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
        "phases": phases,
        "generation": {
            "max-examples": examples,
            "with-security-parameters": False,
            "no-shrink": True,
            "deterministic": True,
            "database": "none",
        },
    }
    config = SchemathesisConfig.from_dict(settings)
    schema = schemathesis.openapi.from_url(f"{demo.url}/openapi.json", config=config)
    return schema.include(path_regex=SIDES[side]).exclude(name=OWN_LOGIN)


def _run(schema: BaseSchema) -> tuple[Counter[int], list[str]]:
    """How often each status was answered, and what was wrong."""
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            answers = (interaction.response for interaction in event.recorder.interactions.values())
            statuses.update(answer.status_code for answer in answers if answer is not None)
            for checks in event.recorder.checks.values():
                wrong += [f"{event.label}: {check.failure_info}" for check in checks if check.failure_info]
        elif isinstance(event, events.NonFatalError):
            wrong.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return statuses, wrong


@pytest.mark.parametrize("side", SIDES)
def test_generated_requests(side: str, documented: Demo) -> None:
    """About 150 over all operations."""
    schema = _schema(documented, side, {"enabled": False, "fuzzing": {"enabled": True}}, examples=1)
    operations = schema.statistic.operations.selected
    schema.config.generation.max_examples = max(2, 75 // operations)
    statuses, wrong = _run(schema)
    assert not wrong, wrong[:5]
    assert statuses.total() >= operations
    assert side == UNKNOWN or statuses[401] * 20 < statuses.total(), statuses


@pytest.mark.long
@pytest.mark.parametrize("side", SIDES)
def test_many_generated_requests(side: str, documented: Demo) -> None:
    """At least 30 of each operation, with every boundary of every parameter and requests that follow one another."""
    schema = _schema(documented, side, {"enabled": True}, examples=60)
    statuses, wrong = _run(schema)
    assert not wrong, wrong[:5]
    assert statuses.total() >= 30 * schema.statistic.operations.selected
    assert side == UNKNOWN or statuses[401] * 20 < statuses.total(), statuses
