"""An account never sees, takes or disturbs what is another's: every endpoint that the program describes.

`alpha` has messages with a canary in every field; `beta` asks everything with alpha's ids. The endpoints are those of
`/openapi.json`, which is made from the table of routes: a new one fails here until it says how it is asked.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from support.cli import stentor
from support.process import Served
from support.receiver import Receiver, receiving
from support.sms import magic, new_id, number, settled
from support.web import Answer, Client, basic

TABLES = """
[[connectors]]
type = "simulated"
name = "network"
delay = 0.01
[[routes]]
connector = "network"
country = "CH"
[[prices]]
price = "0.01"
[[prices]]
plan = "lookup"
price = "0.01"
[[accounts]]
name = "alpha"
users = { alpha = "alpha-secret" }
keys = ["alpha-key"]
credit = "777.77"
[[accounts]]
name = "beta"
users = { beta = "beta-secret" }
keys = ["beta-key"]
credit = "5"
[[numbers]]
number = "7000"
account = "beta"
keywords = [{ keyword = "CANARY", account = "alpha" }]
[[operators]]
name = "root"
token = "operator-token"
[[accounts]]
name = "gamma"
users = { gamma = "gamma-secret" }
"""
ALPHA, BETA, ROOT = basic("alpha", "alpha-secret"), basic("beta", "beta-secret"), "Bearer operator-token"
GAMMA = basic("gamma", "gamma-secret")
"""One that never sent anything."""
SEND = ("/single", "/multi", "/advanced")
ASKED = {
    **{("POST", f"/sms/{version}/text{kind}"): "send" for version in (1, 2) for kind in SEND},
    **{("GET", f"/sms/{version}/{what}"): "search" for version in (1, 2) for what in ("reports", "logs")},
    ("POST", "/sms/1/logs"): "search",
    ("GET", "/account/1/balance"): "read",
    **{(method, f"/sms/1/bulks{what}"): "bulk" for method in ("GET", "PUT") for what in ("", "/status")},
    **{("POST", f"/sms/1/binary/{kind}"): "octets" for kind in ("single", "multi", "advanced")},
    **{("POST", path): "octets" for path in ("/1/sms/binary/single", "/1/sms/binary/multi", "/sms/2/binary/advanced")},
    **{(method, "/sms/1/text/query"): "query" for method in ("GET", "POST")},
    ("POST", "/sms/1/preview"): "preview",
    **{("GET", f"/sms/1/inbox/{what}"): "inbox" for what in ("reports", "logs")},
    **{("POST", f"/number/1/{what}"): "lookup" for what in ("query", "notify")},
    ("GET", "/number/1/logs"): "search",
    **{("GET", path): "search" for path in ("/omni/1/reports", "/omni/1/logs", "/push/1/reports")},
    **{(method, "/omni/1/scenarios"): "omni" for method in ("GET", "POST")},
    **{(method, "/omni/1/scenarios/{scenarioKey}"): "omni" for method in ("GET", "PUT")},
    **{("POST", f"/omni/1/{what}"): "omni" for what in ("advanced", "text")},
    **{("GET", f"/push/1/applications{what}"): "omni" for what in ("", "/{applicationCode}")},
    ("POST", "/push/2/message/single"): "omni",
    ("POST", "/ct/1/log/end/{messageId}"): "tracked",
    **{
        (method, prefix + "/conversion-rate/process" + path): "conversion"
        for prefix in ("/1", "")
        for method, path in (
            *((method, "") for method in ("GET", "POST")),
            *((method, "/{key}") for method in ("GET", "PUT")),
            *((method, "/{key}/tag") for method in ("GET", "POST")),
            *((method, "/{key}/tag/{tag}") for method in ("GET", "PUT")),
            ("POST", "/{key}/log"),
            ("GET", "/{key}/log/{log}"),
            *(
                ("GET", f"/{{key}}/statistics/{name}")
                for name in (
                    "average-conversion-rate",
                    "conversion-rate",
                    "granulated-conversion-rate",
                    "conversion-rate-by-countries",
                    "conversion-rate-by-networks",
                    "conversion-rate-by-oses",
                    "average-conversion-time",
                )
            ),
        )
    },
    **{
        (method, "/1/smsmessaging" + path): "oneapi"
        for method, path in (
            ("POST", "/outbound/{sender}/requests"),
            *(
                ("GET", f"/outbound/{sender}requests/{{correlator}}{end}")
                for sender in ("{sender}/", "")
                for end in ("/deliveryInfos", "")
            ),
            ("GET", "/outbound/requests/deliveryReports"),
            ("GET", "/outbound/requests/{correlator}/deliveryReports"),
            *(
                (method, f"/{what}/subscriptions")
                for method in ("GET", "POST")
                for what in ("outbound", "outbound/{sender}", "inbound", "hlr")
            ),
            *(
                (method, f"/{what}/subscriptions/{{id}}")
                for method in ("GET", "DELETE")
                for what in ("outbound", "inbound", "hlr")
            ),
            ("GET", "/inbound/registrations/{registration}/messages"),
        )
    },
    **{("GET", f"/{version}/messaging/outbound/logs"): "oneapi" for version in (1, 2)},
    ("GET", "/1/terminalstatus/queries/roamingStatus"): "oneapi",
    **{("GET", f"/1/customerProfile{what}"): "oneapi" for what in ("", "/balance")},
    ("POST", "/1/customerProfile/logout"): "oneapi",
    **{
        ("GET", f"/ct/1/{one}/{{processKey}}/conversionrate{by}"): "tracked"
        for one in ("process", "processes")
        for by in ("", "/{aggregation}")
    },
}
"""How beta asks each endpoint of accounts ("omni": tests/spec/test_omni.py)."""
MINE = [
    {"messageId": "canary-id-delivered", "to": number()},
    {"messageId": "canary-id-failed", "to": magic(0, 27)},
    {"messageId": "canary-id-refused", "to": "not-a-number"},
    {"messageId": "canary-id-uncovered", "to": "385911234567"},
]


class Alpha:
    """What alpha sent before the first test, and every octet of it that nobody else may see."""

    def __init__(self, served: Served, receiver: Receiver) -> None:
        self.client = Client(served.url, ALPHA)
        message = {"from": "CanaryFrom", "text": "canary-text", "callbackData": "canary-data"}
        pulled = {**message, "destinations": MINE}
        pushed = {**message, "notifyUrl": receiver.url("/canary-url"), "destinations": [to("canary-id-pushed")]}
        later = {**message, "sendAt": tomorrow(), "destinations": [to("canary-id-later")]}
        self.sent = self._send("/sms/1/text/advanced", {"bulkId": "canary-bulk", "messages": [pulled, pushed, later]})
        self.own = self._send("/sms/1/text/single", {"from": "CanaryFrom", "to": [number()] * 2, "text": "canary-text"})
        self.ours = [one["messageId"] for one in self.own["messages"]]
        self.ids = [one["messageId"] for one in MINE] + ["canary-id-pushed", "canary-id-later", *self.ours]
        self.bulks = ["canary-bulk", self.own["bulkId"]]
        settled(self.client, "canary-id-delivered", "canary-id-failed", "canary-id-pushed", *self.ours)
        receiver.reports("/canary-url", 1)
        self.numbers = [one["to"] for one in [*self.sent["messages"], *self.own["messages"]] if one["to"].isdigit()]
        asked = self._send("/number/1/query", {"to": self.numbers[:2]})
        lookups = self.client.get("/number/1/logs", {"bulkId": asked["bulkId"]}).json["results"]
        self.lookups = [asked["bulkId"], *(one["messageId"] for one in lookups)]
        self.canaries = [
            *self.lookups,
            *("canary", "Canary", "777.", "alpha"),
            *self.ours,
            *self.bulks,
            *self.numbers,
        ]

    def _send(self, path: str, body: object) -> dict[str, Any]:
        answer = self.client.post(path, body)
        assert answer.status == 200, answer
        return dict(answer.json)

    def log(self) -> list[dict[str, Any]]:
        return list(self.client.get("/sms/1/logs", {"limit": 1000}).json["results"])


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def to(message_id: str) -> dict[str, str]:
    return {"to": number(), "messageId": message_id}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("tenants"), TABLES)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def alpha(served: Served, receiver: Receiver) -> Alpha:
    return Alpha(served, receiver)


@pytest.fixture(params=[BETA, "App beta-key"], ids=["login", "key"])
def beta(request: pytest.FixtureRequest, served: Served) -> Client:
    return Client(served.url, request.param)


Operation = tuple[str, str]


@pytest.fixture(scope="module")
def operations(served: Served) -> dict[str, dict[Operation, dict[str, Any]]]:
    """Every endpoint, by who may call it."""
    document = Client(served.url, None).get("/openapi.json").json
    found: dict[str, dict[Operation, dict[str, Any]]] = {"account": {}, "admin": {}, "public": {}, "legacy": {}}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            schemes = {name for one in operation["security"] for name in one}
            access = "admin" if "operator" in schemes else "account" if schemes else "public"
            if "userPassword" in schemes:
                access = "legacy"  # test_legacy_tenants.py
            found[access][method.upper(), path] = operation
    return found


def foreign(alpha: Alpha, answer: Answer, supplied: Iterable[str] = ()) -> list[str]:
    """Octets of alpha's in head or body, besides what beta itself had written."""
    octets = "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), answer.body.decode()])
    for one in sorted(supplied, key=len, reverse=True):
        octets = octets.replace(one, "")
    return [canary for canary in alpha.canaries if canary in octets]


