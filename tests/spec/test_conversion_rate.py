"""The conversion rate API: 001's own exchanges, and what the document leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from http_documents import TIMESTAMP, read

from support.process import Served
from support.waiting import until
from support.web import Answer, Client, basic, exchange

TABLES = """
[[connectors]]
type = "simulated"
delay = 0.02
[[routes]]
connector = "simulated"
[[prices]]
price = "0"
[[accounts]]
name = "docs"
users = { Aladdin = "open sesame" }
[[accounts]]
name = "other"
users = { other = "open sesame" }
"""
ROOT = "/1/conversion-rate/process"
PROCESS, SECOND = "47A3614FB229EBEA88ED45E72BB07D3E", "95578456D6F794703FB6C9418AF6AA97"
END_TAG, RUN = "AC175A3A7D4AE68FE358C053630ED926", "7c32d5fc-6870-4c33-8222-44d477b0671c"
KEY = re.compile("[0-9A-F]{32}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BY_FORM = {
    "key": re.compile(f"{KEY.pattern}|{UUID.pattern}"),
    "accountKey": KEY,
    "messageId": UUID,
    "processLogKey": UUID,
    "timeAdded": TIMESTAMP,
    "from": TIMESTAMP,
    "to": TIMESTAMP,
    "clientCorrelator": re.compile("[0-9]{17}"),
    "resourceURL": re.compile(
        "http://oneapi.infobip.com/1/smsmessaging/outbound/INFOSMS/requests/[0-9]{17}/deliveryInfos"
    ),
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("conversion"), TABLES)
    yield running
    running.stop()


@pytest.fixture
def client(platform: Served) -> Client:
    return platform.client


def replay(platform: Served, name: str, **keys: str) -> tuple[Any, Any]:
    """What is documented and what came, with the printed keys (by their variable's name) replaced by real ones."""
    document = read(f"001-{name}")
    octets, printed = document.octets(), document.body()
    length = len(octets.partition(b"\r\n\r\n")[2])
    for printed_key, real in keys.items():
        known = {"PATH": "{key}"}.get(printed_key) or globals()[printed_key]
        octets = octets.replace(known.encode(), real.encode())
    grown = len(octets.partition(b"\r\n\r\n")[2])
    answer = exchange(platform.url, octets.replace(b"Length: %d\r" % length, b"Length: %d\r" % grown))
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/json"
    return printed, answer.json


def compare(printed: Any, came: Any, at: str = "", **real: Any) -> None:
    """The same members in the same order; keys, ids and times by their form."""
    if isinstance(printed, dict):
        assert list(printed) == list(came), at
        for name in printed:
            compare(printed[name], came[name], name, **real)
    elif isinstance(printed, list):
        assert len(printed) == len(came), at
        for one, other in zip(printed, came, strict=True):
            compare(one, other, at, **real)
    elif at in real:
        assert came == real[at], at
    elif at in BY_FORM:
        assert BY_FORM[at].fullmatch(came), (at, came)
    elif at == "time":
        assert 0 <= came < 60
    else:
        assert (printed, type(printed)) == (came, type(came)), at


def test_the_tutorial_of_the_document(platform: Served) -> None:
    """Every exchange of 001, in its order: a process, its tags, an SMS that begins it, its end, the statistics."""
    printed, process = replay(platform, "process")
    compare(printed, process)
    key = process["key"]
    for name in ("tag-start", "tag-end"):
        printed, tag = replay(platform, name, PROCESS=key)
        compare(printed, tag)
    printed, sent = replay(platform, "sms", SECOND=key)
    compare(printed, sent)
    run = sent["sendMessageResults"][0]["processLogKey"]
    printed, log = replay(platform, "log", PATH=key, END_TAG=tag["key"], RUN=run)
    compare(printed, log, key=run, processKey=key, processTagKey=tag["key"])
    printed, average = replay(platform, "average", PATH=key)
    compare(printed, average)
    printed, by_day = replay(platform, "by-date", PATH=key)
    compare(printed, by_day)
    began = by_day["conversionRates"][0]["startTimeFrame"]["from"]
    assert began[11:] == "00:00:00.000+0000"


def made(client: Client, **tags: str) -> tuple[str, dict[str, str]]:
    """A process with these tags (name and type); their keys."""
    process = client.post(ROOT, {"name": "p", "description": "d"}).json["key"]
    keys = {}
    for name, kind in (tags or {"START": "START_TAG", "END": "END_TAG"}).items():
        keys[name] = client.post(f"{ROOT}/{process}/tag", {"name": name, "processTagType": kind}).json["key"]
    return process, keys


def log(client: Client, process: str, **fields: str) -> dict[str, Any]:
    answer = client.post(f"{ROOT}/{process}/log", fields)
    assert answer.status == 200, answer
    return dict(answer.json)


def rate(client: Client, process: str, name: str = "average-conversion-rate", **query: str) -> Any:
    answer = client.get(f"{ROOT}/{process}/statistics/{name}", {n.replace("_", "-"): v for n, v in query.items()})
    assert answer.status == 200, answer
    return answer.json


def counts(statistics: Any) -> tuple[int, int, float]:
    stats = statistics["conversionRateStats"]
    return stats["startCount"], stats["endCount"], stats["conversionRate"]


def test_a_tag_of_a_passage_counts_once_however_often_it_is_logged(client: Client) -> None:
    process, tags = made(client)
    first = log(client, process, countryCode="us", osType="Windows Phone")
    assert (first["countryCode"], first["osType"], first["addCount"]) == ("US", "WINDOWS_PHONE", 1)
    again = [log(client, process, processLogKey=first["key"], processTagKey=tags["START"])["addCount"] for _ in "ab"]
    assert again == [2, 3]
    ended = log(client, process, processLogKey=first["key"])
    assert (ended["processTagKey"], ended["addCount"]) == (tags["END"], 1)
    assert counts(rate(client, process)) == (1, 1, 1)
    lines = client.get(f"{ROOT}/{process}/log/{first['key']}").json["logs"]
    assert [(one["processTagKey"], one["addCount"]) for one in lines] == [(tags["START"], 3), (tags["END"], 1)]


def test_a_customers_own_name_for_a_passage(client: Client) -> None:
    process, _ = made(client)
    assert [log(client, process, processLogKey="user 7")["key"] for _ in "ab"] == ["user 7"] * 2
    assert counts(rate(client, process)) == (1, 1, 1)
    other, _ = made(client)
    log(client, other, processLogKey="user 7")
    assert counts(rate(client, other)) == (1, 0, 0), "names belong to a process"


def test_any_two_tags_are_compared_by_name_or_key(client: Client) -> None:
    process, tags = made(client, START="START_TAG", Middle="UNDEFINED", END="END_TAG")
    for number in range(4):
        run = log(client, process)["key"]
        if number < 3:
            log(client, process, processLogKey=run, processTagKey="middle")
        if number < 1:
            log(client, process, processLogKey=run, processTagKey=tags["END"])
    assert counts(rate(client, process, end_tag="Middle")) == (4, 3, 0.75)
    assert counts(rate(client, process, startTag=tags["Middle"])) == (3, 1, 1 / 3)
    named = rate(client, process, start_tag="MIDDLE")
    assert (named["startTag"], named["endTag"]) == ("Middle", "END")


def test_time_frames_units_and_filters(client: Client) -> None:
    process, _ = made(client)
    for country, system in (("US", "ANDROID"), ("US", "IOS"), ("HR", "IOS")):
        run = log(client, process, countryCode=country, osType=system)["key"]
        if country == "US":
            log(client, process, processLogKey=run)
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    day_ago = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    assert counts(rate(client, process, **{"from": day_ago, "to": hour_ago})) == (0, 0, 0)
    late = rate(client, process, **{"from": hour_ago, "end-tag-from": day_ago, "end-tag-to": hour_ago})
    assert counts(late) == (3, 0, 0)
    assert late["endTagTimeFrame"] == {"from": day_ago, "to": hour_ago}
    assert counts(rate(client, process, country_code="US")) == (2, 2, 1)
    assert counts(rate(client, process, os_type="ios")) == (2, 1, 0.5)
    for unit in ("seconds", "MINUTES", "hours", "days"):
        time = rate(client, process, time_unit=unit)["averageConversionTime"]
        assert time == {"time": 0, "timeUnit": unit.upper()}
    assert list(rate(client, process, "average-conversion-time")) == ["startTag", "endTag", "averageConversionTime"]
    by_country = rate(client, process, "conversion-rate-by-countries")["conversionRates"]
    assert [(one["countryCode"], *counts(one)) for one in by_country] == [("HR", 1, 0, 0), ("US", 2, 2, 1)]
    by_system = rate(client, process, "conversion-rate-by-oses")["conversionRates"]
    assert [(one["osType"], *counts(one)) for one in by_system] == [("ANDROID", 1, 1, 1), ("IOS", 2, 1, 0.5)]
    hourly = rate(client, process, "granulated-conversion-rate", granulation="hour")
    assert (hourly["granulation"], sum(counts(one)[0] for one in hourly["conversionRates"])) == ("HOUR", 3)
    cut = rate(client, process, "conversion-rate", **{"from": hour_ago})["conversionRates"]
    assert cut[0]["startTimeFrame"]["from"] >= hour_ago


def test_a_time_is_exact_to_the_millisecond(client: Client) -> None:
    """Who notes the time between two ENDs gets the second one only, though they are of one minute."""
    process, _ = made(client)
    ends = []
    for _ in range(3):
        run = log(client, process)["key"]
        ends.append(datetime.fromisoformat(log(client, process, processLogKey=run)["timeAdded"]))
        until(lambda: datetime.now(UTC) > ends[-1] + timedelta(milliseconds=2), "the next millisecond")
    noted = (ends[1] + timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
    before = ends[1].isoformat(timespec="milliseconds")
    assert counts(rate(client, process, end_tag_from=noted))[:2] == (3, 1)
    assert counts(rate(client, process, end_tag_from=before))[:2] == (3, 2)
    assert counts(rate(client, process, end_tag_to=before))[:2] == (3, 1)
    assert counts(rate(client, process, end_tag_to=noted))[:2] == (3, 2)
    assert counts(rate(client, process, end_tag_from=before, end_tag_to=noted))[:2] == (3, 1)
    for name in ("conversion-rate", "conversion-rate-by-networks", "conversion-rate-by-countries"):
        (one,) = rate(client, process, name, **{"from": noted})["conversionRates"]
        assert counts(one) == (1, 1, 1)
    query = {"since": before, "until": noted, "intervalGranulation": "MINUTE"}
    found = client.get(f"/ct/1/processes/{process}/conversionrate", query).json["cumulativeStatistics"]
    assert found["endCount"] == 1


def test_all_times_there_are(client: Client) -> None:
    """What clients send that mean "ever": the ends of their own calendars."""
    process, _ = made(client)
    log(client, process)
    ever = {"from": "0001-01-01T00:00:00", "to": "9999-12-31T23:59:59.999"}
    average = rate(client, process, **ever)
    assert counts(average) == (1, 0, 0)
    assert average["startTagTimeFrame"]["from"] == "1970-01-01T00:00:00.000+0000"
    for query in (ever, {**ever, "granulation": "HOUR"}):
        by_interval = rate(client, process, "granulated-conversion-rate", **query)["conversionRates"]
        assert [counts(one) for one in by_interval] == [(1, 0, 0)], "only those with logs are answered"
    late = {"from": "9000-01-01", "to": ever["to"], "granulation": "MONTH"}
    assert rate(client, process, "granulated-conversion-rate", **late)["conversionRates"] == []
    asked = {"since": "1969-01-01", "until": "9999-12-31T23:59:59.999"}
    path = f"/ct/1/processes/{process.lower()}/conversionrate"
    assert len(client.get(path, {**asked, "intervalGranulation": "DAY"}).json["statistics"]) == 1
    found = client.get(path, asked).json
    assert found["cumulativeStatistics"] == {"startCount": 1, "endCount": 0, "conversionRate": 0}
    assert found["statistics"][0]["intervalStart"] == "1970-01-01T00:00:00.000+0000"


def test_a_time_with_one_end_that_nothing_was_logged_in(client: Client) -> None:
    """An end that is not given refuses nothing: the answer has no counts."""
    process, _ = made(client)
    run = log(client, process)["key"]
    log(client, process, processLogKey=run)
    later, before = "2100-01-01T00:00:00.000+0000", "2000-01-01T00:00:00.000+0000"
    future = rate(client, process, **{"from": later})
    assert counts(future) == (0, 0, 0)
    assert future["startTagTimeFrame"] == future["endTagTimeFrame"] == {"from": later, "to": later}
    assert rate(client, process, "conversion-rate", **{"from": later})["conversionRates"] == []
    assert counts(rate(client, process, to=before)) == (0, 0, 0)
    for given in ({"end-tag-from": later}, {"end-tag-to": before}):
        assert counts(rate(client, process, **given)) == (1, 0, 0)
    found = client.get(f"/ct/1/processes/{process}/conversionrate", {"since": later}).json
    assert found["cumulativeStatistics"] == {"startCount": 0, "endCount": 0, "conversionRate": 0}


def test_as_many_tags_as_one_wants_with_or_without_names(client: Client) -> None:
    process, _ = made(client)
    tags = [client.post(f"{ROOT}/{process}/tag", {}).json for _ in range(150)]
    assert [one["name"] for one in tags[:3]] == ["UNDEFINED", "UNDEFINED 2", "UNDEFINED 3"]
    assert len({one["name"] for one in tags}) == 150
    second = client.post(f"{ROOT}/{process}/tag", {"processTagType": "END_TAG"}).json
    assert (second["name"], second["processTagType"]) == ("END 2", "END_TAG")
    assert log(client, process, processTagKey="undefined 150")["processTagKey"] == tags[-1]["key"]


def test_sms_are_told_apart_by_network(client: Client) -> None:
    process, _ = made(client)
    body = {"address": ["41793026727", "385981234567"], "message": "hi",
            "trackInfo": {"initTagInfo": {"processKey": process.lower()}}}  # fmt: skip
    sent = client.post("/1/smsmessaging/outbound/InfoSMS/requests", body).json["sendMessageResults"]
    log(client, process, processLogKey=sent[0]["processLogKey"], osType="ANDROID")
    found = rate(client, process, "conversion-rate-by-networks")["conversionRates"]
    assert [(one["mccMnc"], *counts(one)) for one in found] == [("21901", 1, 0, 0), ("22801", 1, 1, 1)]
    assert counts(rate(client, process, mcc="228", mnc="01")) == (1, 1, 1)
    ended = client.call("POST", f"/ct/1/log/end/{sent[1]['messageId']}")
    assert ended.json == {"processKey": process}, "one model with /ct/1"
    assert counts(rate(client, process)) == (2, 2, 1)


def test_an_sms_begins_a_passage_of_a_process_without_a_start_tag(client: Client) -> None:
    """Nothing is counted for it, but its end is: with the SMS's country and network."""
    process, _ = made(client, Done="END_TAG")
    body = {"address": ["41793026727", "385981234567"], "message": "hi",
            "trackInfo": {"initTagInfo": {"processKey": process}}}  # fmt: skip
    sent = client.post("/1/smsmessaging/outbound/InfoSMS/requests", body).json["sendMessageResults"]
    key = sent[0]["processLogKey"]
    assert client.get(f"{ROOT}/{process}/log/{key}").json == {"logs": []}
    assert log(client, process, processLogKey=key)["countryCode"] == "CH"
    assert client.call("POST", f"/ct/1/log/end/{sent[1]['messageId']}").json == {"processKey": process}
    found = rate(client, process, "conversion-rate-by-networks")["conversionRates"]
    assert [(one["mccMnc"], *counts(one)) for one in found] == [("21901", 0, 1, 0), ("22801", 0, 1, 0)]


def test_processes_and_tags_are_listed_shown_and_renamed(client: Client) -> None:
    process, tags = made(client)
    assert process in [one["key"] for one in client.get(ROOT).json["processes"]]
    renamed = client.call("PUT", f"{ROOT}/{process}", b'{"name": "new"}').json
    assert (renamed["name"], renamed["description"]) == ("new", "d")
    assert client.get(f"/conversion-rate/process/{process.lower()}").json == renamed
    tag = client.call("PUT", f"{ROOT}/{process}/tag/{tags['END']}", b'{"name": "Done"}').json
    assert tag == client.get(f"{ROOT}/{process}/tag/{tags['END']}").json
    assert (tag["name"], tag["processTagType"]) == ("Done", "END_TAG")
    assert [one["name"] for one in client.get(f"{ROOT}/{process}/tag").json["tags"]] == ["START", "Done"]
    assert client.post(f"{ROOT}/{process}/tag", {"name": "done"}).error[:2] == (409, "CONFLICT")


def test_types_of_tags_as_the_tables_call_them(client: Client) -> None:
    called = {"One": "Start tag", "Two": "End tag", "Three": "Undefined tag type", "Four": "UNDEFINED_TAG"}
    process, _ = made(client, **called)
    types = [one["processTagType"] for one in client.get(f"{ROOT}/{process}/tag").json["tags"]]
    assert types == ["START_TAG", "END_TAG", "UNDEFINED", "UNDEFINED_TAG"]


def test_in_xml(client: Client) -> None:
    def call(method: str, path: str, body: str = "") -> ET.Element:
        answer = client.call(method, path, body.encode(), {"Content-Type": "application/xml"})
        assert answer.headers["content-type"] == "application/xml", answer
        return ET.fromstring(answer.body)

    process = call("POST", ROOT, "<request><name>Ä</name><description>d</description></request>")
    assert [one.tag for one in process] == ["key", "name", "timeAdded", "processType", "description"]
    path = f"{ROOT}/{process.findtext('key')}"
    tag = call("POST", f"{path}/tag", "<tag><name>START</name><processTagType>START_TAG</processTagType></tag>")
    logged = call("POST", f"{path}/log", f"<log><processTagKey>{tag.findtext('key')}</processTagKey></log>")
    assert (logged.tag, logged.findtext("addCount")) == ("ProcessLog", "1")
    found = call("GET", f"{path}/statistics/conversion-rate")
    assert found.findtext("conversionRates/conversionRates/conversionRateStats/startCount") == "1"
    refused = call("GET", f"{ROOT}/0/statistics/conversion-rate")
    assert refused.tag == "ApiException"


REFUSED = [
    ("POST", "", {"description": "d"}, "[name : may not be empty]"),
    ("POST", "", {"name": "n" * 101, "description": "d"}, "[name : Length is limited to 100 characters.]"),
    ("POST", "/{key}/tag", {"processTagType": "X"}, "'X' is not one of START_TAG, END_TAG, UNDEFINED"),
    ("POST", "/{key}/log", {"processTagKey": "nothing"}, "[processTagKey : 'nothing' is not a tag of this process.]"),
    ("POST", "/{key}/log", {"osType": "BeOS"}, "[osType : 'BEOS' is not one of UNKNOWN, WINDOWS"),
    ("POST", "/{key}/log", {"countryCode": "USA"}, "[countryCode : 'USA' is not a code of two letters such as US.]"),
    ("POST", "/{key}/log", {"processLogKey": "k" * 101}, "[processLogKey : Length is limited to 100 characters.]"),
    ("GET", "/{key}/statistics/average-conversion-rate?start-tag=X", None, "[start-tag : 'X' is not a tag"),
    ("GET", "/{key}/statistics/average-conversion-rate?from=yesterday", None, "[from : 'yesterday' is not a time"),
    ("GET", "/{key}/statistics/average-conversion-rate?time-unit=YEARS", None, "[time-unit : 'YEARS' is not one of"),
    ("GET", "/{key}/statistics/conversion-rate?from=2030-01-02&to=2030-01-01", None, "[from : it is after its end.]"),
    ("GET", "/{key}/statistics/average-conversion-rate?end-tag-from=2030-01-02&end-tag-to=2030-01-01", None,
     "[end-tag-from : it is after its end.]"),
    ("GET", "/{key}/statistics/conversion-rate?mnc=01", None, "[mnc : needs mcc.]"),
    ("GET", "/{key}/statistics/conversion-rate?granulation=MINUTE&from=1970-01-01&to=9999-12-31", None,
     "[granulation : more than 10000 intervals"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "text"), REFUSED, ids=[text for *_, text in REFUSED])
def test_what_is_refused(client: Client, method: str, path: str, body: dict[str, str] | None, text: str) -> None:
    process, _ = made(client)
    target = ROOT + path.replace("{key}", process)
    answer = client.post(target, body) if method == "POST" else client.get(target)
    assert answer.error[:2] == (400, "BAD_REQUEST")
    assert text in answer.error[2]


def test_a_process_without_the_tag_that_a_log_means(client: Client) -> None:
    process, _ = made(client, Only="UNDEFINED")
    error = client.post(f"{ROOT}/{process}/log", {}).error
    assert error[2] == "[processTagKey : may not be empty: the process has no START_TAG.]"
    empty = rate(client, process)
    assert (empty["startTag"], counts(empty)) == (None, (0, 0, 0))


def test_another_accounts_process_looks_missing(platform: Served, client: Client) -> None:
    process, tags = made(client)
    run = log(client, process, processLogKey="mine")["key"]
    other = Client(platform.url, basic("other", "open sesame"))
    paths = [f"/{process}", f"/{process}/tag", f"/{process}/tag/{tags['END']}", f"/{process}/log/{quote(run)}",
             f"/{process}/statistics/average-conversion-rate"]  # fmt: skip
    answers: list[Answer] = [other.get(ROOT + path) for path in paths]
    answers += [other.post(f"{ROOT}/{process}/{what}", {"name": "x"}) for what in ("tag", "log")]
    answers.append(other.call("PUT", f"{ROOT}/{process}", b'{"name": "theirs"}'))
    assert {answer.error[:2] for answer in answers} == {(404, "NOT_FOUND")}
    assert other.get(ROOT).json == {"processes": []}
    body = {"address": "41793026727", "message": "x", "trackInfo": {"initTagInfo": {"processKey": process}}}
    assert other.post("/1/smsmessaging/outbound/InfoSMS/requests", body).status == 400
    assert counts(rate(client, process)) == (1, 0, 0)
