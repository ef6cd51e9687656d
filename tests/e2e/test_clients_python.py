"""PyPI's infobip-api-python-client 3 as a customer: only its base URL and key are ours.

It calls `POST /sms/2/text/advanced`, `GET /sms/1/reports` and `GET /sms/1/logs`; arrays are `bulkId=a&bulkId=b`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from infobip_api_client import ApiClient, Configuration
from infobip_api_client.api.scheduled_sms_api import ScheduledSmsApi
from infobip_api_client.api.send_sms_api import SendSmsApi
from infobip_api_client.exceptions import UnauthorizedException
from infobip_api_client.model.sms_advanced_textual_request import SmsAdvancedTextualRequest
from infobip_api_client.model.sms_destination import SmsDestination
from infobip_api_client.model.sms_textual_message import SmsTextualMessage

from support.process import Demo
from support.sms import new_id, number, settled
from support.web import Client


def _api(url: str, key: str) -> ApiClient:
    configuration = Configuration(host=url, api_key={"APIKeyHeader": key}, api_key_prefix={"APIKeyHeader": "App"})
    return ApiClient(configuration)


@pytest.fixture
def sms(demo: Demo) -> Iterator[Any]:
    with _api(demo.url, demo.facts["api_key"]) as api:
        yield SendSmsApi(api)
        api.rest_client.pool_manager.clear()


def _request(bulk: str, *destinations: SmsDestination, **fields: Any) -> SmsAdvancedTextualRequest:
    message = SmsTextualMessage(destinations=list(destinations), _from="InfoSMS", text="Hello from Python", **fields)
    return SmsAdvancedTextualRequest(bulk_id=bulk, messages=[message])


def _send(sms: Any, bulk: str, *message_ids: str, **fields: Any) -> Any:
    destinations = [SmsDestination(to=number(), message_id=one) for one in message_ids]
    return sms.send_sms_message(sms_advanced_textual_request=_request(bulk, *destinations, **fields))


def test_sending(sms: Any) -> None:
    bulk, first, second = new_id("bulk"), new_id(), new_id()
    response = _send(sms, bulk, first, second, callback_data="data", flash=False, validity_period=720)
    assert response.bulk_id == bulk
    assert [(one.message_id, one.status.name) for one in response.messages] == [
        (first, "MESSAGE_ACCEPTED"),
        (second, "MESSAGE_ACCEPTED"),
    ]


def test_reports(sms: Any, client: Client) -> None:
    bulk, message_id = new_id("bulk"), new_id()
    _send(sms, bulk, message_id, callback_data="data")
    settled(client, message_id)
    [report] = sms.get_outbound_sms_message_delivery_reports(bulk_id=bulk, limit=10).results
    assert (report.message_id, report.status.name, report.error.name) == (
        message_id,
        "DELIVERED_TO_HANDSET",
        "NO_ERROR",
    )
    assert (report.sms_count, report.price.currency, report.callback_data) == (1, "EUR", "data")
    assert report.price.price_per_message == 0.01
    assert report.done_at >= report.sent_at
    assert sms.get_outbound_sms_message_delivery_reports(message_id=message_id).results == []


def test_logs_with_every_filter(sms: Any, client: Client) -> None:
    bulks, ids = [new_id("bulk"), new_id("bulk")], [new_id(), new_id()]
    for bulk, message_id in zip(bulks, ids, strict=True):
        _send(sms, bulk, message_id)
    settled(client, *ids)
    now = datetime.now(UTC)
    found = sms.get_outbound_sms_message_logs(
        _from="InfoSMS",
        bulk_id=bulks,
        message_id=ids,
        general_status="DELIVERED",
        sent_since=now - timedelta(minutes=5),
        sent_until=now + timedelta(minutes=5),
        limit=10,
        mcc="228",
        mnc="01",
    ).results
    assert [one.message_id for one in found] == ids[::-1]
    assert {(one.text, one.mcc_mnc, one.status.group_name) for one in found} == {
        ("Hello from Python", "22801", "DELIVERED")
    }


def test_a_scheduled_message_waits(sms: Any, client: Client) -> None:
    message_id = new_id()
    send_at = datetime.now(UTC) + timedelta(days=1)
    [sent] = _send(sms, new_id("bulk"), message_id, send_at=send_at).messages
    assert sent.status.name == "PENDING_ACCEPTED"
    [line] = client.get("/sms/1/logs", {"messageId": message_id}).json["results"]
    assert line["sentAt"].startswith(f"{send_at:%Y-%m-%dT%H:%M:%S}")


def test_a_refused_destination(sms: Any) -> None:
    bad = SmsDestination(to="letters", message_id=new_id())
    [sent] = sms.send_sms_message(sms_advanced_textual_request=_request(new_id("bulk"), bad)).messages
    assert (sent.status.id, sent.status.action) == (52, "Check to parameter.")


def test_a_wrong_key_is_the_clients_own_exception(demo: Demo) -> None:
    with _api(demo.url, "0" * 32) as api:
        with pytest.raises(UnauthorizedException) as refused:
            SendSmsApi(api).get_outbound_sms_message_logs()
        api.rest_client.pool_manager.clear()
    assert refused.value.status == 401
    assert b"Invalid login details" in _octets(refused.value.body)


def test_the_scheduled_bulk_is_found(sms: Any) -> None:
    bulk = new_id("bulk")
    _send(sms, bulk, new_id(), send_at=datetime.now(UTC) + timedelta(days=1))
    assert ScheduledSmsApi(sms.api_client).get_scheduled_sms_messages(bulk_id=bulk).bulk_id == bulk


def _octets(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()