def test_every_endpoint_of_accounts_is_asked(operations: dict[str, dict[Operation, dict[str, Any]]]) -> None:
    assert set(operations["account"]) == set(ASKED), "say in ASKED how beta asks the new endpoint"


def test_alpha_sees_all_of_it(alpha: Alpha) -> None:
    """So the searches below look for what is there."""
    lines = {line["messageId"]: line for line in alpha.log()}
    assert set(alpha.ids) <= set(lines)
    assert {line["text"] for line in lines.values()} == {"canary-text"}
    for name, values in alpha_values(alpha).items():
        for value in values:
            assert alpha.client.get("/sms/1/logs", {name: value}).json["results"], (name, value)


def alpha_values(alpha: Alpha) -> dict[str, list[str]]:
    return {"messageId": alpha.ids, "bulkId": alpha.bulks, "from": ["CanaryFrom"], "to": alpha.numbers[:2]}


def searches(alpha: Alpha, names: Iterable[str]) -> Iterator[dict[str, str | list[str]]]:
    """Each parameter with each id; then ids combined, with what narrows and with what widens."""
    values = [value for known in alpha_values(alpha).values() for value in known]
    more = ("account", "accountId", "callbackData", "notifyUrl", "user")
    for name, value in itertools.product((*names, *more), [*values, "alpha", "canary-data", "1", "*", "%", ""]):
        yield {name: value}
    known = alpha_values(alpha)
    for count in (2, 3, 4):
        for chosen in itertools.combinations(known, count):
            yield {name: known[name][0] for name in chosen}
            yield {name: known[name] for name in chosen}
            yield {f"{name}[]": ",".join(known[name]) for name in chosen}
    for status in ("DELIVERED", "PENDING", "REJECTED", "UNDELIVERABLE", "ACCEPTED"):
        yield {"messageId": alpha.ids, "generalStatus": status, "limit": "1000"}


