"""Sending over the legacy API: three forms of request become one `Submission`, its `Acceptance` one of their answers.

A message whose parameters are wrong gets its code on each recipient and leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from stentor.api.legacy import answers, reading
from stentor.api.legacy.answers import FAULT, FINE, Http, Result, Written, answer, of_refusal
from stentor.api.legacy.login import Login
from stentor.api.legacy.outgoing import outgoing
from stentor.api.legacy.reading import Asked, Draft, Reader
from stentor.api.legacy.wrong import Wrong, by_field
from stentor.api.messages import Request, Response
from stentor.catalogue.legacy import ResponseCode, response_of
from stentor.core import money
from stentor.core.account import Account
from stentor.core.errors import InvalidField, Refusal
from stentor.core.ports import Clock, Store
from stentor.core.submit import MAX_CLIENT_ID, Accepted, Destination, Outgoing, Submission, Submit, check_message

log = structlog.get_logger()

_FIRST_GENERATION = {
    ResponseCode.INVALID_USER_OR_PASS: -1,
    ResponseCode.MISSING_USERNAME: -1,
    ResponseCode.MISSING_PASSWORD: -1,
    ResponseCode.SYNTAX_ERROR: -2,
    ResponseCode.NOT_ENOUGH_CREDITS: -3,
    ResponseCode.MISSING_DESTINATION_ADDRESS: -4,
}
"""`spec/wire.md` A3: /api/sendsms/xml means other things by its numbers; everything else is -5."""
_OUTPUT = "output"
_JSON = (b"&output=json", b'name="output"\r\n\r\njson')
"""Asked of what cannot be read as well: that is answered too."""


class SendApi:
    def __init__(self, *, submit: Submit, login: Login, clock: Clock, store: Store) -> None:
        self._submit = submit
        self._login = login
        self._clock = clock
        self._store = store

    async def xml(self, request: Request) -> Response:
        return await self._answer(request, reading.xml, answers.xml)

    async def json(self, request: Request) -> Response:
        return await self._answer(request, reading.json, answers.json)

    async def plain(self, request: Request) -> Response:
        """XML, or JSON with `output=json`."""
        return await self._answer(request, reading.plain, answers.json if _wants_json(request) else answers.xml)

    async def first_plain(self, request: Request) -> Response:
        return await self._answer(request, reading.plain, answers.numbers)

    async def first_xml(self, request: Request) -> Response:
        """How many were accepted, and the credit that is left."""
        http, account, results = await self._done(request, reading.xml)
        good = sum(one.good for one in results)
        status = good or _FIRST_GENERATION.get(results[0].status, -5)
        credit = money.plain(self._store.balance(account.id)) if account else "0"
        body = f"<RESPONSE><status>{status}</status><credits>{credit}</credits></RESPONSE>"
        return answer((answers.CSV, body.encode()), http)

    async def _answer(self, request: Request, read: Reader, written: Written) -> Response:
        http, _, results = await self._done(request, read)
        return answer(written(results), http)

    async def _done(self, request: Request, read: Reader) -> tuple[Http, Account | None, Sequence[Result]]:
        """What HTTP says, the account once it is known, and a result at least."""
        account = None
        try:
            asked = read(request)
            account = await self._login.account(request, asked.login)
            return FINE, account, await self._sent(account, asked)
        except Wrong as wrong:
            return FINE, account, [Result(wrong.code)]
        except InvalidField as refusal:
            return FINE, account, [Result(by_field(refusal).code)]
        except Refusal as refusal:
            return of_refusal(refusal), account, [Result(ResponseCode.COMMUNICATION_ERROR)]
        except Exception:
            log.exception("request failed", method=request.method, path=request.path)
            return FAULT, account, [Result(ResponseCode.GENERAL_ERROR)]

    async def _sent(self, account: Account, asked: Asked) -> Sequence[Result]:
        now = self._clock.now_ms()
        results: list[Result | str] = []
        """The client's own id, or nothing, where the core is asked."""
        good: list[Outgoing] = []
        for draft in asked.messages:
            try:
                one = _read(draft, account, now)
            except Wrong as wrong:
                results += [Result(wrong.code, "", *one) for one in draft.recipients or (("", ""),)]
                continue
            if one.destinations:
                good.append(one)
            results += [given if _fits(given) else _ill(number, given) for number, given in draft.recipients]
        acceptance = await self._submit(Submission(account, good, digits=True)) if good else None
        accepted = iter(acceptance.messages if acceptance else ())
        return [_result(next(accepted), one) if isinstance(one, str) else one for one in results] or [_NOBODY]


def _wants_json(request: Request) -> bool:
    given = f"&{request.query}&".lower()
    if _OUTPUT not in given and not request.body:
        return False
    octets = given.encode("latin-1") + request.body.lower()
    return any(map(octets.__contains__, _JSON))


_NOBODY = Result(ResponseCode.MISSING_DESTINATION_ADDRESS)


def _ill(number: str, given: str) -> Result:
    return Result(ResponseCode.ERROR_PROCESSING, "", number, given)


def _result(accepted: Accepted, given: str) -> Result:
    code = response_of(accepted.status)
    known = accepted.message_id if code is ResponseCode.ALL_RECIPIENTS_PROCESSED else ""
    return Result(code, known, accepted.to, given)


def _read(draft: Draft, account: Account, now: int) -> Outgoing:
    """To the recipients whose ids fit; the others are refused alone."""
    if not draft.recipients:
        raise Wrong(ResponseCode.MISSING_DESTINATION_ADDRESS)
    destinations = [Destination(number, given or None) for number, given in draft.recipients if _fits(given)]
    one = outgoing(draft.values, account, destinations, now)
    try:
        check_message(one, now)
    except InvalidField as refusal:
        raise by_field(refusal) from None
    return one


def _fits(given: str) -> bool:
    return len(given) <= MAX_CLIENT_ID
