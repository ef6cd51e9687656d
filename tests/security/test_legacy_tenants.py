"""The legacy API never shows, takes or disturbs what is another account's: every endpoint of it that is described."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from support.legacy import OPERATOR, TABLES, Old, number, platform
from support.process import Served
from support.sms import settled
from support.web import Answer, Client

OTHER = ("poor", "secret")
"""Who asks with the ids of the account "test"."""
Operation = tuple[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with platform(tmp_path_factory.mktemp("legacy")) as running:
        yield running


@pytest.fixture(scope="module")
def mine(served: Served) -> list[str]:
    """Ids of messages whose reports wait."""
    old = Old(served.url)
    ids = [old.sent(SMSText="canary-text"), old.sent(messageId="canary-id", SMSText="canary-text", appid="canary")]
    settled(old.modern, *ids)
    written = {"from": "41791112233", "to": "41790007000", "text": "canary of a phone"}
    assert Client(served.url, OPERATOR).post("/admin/1/trigger/mo", written).status == 200
    return ids


@pytest.fixture(scope="module")
def operations(served: Served) -> list[Operation]:
    paths = Client(served.url, None).get("/openapi.json").json["paths"]
    return [
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "userPassword" in {name for one in operation["security"] for name in one}
    ]


def asked(client: Old, operation: Operation, ids: list[str]) -> Answer:
    """With everything that any of them looks at."""
    method, path = operation
    given = {
        **client.login, "sender": "Friend", "SMSText": "x", "GSM": number(), "messageid": ",".join(ids),
        "appid": "canary", "cmd": "CREDITS", "destination": number(), "destinations": number(), "account": "test",
    }  # fmt: skip
    if method == "GET":
        return client.get(path, given)
    if path.endswith("json"):
        one = {"text": "x", "sender": "Friend", "recipients": [{"gsm": number(), "messageId": ids[0]}]}
        body = json.dumps({"authentication": {**client.login, "username": client.login["user"]}, "messages": [one]})
    elif path.endswith("xml"):
        login = f"<username>{client.login['user']}</username><password>{client.login['password']}</password>"
        one_xml = f"<message><sender>Friend</sender><text>x</text><gsm messageId='{ids[1]}'>{number()}</gsm></message>"
        body = f"<SMS><authentication>{login}</authentication>{one_xml}</SMS>"
    else:
        return client.call("POST", f"{path}?" + "&".join(f"{name}={value}" for name, value in given.items()))
    return client.call("POST", path, body.encode())


def test_they_are_found(operations: list[Operation]) -> None:
    assert {path.rpartition("/")[2] for _, path in operations} == {
        "xml", "json", "plain", "pull", "dlrpull", "inbox", "command", "hlr", "sync",
    }  # fmt: skip


def test_another_account_gets_nothing(served: Served, mine: list[str], operations: list[Operation]) -> None:
    poor = Old(served.url, *OTHER)
    for operation in operations:
        answer = asked(poor, operation, mine)
        body = answer.body.decode().replace("canary-id", "").replace(mine[0], "")
        assert answer.status == 200, operation
        assert "canary" not in body, (operation, body)
        assert "1000" not in body, (operation, body)
    old = Old(served.url)
    assert b"canary of a phone" in old.ask("/api/v3/command/inbox").body
    for message_id in mine:
        assert message_id.encode() in old.ask("/api/v3/dr/pull", messageid=message_id).body


@pytest.mark.parametrize("authorization", [OPERATOR, "App operator-token", "Basic canary", None])
def test_nobody_else_is_let_in(
    served: Served, mine: list[str], operations: list[Operation], authorization: str | None
) -> None:
    assert "operator-token" in TABLES
    client = Old(served.url)
    client.authorization, client.login = authorization, {"user": "", "password": ""}
    for operation in operations:
        answer = asked(client, operation, mine)
        refused = (b"FAILED", b"UNKNOWN_COMMAND", b"-5", b"-10", b"<status>-1<")
        assert any(one in answer.body for one in refused), (operation, answer)
        assert b"canary" not in answer.body


def test_passwords_are_not_guessed(served: Served) -> None:
    """One count of failures for every door; a login that was right before goes on."""
    assert Old(served.url).ask("/api/command", cmd="CREDITS").status == 200
    answers = [Old(served.url, "strict", f"guess{n}").ask("/api/v3/dr/pull") for n in range(30)]
    assert answers[0].body == b"-5"
    assert (answers[-1].status, answers[-1].body) == (429, b"-26")
    assert answers[-1].headers["retry-after"]
    assert Old(served.url).ask("/api/command", cmd="CREDITS").status == 200