@pytest.mark.parametrize(("method", "path"), [one for one, how in ASKED.items() if how == "search"])
def test_searches_for_anothers_ids_find_nothing(
    alpha: Alpha,
    beta: Client,
    operations: dict[str, dict[Operation, dict[str, Any]]],
    method: str,
    path: str,
) -> None:
    names = [one["name"] for one in operations["account"][method, path].get("parameters", ()) if one["in"] == "query"]
    assert "messageId" in names
    for query in searches(alpha, names):
        answer = beta.get(path, query) if method == "GET" else post_query(beta, path, query)
        supplied = [one for value in query.values() for one in ([value] if isinstance(value, str) else value)]
        assert answer.status in (200, 400), (query, answer)
        assert answer.status == 400 or answer.json["results"] == [], query
        assert foreign(alpha, answer, supplied) == [], query


def test_anothers_lookups_are_not_found(alpha: Alpha, beta: Client) -> None:
    assert len(alpha.lookups) == 3
    for name, value in itertools.product(("bulkId", "messageId", "to"), [*alpha.lookups, *alpha.numbers[:2]]):
        for query in ({name: value}, {name: f"{value},{alpha.lookups[1]}"}):
            answer = beta.get("/number/1/logs", query)
            assert (answer.status, answer.json["results"]) == (200, []), query


