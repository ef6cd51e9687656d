"""/health, /ready and /metrics without a server: who may, and what is said."""

from __future__ import annotations

import json

import pytest

from stentor.api.messages import Request
from stentor.api.operations import OperationsApi, Readiness, UpstreamHealth
from stentor.core.errors import Unauthorized

LOOPBACK = ("127.0.0.0/8", "::1/128")
UPSTREAMS = (UpstreamHealth("operator", up=False),)


def _api(*reasons: str, allow: tuple[str, ...] = LOOPBACK) -> OperationsApi:
    async def readiness() -> Readiness:
        return Readiness(reasons, UPSTREAMS)

    async def metrics() -> bytes:
        return b"stentor_ready 1\n"

    async def operator(authorization: bytes, _: str) -> str:
        if authorization != b"Bearer right":
            raise Unauthorized
        return "operator"

    return OperationsApi(readiness=readiness, metrics=metrics, operator=operator, metrics_allow=allow)


def _request(address: str = "127.0.0.1", authorization: bytes = b"") -> Request:
    headers = {b"authorization": authorization} if authorization else {}
    return Request("GET", "/", "", headers, b"", None, "", address, {})


async def test_health_is_ok() -> None:
    response = await _api("stopping").health(_request())
    assert (response.status, json.loads(response.body)) == (200, {"status": "ok"})


async def test_ready_lists_upstreams_and_one_that_is_down_is_no_reason() -> None:
    response = await _api().ready(_request("192.0.2.1"))
    assert response.status == 200
    assert json.loads(response.body) == {"status": "ready", "upstreams": [{"name": "operator", "up": False}]}


async def test_not_ready_says_why() -> None:
    response = await _api("stopping", "the disk has 12 MiB left").ready(_request())
    error = json.loads(response.body)["requestError"]["serviceException"]
    assert response.status == 503
    assert error["text"] == "Not ready: stopping; the disk has 12 MiB left"
    assert (b"retry-after", b"5") in response.headers


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", ""])
async def test_metrics_are_open_to_this_machine(address: str) -> None:
    response = await _api().metrics(_request(address))
    assert (response.status, response.body) == (200, b"stentor_ready 1\n")
    assert response.content_type.startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1", "unknown"])
async def test_metrics_ask_everybody_else_for_a_token(address: str) -> None:
    refused = await _api().metrics(_request(address))
    assert (refused.status, refused.headers) == (401, ((b"www-authenticate", b'Bearer realm="Stentor"'),))
    assert (await _api().metrics(_request(address, b"Bearer wrong"))).status == 401
    assert (await _api().metrics(_request(address, b"Bearer right"))).status == 200


async def test_metrics_of_no_network_but_the_local_socket() -> None:
    assert (await _api(allow=()).metrics(_request("127.0.0.1"))).status == 401
    assert (await _api(allow=()).metrics(_request(""))).status == 200
