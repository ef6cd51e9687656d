"""Number Context, received messages and commands over the legacy API (003 §2.2.4.1, §2.5 to §2.8)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.legacy import OPERATOR, Old, number, platform, query
from support.process import Served
from support.receiver import Receiver
from support.waiting import until
from support.web import Client

SAMPLE_JSON = (
    '{"destination":"385997046253","id":"13a54e79b51-fc84-1724","stat":"DELIVRD","IMSI":"219019900211811",'
    '"MSC":"3859804","err":"0","mccmnc":"21901","ppm":"100","onp":"99","ocp":"385","is_ported":"false","rnp":"98",'
    '"rcp":"385","is_roaming":"false","pnp":"97","pcp":"385"}'
)
SAMPLE_XML = re.findall(
    r"\w+",
    "destination id stat IMSI MSC err hlr orn pon ron roc mccmnc rcn ppm onp ocn occ ocp is_ported rnp rcp num_ok",
)
FULL = ["hlr", "orn", "pon", "ron", "roc", "rcn", "ocn", "occ", "num_ok"]
SYNC = "/api/hlr/sync"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Served]:
    with platform(tmp_path_factory.mktemp("legacy"), receiver.url("")) as running:
        yield running


@pytest.fixture
def old(served: Served) -> Old:
    return Old(served.url)


def test_json_has_the_names_of_the_sample(served: Served, old: Old) -> None:
    full = old.ask(SYNC, destination="41793026727", output="json").json
    assert list(full) == [*json.loads(SAMPLE_JSON), *FULL]
    assert (full["stat"], full["IMSI"], full["ppm"], full["num_ok"]) == ("DELIVRD", "228012120181810", "100", "true")
    roaming = Old(served.url, "pushed", "secret").ask(SYNC, destination="41793026727", output="json").json
    assert list(roaming) == list(json.loads(SAMPLE_JSON))


def test_prices_are_whole_hundredths(old: Old) -> None:
    """Half of one here: typed clients read an integer, as the samples have it."""
    assert old.ask(SYNC, destination="385981234567", output="json").json["ppm"] == "1"


def test_xml_has_the_names_of_the_sample(old: Old) -> None:
    answer = old.ask(SYNC, destination="41793026727", output="xml")
    assert re.findall(r"<(\w+)>[^<\n]*</", answer.body.decode()) == SAMPLE_XML
    assert answer.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<hlr>\n<destination>41793026727<')


def test_a_failure_has_the_values_of_the_sample(served: Served) -> None:
    """003 §2.6: of a phone that was not found there is its own network, and no other."""
    found = Old(served.url, "pushed", "secret").ask(SYNC, destination="41790009901153", output="json").json
    assert found | {"id": "", "destination": ""} == {
        "destination": "", "id": "", "stat": "UNDELIV", "IMSI": "", "MSC": "", "err": "1153", "mccmnc": "22801",
        "ppm": "100", "onp": "79", "ocp": "41", "is_ported": "false", "rnp": "", "rcp": "", "is_roaming": "false",
        "pnp": "", "pcp": "",
    }  # fmt: skip


def test_commas_in_the_order_of_the_list(old: Old) -> None:
    values = old.ask(SYNC, destination="41793026727").body.decode().split(",")
    assert len(values) == len(SAMPLE_XML)
    assert dict(zip(SAMPLE_XML, values, strict=True))["mccmnc"] == "22801"


@pytest.mark.parametrize(
    ("destination", "stat", "ok"),
    [("417900099" + "00001", "UNDELIV", "true"), ("4366412345678", "REJECTD", "true"), ("abc", "UNKNOWN", "false")],
)
def test_statuses(old: Old, destination: str, stat: str, ok: str) -> None:
    found = old.ask(SYNC, destination=destination, output="json").json
    assert (found["stat"], found["num_ok"]) == (stat, ok)


def test_without_credit_it_is_unknown(served: Served) -> None:
    assert Old(served.url, "poor", "secret").ask(SYNC, destination=number(), output="json").json["stat"] == "UNKNOWN"


@pytest.mark.parametrize("path", ["/api/hlr/", SYNC])
@pytest.mark.parametrize(
    "given", [{}, {"destination": "", "destinations": ""}, {"destination": "41793026727;41793026728"}]
)
def test_failed(old: Old, path: str, given: dict[str, str]) -> None:
    assert old.ask(path, **given).body == b"FAILED"
    wrong = Old(old.url, "test", "wrong")
    assert wrong.ask(path, destination=number(), destinations=number()).body == b"FAILED"


@pytest.mark.parametrize("destination", ["41793026727;", " +41793026727 ", ";41793026727,"])
def test_one_number_may_end_as_in_a_list(old: Old, destination: str) -> None:
    found = old.ask(SYNC, destination=destination, output="json").json
    assert (found["destination"], found["stat"]) == ("41793026727", "DELIVRD")


@pytest.mark.parametrize("output", ["", "json", "xml"])
def test_nobody_to_ask_is_a_system_problem(old: Old, output: str) -> None:
    """003 §2.7; the simulated HLR never answers for this number. Nothing is paid."""
    before = old.ask("/api/command", cmd="CREDITS").body
    assert old.ask(SYNC, destination="41791239950000", output=output).body == b"FAILED"
    assert old.ask("/api/command", cmd="CREDITS").body == before


def test_too_many_are_refused_for_good(old: Old) -> None:
    """No 503: it would be tried again for ever."""
    body = query(user="test", password=old.login["password"], destinations="41793026727;" * 10_001)
    answer = old.call("POST", "/api/hlr/", body.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.body) == (200, b"FAILED")


def test_a_destination_makes_no_line_of_its_own(old: Old) -> None:
    answer = old.ask("/api/hlr/", destinations="12\n41793026727;OK;made-up")
    assert answer.body.decode().split("\n") == ["OK", "12 41793026727;FAILED;", "OK;FAILED;", "made-up;FAILED;"]
    assert b"\n" not in old.ask(SYNC, destination="12\n34").body


def test_a_line_for_each_in_their_order(old: Old) -> None:
    first, second = number(), number()
    lines = old.ask("/api/hlr/", destinations=f"{first};23'0498239048230;{second};sdfsdf").body.decode().split("\n")
    assert lines[0] == "OK"
    assert lines[2] == "23'0498239048230;FAILED;"
    assert lines[4] == "sdfsdf;FAILED;"
    for line, gsm in ((lines[1], first), (lines[3], second)):
        assert re.fullmatch(rf"{gsm};OK;[0-9a-f]{{11}}-[0-9a-f]-[0-9a-f]{{1,4}}", line)
        (logged,) = old.modern.get("/number/1/logs", {"messageId": line.rpartition(";")[2]}).json["results"]
        assert logged["to"] == gsm


def told(receiver: Receiver, wanted: list[str]) -> list[dict[str, Any]]:
    """The results of these numbers."""

    def arrived() -> list[dict[str, Any]] | None:
        rows = [row for call in receiver.calls("/lookups") for row in call.body.split(b"\n")]
        found = [json.loads(row.removeprefix(b"dlr=")) for row in rows]
        mine = [one for one in found if one["destination"] in wanted]
        return mine if len(mine) >= len(wanted) else None

    return until(arrived, "the results")


def test_the_sample_of_the_document(served: Served, receiver: Receiver) -> None:
    """003 §2.5: digits are a destination, however few; what may not be asked for has a result as well."""
    pushed, sample = Old(served.url, "pushed", "secret"), ["123456", "23423423232", "2343223", "23422342342", "234234"]
    given = [sample[0], sample[1], "23'0498239048230", sample[2], "sdfsdf", sample[3], sample[4]]
    first, *lines = pushed.ask("/api/hlr/", destinations=";".join(given)).body.decode().split("\n")
    rows = [line.split(";") for line in lines]
    assert (first, [row[0] for row in rows]) == ("OK", given)
    assert [row[1] for row in rows] == ["OK", "OK", "FAILED", "OK", "FAILED", "OK", "OK"]
    found = {one["destination"]: one for one in told(receiver, sample)}
    assert {number: one["id"] for number, one in found.items()} == {row[0]: row[2] for row in rows if row[2]}
    assert [found[number]["stat"] for number in sample] == ["UNKNOWN", "REJECTD", "REJECTD", "REJECTD", "UNKNOWN"]
    assert {one["ppm"] for one in found.values()} == {"0"}


def test_without_credit_it_is_told_so(served: Served, receiver: Receiver) -> None:
    root = Client(served.url, OPERATOR)
    url = json.dumps({"v3_lookup_url": receiver.url("/lookups")}).encode()
    assert root.call("PATCH", "/admin/1/accounts/poor", url, {"Content-Type": "application/json"}).status == 200
    wanted = number()
    line = Old(served.url, "poor", "secret").ask("/api/hlr/", destinations=wanted).body.decode().split("\n")[1]
    (one,) = told(receiver, [wanted])
    assert (line, one["stat"]) == (f"{wanted};OK;{one['id']}", "UNKNOWN")


def test_results_go_to_the_account_s_url(served: Served, receiver: Receiver) -> None:
    pushed = Old(served.url, "pushed", "secret")
    wanted = [number() for _ in range(3)]
    lines = pushed.ask("/api/hlr", destinations=";".join(wanted)).body.decode().split("\n")[1:]

    found = told(receiver, wanted)
    assert {one["destination"]: one["id"] for one in found} == {
        line.split(";")[0]: line.split(";")[2] for line in lines
    }
    assert all(call.body.startswith(b'dlr={"destination":') for call in receiver.calls("/lookups"))
    assert {call.content_type for call in receiver.calls("/lookups")} == {"application/x-www-form-urlencoded"}


def _write(served: Served, text: str) -> None:
    root = Client(served.url, OPERATOR)
    assert root.post("/admin/1/trigger/mo", {"from": "41791112233", "to": "41790007000", "text": text}).status == 200


@pytest.mark.parametrize("path", ["/api/v2/command/inbox", "/api/v3/command/inbox"])
def test_received_messages_are_given_once(served: Served, old: Old, path: str) -> None:
    for text in ("first <&>", "žed"):
        _write(served, text)
    both = until(lambda: (got := old.ask(path, limit="1", output="json").json)["messages"] and got, "the first message")
    found = both["messages"]
    assert [one["Text"] for one in found] == ["first <&>"]
    assert (found[0]["Sender"], found[0]["Receiver"]) == ("41791112233", "41790007000")
    assert found[0]["Bin"] == b"first <&>".hex().upper()
    assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", found[0]["ReceivedDateTime"])
    (read,) = both["inboxMessages"]
    assert (read["externalMessageId"], read["receivedDateTime"]) == (
        found[0]["MessageId"],
        found[0]["ReceivedDateTime"],
    )
    assert (read["networkName"], read["from"], read["messageText"]) == ("Swisscom", "41791112233", "first <&>")
    rest = until(lambda: body if "<message>" in (body := old.ask(path).body.decode()) else None, "the second message")
    assert re.findall(r"<Text>(.*?)</Text><Bin>(.*?)</Bin>", rest) == [("žed", "017E00650064")]
    assert old.ask(path).body == b'<?xml version="1.0" encoding="UTF-8"?>\n<messages>\n</messages>\n'


def test_inbox_refusals(served: Served, old: Old) -> None:
    assert old.ask("/api/v2/command/inbox", limit="x").body == b"-23"
    assert Client(served.url, None).get("/api/v2/command/inbox", {"user": "test"}).body == b"-11"


def test_credits(served: Served) -> None:
    poor = Old(served.url, "poor", "secret")
    assert poor.ask("/api/command", cmd="CREDITS").body == b"0.02"
    assert poor.ask("/api/command", cmd="CREDITS", output="json").json == {"credits": 0.02}
    xml = poor.ask("/api/command", cmd="credits", output="XML").body
    assert xml == b'<?xml version="1.0" encoding="UTF-8"?>\n<credits>0.02</credits>'


@pytest.mark.parametrize(("password", "cmd"), [("secret", "X"), ("secret", ""), ("wrong", "CREDITS")])
def test_unknown_commands(served: Served, password: str, cmd: str) -> None:
    answer = Old(served.url, "poor", password).ask("/api/command", cmd=cmd)
    assert (answer.status, answer.body) == (200, b"UNKNOWN_COMMAND")