@pytest.mark.parametrize("path", [path for (_, path), how in ASKED.items() if how == "lookup"])
def test_looking_up_anothers_number_shows_nothing_of_its_lookups(alpha: Alpha, served: Served, path: str) -> None:
    gamma, before = Client(served.url, GAMMA), alpha.client.get("/number/1/logs").json
    body = {"to": alpha.numbers[:2], "notifyUrl": "http://127.0.0.1:9/"}
    answer = gamma.post(path, body)
    assert (answer.status, foreign(alpha, answer, alpha.numbers)) == (200, [])
    lines = gamma.get("/number/1/logs", {"to": alpha.numbers[0]})
    assert foreign(alpha, lines, alpha.numbers) == []
    assert len(lines.json["results"]) >= 1
    assert alpha.client.get("/number/1/logs").json == before


def post_query(client: Client, path: str, query: dict[str, str | list[str]]) -> Answer:
    return client.call("POST", f"{path}?{urlencode(query, doseq=True)}")


@pytest.mark.parametrize(("method", "path"), [one for one, how in ASKED.items() if how == "read"])
def test_what_is_read_is_ones_own(alpha: Alpha, beta: Client, method: str, path: str) -> None:
    answer = beta.call(method, path)
    assert answer.status == 200
    assert foreign(alpha, answer) == []
    assert float(answer.json["balance"]) <= 5


@pytest.mark.parametrize("path", [path for (_, path), how in ASKED.items() if how == "send"])
def test_anothers_ids_are_free_to_use(alpha: Alpha, served: Served, path: str) -> None:
    """They are no duplicates, and what comes of it is in beta's log only. Also alpha's ids of our making."""
    beta, before = Client(served.url, BETA), alpha.log()
    if path.endswith("/advanced"):
        used = [f"{one}-{path[5]}" if path[5] == "2" else one for one in alpha.ids]
        body: dict[str, Any] = {"destinations": [to(one) for one in used], "text": "beta's", "callbackData": "beta"}
        answer = beta.post(path, {"bulkId": "canary-bulk", "messages": [{"from": "BetaFrom", **body}]})
        supplied = [*used, "canary-bulk"]
        assert [one["messageId"] for one in answer.json["messages"]] == used
    else:
        body = {"from": "BetaFrom", "to": number(), "text": "beta's"}
        answer = beta.post(path, {"bulkId": "canary-bulk", **({"messages": [body]} if "multi" in path else body)})
        supplied = ["canary-bulk"]
    assert {one["status"]["groupName"] for one in answer.json["messages"]} <= {"ACCEPTED", "PENDING"}
    assert foreign(alpha, answer, supplied) == []
    assert [line["messageId"] for line in alpha.log()] == [line["messageId"] for line in before]
    found = beta.get("/sms/1/logs", {"bulkId": "canary-bulk", "limit": "1000"})
    assert {(line["text"], line["from"]) for line in found.json["results"]} == {("beta's", "BetaFrom")}
    assert foreign(alpha, found, [*alpha.ids, *supplied]) == []


@pytest.mark.parametrize(("method", "path"), [one for one, how in ASKED.items() if how == "bulk"])
def test_anothers_bulks_look_missing_and_stay_as_they_are(alpha: Alpha, served: Served, method: str, path: str) -> None:
    beta, before = Client(served.url, GAMMA), alpha.log()
    body = {"sendAt": tomorrow()} if path.endswith("bulks") else {"status": "CANCELED"}
    for bulk in alpha.bulks:
        answer = beta.call(method, f"{path}?bulkId={bulk}", json.dumps(body).encode() if method == "PUT" else None)
        assert answer.error == (404, "NOT_FOUND", "Bulk not found")
    assert alpha.log() == before


