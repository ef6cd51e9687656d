"""What GET /api/hlr/sync answers, as a lookup: the samples of 003 §2.7, and another Stentor."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stentor.catalogue import StatusId
from stentor.connectors.http.lookup import Refused
from stentor.connectors.http.options import HttpOptions
from stentor.connectors.http.sync_lookup import SyncResolver, _Answer, _read, found_in
from stentor.core.lookup import Place
from support.process import Demo

SAMPLE = (
    b'{"destination":"385997046253","id":"13a54e79b51-fc84-1724","stat":"DELIVRD","IMSI":"219019900211811",'
    b'"MSC":"3859804","err":"0","mccmnc":"21901","ppm":"100","onp":"99","ocp":"385","is_ported":"false","rnp":"98",'
    b'"rcp":"385","is_roaming":"false","pnp":"97","pcp":"385"}'
)
ABSENT = "41791239930000"


def test_the_sample_of_the_document() -> None:
    found = found_in(_read(SAMPLE), "385997046253")
    assert found is not None
    assert (found.status, found.error, found.mcc_mnc) == (StatusId.DELIVERED_TO_HANDSET, 0, "21901")
    assert (found.imsi, found.serving_msc, found.serving_hlr) == ("219019900211811", "3859804", None)
    assert (found.ported, found.roaming) == (False, False)
    assert found.original == Place("", "99", "", "385", "")
    assert found.roaming_in == Place("", "98", "", "385", "")


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"stat": "UNDELIV", "err": "27"}, 9, 27),
        ({"stat": "UNDELIV", "err": 27}, 9, 27),
        ({"stat": "UNDELIV", "err": "99999"}, 9, 255),
        ({"stat": "UNDELIV"}, 9, 255),
        ({"stat": "delivrd", "err": "1"}, 5, 0),
    ],
)
def test_fates(fields: dict[str, str | int], status: int, error: int) -> None:
    found = found_in(_Answer(**fields), "41793026727")  # type: ignore[arg-type]
    assert found is not None
    assert (found.status, found.error) == (status, error)


@pytest.mark.parametrize(
    "fields", [{}, {"stat": "UNKNOWN"}, {"stat": "REJECTD"}, {"stat": "UNDELIV", "num_ok": "false"}]
)
def test_no_answer(fields: dict[str, str]) -> None:
    assert found_in(_Answer(**fields), "41793026727") is None


@pytest.fixture
async def resolver(demo: Demo) -> AsyncIterator[SyncResolver]:
    made = SyncResolver(HttpOptions(name="older", url=demo.url, user="Aladdin", password="open sesame"))
    yield made
    await made.close()


async def test_another_stentor(demo: Demo, resolver: SyncResolver) -> None:
    numbers = ["41793026727", ABSENT]
    found = await resolver.ask(numbers)
    said = {one["to"]: one for one in demo.client.post("/number/1/query", {"to": numbers}).json["results"]}
    for number in numbers:
        result = said[number]
        assert (found[number].mcc_mnc, found[number].imsi) == (result["mccMnc"], result.get("imsi"))
        assert (found[number].status, found[number].error) == (result["status"]["id"], result["error"]["id"])
    assert await resolver.ask(["123"]) == {}, "it has only digits, and is no number"


@pytest.mark.parametrize(("user", "said"), [("nobody", "answered"), ("Aladdin", "answered")])
async def test_what_is_no_answer_is_told_without_the_login(demo: Demo, user: str, said: str) -> None:
    made = SyncResolver(HttpOptions(name="older", url=demo.url, user=user, password="canary-secret"))
    try:
        with pytest.raises(Refused, match=said) as refused:
            await made.ask(["41793026727"])
        assert "canary" not in str(refused.value)
    finally:
        await made.close()
