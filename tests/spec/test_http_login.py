"""Who may call: `Basic`, `App` and its old spelling `ApiKey`; everything else is 401 in JSON (wire.md (b)1, (b)2)."""

from __future__ import annotations

import base64

import pytest

from support.process import Demo
from support.web import JSON_HEADERS, Client

UNAUTHORIZED = b'{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED","text":"Invalid login details"}}}'


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LOGINS = {
    "none": None,
    "empty": "",
    "wrong password": f"Basic {_encoded('Aladdin:open sesame!')}",
    "unknown user": f"Basic {_encoded('Ali:open sesame')}",
    "no password": f"Basic {_encoded('Aladdin')}",
    "empty user and password": f"Basic {_encoded(':')}",
    "not base64": "Basic %%%",
    "cut base64": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
    "as 004 garbles it": "Basic QWxhZGRpbjpvYVUyIHNLc2FtZQ==",
    "wrong key": "App 0123456789abcdef",
    "no key": "App",
    "not ASCII": "App \u00e4\u00f6",
    "another scheme": "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
}


@pytest.mark.parametrize("name", LOGINS)
def test_a_wrong_login_is_401_in_json(name: str, demo: Demo) -> None:
    client = Client(demo.url, LOGINS[name])
    for answer in (client.get("/account/1/balance"), client.call("POST", "/sms/1/text/single", b"{}", JSON_HEADERS)):
        assert (answer.status, answer.body) == (401, UNAUTHORIZED)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("scheme", ["App {key}", "ApiKey {key}", "app {key}", "basic {basic}", "BASIC  {basic}"])
def test_a_good_login(scheme: str, demo: Demo) -> None:
    login = scheme.format(key=demo.facts["api_key"], basic=_encoded("Aladdin:open sesame"))
    assert Client(demo.url, login).get("/account/1/balance").status == 200


def test_the_second_user_of_the_demo(demo: Demo) -> None:
    assert Client(demo.url, f"Basic {_encoded('test:test')}").get("/account/1/balance").status == 200