@pytest.mark.parametrize("path", [path for (_, path), how in ASKED.items() if how == "octets"])
def test_anothers_ids_are_free_for_octets_too(alpha: Alpha, served: Served, path: str) -> None:
    beta = Client(served.url, BETA)
    one = {"from": "BetaFrom", "binary": {"hex": "41"}}
    if path.endswith("advanced"):
        body: dict[str, Any] = {"messages": [{**one, "destinations": [to(f"{alpha.ids[0]}{path[5:7]}")]}]}
    else:
        body = {"messages": [{**one, "to": number()}]} if "multi" in path else {**one, "to": number()}
    answer = beta.post(path, {"bulkId": "octets", **body})
    assert (answer.status, foreign(alpha, answer, [*alpha.ids])) == (200, [])


@pytest.mark.parametrize(("method", "path"), [one for one, how in ASKED.items() if how in ("query", "preview")])
def test_what_names_no_message_shows_none(alpha: Alpha, beta: Client, method: str, path: str) -> None:
    query = urlencode({"to": number(), "text": "beta's", "from": "BetaFrom", "messageId": alpha.ids[0]})
    answer = beta.call(method, f"{path}?{query}", json.dumps({"text": "beta's"}).encode() if method == "POST" else None)
    assert (answer.status, foreign(alpha, answer)) == (200, [])


def _named(path: str, **values: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: quote(values.get(found[1], "x"), safe=""), path)


def test_anothers_conversion_processes_look_missing(alpha: Alpha, beta: Client) -> None:
    """Their own lists apart, whatever beta asks of a process of alpha's is missing, and changes nothing."""
    root = "/1/conversion-rate/process"
    body = {"name": "canary-name", "description": "canary-description", "processTagType": "START_TAG"}
    process = alpha.client.post(root, body).json["key"]
    tag = alpha.client.post(f"{root}/{process}/tag", body).json["key"]
    alpha.client.post(f"{root}/{process}/log", {"processLogKey": "canary-log"})
    shown = [alpha.client.get(f"{root}/{process}{what}").json for what in ("", "/tag", "/log/canary-log")]
    for method, path in (one for one, how in ASKED.items() if how == "conversion"):
        if path.endswith("/process"):
            continue
        sent = json.dumps({"processLogKey": "canary-log", "name": "mine"}).encode() if method != "GET" else None
        answer = beta.call(method, _named(path, key=process, tag=tag, log="canary-log"), sent)
        assert (answer.status, foreign(alpha, answer)) == (404, []), (method, path)
    assert [alpha.client.get(f"{root}/{process}{what}").json for what in ("", "/tag", "/log/canary-log")] == shown
    assert foreign(alpha, beta.get(root)) == []
    own = beta.post(root, {"name": "b", "description": "b"}).json["key"]
    beta.post(f"{root}/{own}/tag", {"processTagType": "START_TAG"})
    logged = beta.post(f"{root}/{own}/log", {"processLogKey": "canary-log"})
    assert (logged.json["addCount"], logged.json["processKey"]) == (1, own), "the name of a passage is beta's own"


def test_oneapi_shows_and_takes_ones_own_only(alpha: Alpha, served: Served) -> None:
    beta = Client(served.url, GAMMA)
    out, url = "/1/smsmessaging/outbound", "http://customer.example/canary"
    made = alpha.client.post(f"{out}/subscriptions", {"notifyURL": url, "callbackData": "canary"}).json
    name = made["deliveryReceiptSubscription"]["resourceURL"].rpartition("/")[2]
    before = alpha.log()
    for method, path in (one for one, how in ASKED.items() if how == "oneapi"):
        for correlator in (*alpha.bulks, alpha.ours[0]):
            target = _named(path, correlator=correlator, id=name, sender="CanaryFrom")
            query = urlencode({"messageId": alpha.ids, "account": "alpha", "address": "41790000999"}, doseq=True)
            sent = b'{"address": "41790000999", "notifyURL": "http://beta.example/"}' if method == "POST" else None
            answer = beta.call(method, f"{target}?{query}", sent)
            assert answer.status in (200, 201, 204, 404) or "destinationAddress" in answer.body.decode(), (method, path)
            assert answer.status == 404 or "{id}" not in path
            assert foreign(alpha, answer, [correlator, "CanaryFrom"]) == [], (method, path)
    assert alpha.log() == before
    assert alpha.client.get(f"{out}/subscriptions/{name}").status == 200
    assert alpha.client.call("DELETE", f"{out}/subscriptions/{name}").status == 204


