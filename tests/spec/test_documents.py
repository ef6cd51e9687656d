"""The documents' own requests, replayed byte for byte (004 and 000)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from http_documents import Document, differences, names, read

from support.process import Served
from support.sms import advanced, settled
from support.web import Answer, Client, exchange

Platforms = Callable[[Document], Served]

TABLES = """
[[connectors]]
type = "simulated"
delay = {delay}
[[routes]]
connector = "simulated"
[[prices]]
price = "0.01"
where = "{where}"
[[accounts]]
name = "docs"
users = {{ Aladdin = "open sesame" }}
credit = "100"
accepted_status = {accepted}
"""


@pytest.fixture(scope="module")
def platforms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platforms]:
    """The platform that a document asks for; documents with the same settings share one, unless `alone`."""
    running: dict[str, Served] = {}

    def of(document: Document) -> Served:
        words = document.note("settings").split()
        key = document.name if "alone" in words else "-".join(["shared", *words])
        if key not in running:
            tables = TABLES.format(
                delay=3600 if "silent" in words else 0.02,
                where="DE" if "forbidden" in words else "*",
                accepted=7 if "enroute" in words else 0,
            )
            running[key] = Served(tmp_path_factory.mktemp(key), tables)
        return running[key]

    yield of
    for one in running.values():
        one.stop()


def _parameter(name: str) -> Any:
    reason = read(name).note("xfail")
    return pytest.param(name, marks=[pytest.mark.xfail(reason=reason)] if reason else [])


def _replay(document: Document, platform: Served) -> Answer:
    answer = exchange(platform.url, document.octets())
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/json"
    return answer


def _prepare(client: Client, results: list[dict[str, Any]]) -> None:
    """What a documented list tells of: the same ids, numbers, texts and callback data are sent, one by one."""
    for result in results:
        message = {"from": "InfoSMS", "text": "Test SMS.", "destinations": [{}]}
        message["destinations"] = [{"to": result["to"], "messageId": result["messageId"]}]
        if "callbackData" in result:
            message["callbackData"] = result["callbackData"]
        advanced(client, message, bulk=result["bulkId"])
        settled(client, result["messageId"])


@pytest.mark.parametrize("name", [_parameter(name) for name in names("*-send*")])
def test_sending_is_answered_as_documented(name: str, platforms: Platforms) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000+01:00")
    document = read(name).replaced(tomorrow=tomorrow)
    answer = _replay(document, platforms(document))
    if document.answer:
        assert list(differences(document.body(), answer.json, document.request)) == []
    else:
        assert [message["status"]["groupName"] for message in answer.json["messages"]] in (
            ["ACCEPTED"],
            ["ACCEPTED", "ACCEPTED"],
        )


@pytest.mark.parametrize("name", ["004-reports-of-message", "004-logs", "004-logs-filtered"])
def test_reading_is_answered_as_documented(name: str, platforms: Platforms) -> None:
    document = read(name)
    platform = platforms(document)
    newest_first = document.body()["results"]
    _prepare(platform.client, newest_first[::-1])
    answer = _replay(document, platform)
    assert list(differences(document.body(), answer.json, document.answer)) == []


def test_reports_are_answered_as_documented_and_once_only(platforms: Platforms) -> None:
    document = read("004-reports")
    platform = platforms(document)
    _prepare(platform.client, document.body()["results"])
    answer = _replay(document, platform)
    assert list(differences(document.body(), answer.json, document.answer)) == []
    assert _replay(read("004-reports-read"), platform).json == read("004-reports-read").body()


def test_a_scheduled_time_that_has_passed_means_at_once(platforms: Platforms) -> None:
    """The document's own sendAt of 2015: nothing is left to wait for, so it is counted and accepted."""
    document = read("004-send-scheduled")
    message = _replay(document, platforms(document)).json["messages"][0]
    assert (message["status"]["name"], message["smsCount"]) == ("MESSAGE_ACCEPTED", 1)


def test_the_validity_sample_as_printed_is_no_json(platforms: Platforms) -> None:
    document = read("004-send-validity")
    printed = document.request.replace('"to": "41793026727"', '"to": "41793026727",')
    answer = exchange(
        platforms(document).url, Document(document.name, document.notes, printed, document.answer).octets()
    )
    assert answer.error[:2] == (400, "BAD_REQUEST")
