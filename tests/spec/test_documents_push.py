"""What the documents push to a notifyUrl, against what a real server receives (004 and 000)."""

from __future__ import annotations

from typing import Any

import pytest
from http_documents import Document, differences, read

from support.process import Demo
from support.receiver import Receiver
from support.sms import new_id
from support.waiting import until
from support.web import exchange

CASES = (
    ("004-send-notify", "004-push-final"),
    ("004-send-intermediate", "004-push-intermediate"),
    ("000-send", "000-push-final"),
    ("000-send", "000-push-intermediate"),
)


@pytest.mark.parametrize(("send", "push"), CASES)
def test_a_report_is_pushed_as_documented(send: str, push: str, demo: Demo, receiver: Receiver) -> None:
    path, documented = f"/{push}", read(push)
    exchanged = Document(push, documented.notes, read(send).request, documented.answer)
    document = exchanged.replaced(receiver=receiver.url(path), message=new_id())
    assert exchange(demo.url, document.octets()).status == 200
    expected = _by_number(document.body()["results"])
    intermediate = push.endswith("intermediate")

    def pushed() -> list[dict[str, Any]] | None:
        results = [result for call in receiver.calls(path) for result in call.results]
        wanted = [result for result in results if (result["status"]["groupName"] == "PENDING") is intermediate]
        found = list({result["messageId"]: result for result in wanted}.values())
        return found if len(found) >= len(expected) else None

    found = _by_number(until(pushed, f"the reports of {push}"))
    assert list(differences(expected, found, document.request)) == []
    assert {call.content_type for call in receiver.calls(path)} == {"application/json"}


def _by_number(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(results, key=lambda result: str(result["to"]))