def test_anothers_processes_look_missing(alpha: Alpha, beta: Client, receiver: Receiver) -> None:
    """Beta asks with the messageId and the key of a process of alpha's, which stays as it was."""
    message = {"from": "CanaryFrom", "text": "canary-text", "destinations": [to("canary-id-tracked")]}
    pushed = {**message, "notifyUrl": receiver.url("/tracked-url")}
    body = {"messages": [pushed], "tracking": {"track": "SMS", "type": "canary-type"}}
    assert alpha.client.post("/sms/1/text/advanced", body).status == 200
    ends = [alpha.client.call("POST", "/ct/1/log/end/canary-id-tracked").json["processKey"] for _ in range(2)]
    rate = f"/ct/1/processes/{ends[0]}/conversionrate"
    before = alpha.client.get(rate).json["cumulativeStatistics"]
    assert before == {"startCount": 1, "endCount": 1, "conversionRate": 1.0}
    for method, path in (one for one, how in ASKED.items() if how == "tracked"):
        for key in (*ends, "canary-id-tracked", alpha.ours[0]):
            target = re.sub(r"{(messageId|processKey)}", key, path).replace("{aggregation}", "byCountry")
            answer = beta.call(method, target)
            assert answer.status == 404, (method, target)
            assert foreign(alpha, answer) == []
    sent = beta.post("/sms/1/text/advanced", {**body, "tracking": {"track": "SMS", "processKey": ends[0]}})
    assert sent.status == 400
    assert alpha.client.get(rate).json["cumulativeStatistics"] == before


def test_what_phones_wrote_is_its_owners_alone(alpha: Alpha, served: Served) -> None:
    """Also on a number that two share: the keyword says whose it is."""
    beta = Client(served.url, BETA)
    for text in ("canary of alpha's", "for the other"):
        told = stentor("trigger", "mo", "--from", "41791234567", "--to", "7000", "--text", text, "--data", served.data)
        assert told.code == 0, told
    (mine,) = alpha.client.get("/sms/1/inbox/logs").json["results"]
    assert mine["text"] == "canary of alpha's"
    more = (
        "",
        "to=7000",
        "keyword=CANARY",
        "keyword=%25",
        f"messageId={mine['messageId']}",
        "account=alpha",
        "limit=1000",
    )
    for path in (path for (_, path), how in ASKED.items() if how == "inbox"):
        for query in more:
            answer = beta.get(f"{path}?{query}")
            assert (answer.status, foreign(alpha, answer)) == (200, [])
            assert mine["messageId"] not in str(answer.json)
    (pulled,) = alpha.client.get("/sms/1/inbox/reports").json["results"]
    assert pulled["messageId"] == mine["messageId"]
    assert beta.get("/sms/1/inbox/logs").json["results"][0]["text"] == "for the other"


def test_ones_own_ids_are_not_free(alpha: Alpha) -> None:
    body = {"messages": [{"from": "CanaryFrom", "text": "again", "destinations": [to("canary-id-delivered")]}]}
    answer = alpha.client.post("/sms/1/text/advanced", body)
    assert answer.json["messages"][0]["status"]["name"] == "REJECTED_DUPLICATE_MESSAGE_ID"


def test_reports_go_to_their_own_urls(alpha: Alpha, served: Served, receiver: Receiver) -> None:
    """Beta sends with alpha's id and a URL of its own beside alpha's: each gets its own."""
    beta, mine, theirs = Client(served.url, BETA), new_id(), new_id()
    for client, id_ in ((beta, mine), (alpha.client, theirs)):
        for shared in (id_, "canary-id-shared"):
            path = "/beta-url" if client is beta else "/canary-url"
            message = {"from": "Sender", "text": "x", "notifyUrl": receiver.url(path), "destinations": [to(shared)]}
            assert client.post("/sms/1/text/advanced", {"messages": [message]}).status == 200
    got = {one["messageId"] for one in receiver.reports("/beta-url", 2)}
    assert got == {mine, "canary-id-shared"}
    got = {one["messageId"] for one in receiver.reports("/canary-url", 3)}
    assert got == {"canary-id-pushed", theirs, "canary-id-shared"}


def test_reports_are_still_there_for_their_owner(alpha: Alpha, served: Served) -> None:
    """After all that beta asked: each report once, for alpha, and none of beta's among them."""
    settled(Client(served.url, BETA), "canary-id-delivered")
    beta = Client(served.url, BETA).get("/sms/1/reports", {"limit": "1000"})
    assert foreign(alpha, beta, [*alpha.ids, "canary-bulk"]) == []
    results = alpha.client.get("/sms/1/reports", {"limit": "1000"}).json["results"]
    assert {one["messageId"] for one in results} == {"canary-id-delivered", "canary-id-failed", *alpha.ours}
    assert {one.get("callbackData", "canary-data") for one in results} == {"canary-data"}


def filled(path: str, alpha: Alpha) -> Iterator[str]:
    """The path with names of alpha's in place of its own."""
    for value in ("alpha", "canary-id-delivered", alpha.ours[0], "1"):
        yield re.sub(r"\{\w+\}", value, path)


@pytest.mark.parametrize("authorization", [ALPHA, BETA, "App beta-key", "Bearer beta-key", "Bearer beta-secret", None])
def test_no_account_administers(
    alpha: Alpha,
    served: Served,
    operations: dict[str, dict[Operation, dict[str, Any]]],
    authorization: str | None,
) -> None:
    client = Client(served.url, authorization)
    assert operations["admin"]
    for method, path in operations["admin"]:
        for target in filled(path, alpha):
            answer = client.call(method, target, b"{}" if method in ("POST", "PUT", "PATCH") else None)
            assert answer.status == 401, (method, target, answer)
            assert foreign(alpha, answer) == []


@pytest.mark.parametrize("authorization", [ROOT, "App operator-token", basic("root", "operator-token"), None])
def test_no_operator_is_an_account(
    alpha: Alpha,
    served: Served,
    operations: dict[str, dict[Operation, dict[str, Any]]],
    authorization: str | None,
) -> None:
    client = Client(served.url, authorization)
    for method, path in operations["account"]:
        answer = client.call(method, path, b"{}" if method == "POST" else None)
        assert answer.status == 401, (method, path, answer)
        assert foreign(alpha, answer) == []


def test_an_operator_administers(served: Served) -> None:
    """So the refusals above are not for want of a route."""
    assert Client(served.url, ROOT).get("/admin/1/accounts").status == 200


def test_what_is_public_names_nobody(
    alpha: Alpha,
    served: Served,
    operations: dict[str, dict[Operation, dict[str, Any]]],
) -> None:
    """Where a path has names, what stands there is a secret that nobody was given."""
    anyone = Client(served.url, None)
    for method, path in operations["public"]:
        for target in filled(path, alpha) if "{" in path else (path,):
            answer = anyone.call(method, target, None if method == "GET" else b'{"results": []}')
            if path.startswith("/mobile/"):
                assert answer.status == 401, (method, target)
                continue
            assert answer.status == (404 if "{" in path else 200 if method == "GET" else 400), (method, target)
            larger = re.findall(r"\d{4,}\.\d+", answer.body.decode())  # times and sizes, which may end with its credit
            assert foreign(alpha, answer, [target, "alphabet", "alphanumeric", *larger]) == [], (method, target)


@pytest.mark.parametrize(
    "path",
    ["/sms/1/reports/{id}", "/sms/1/logs/{id}", "/sms/1/messages/{id}", "/account/alpha/balance", "/account/2/balance"],
)
def test_paths_that_are_none(alpha: Alpha, beta: Client, path: str) -> None:
    for one in alpha.ids:
        target = path.replace("{id}", one)
        answer = beta.get(target)
        assert answer.status == 404
        assert foreign(alpha, answer, [target]) == []
