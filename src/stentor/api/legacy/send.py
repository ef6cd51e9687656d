"""Sending over the legacy API: three forms of request become one `Submission`, its `Acceptance` one of their answers.

A message whose parameters are wrong gets its code on each recipient and leaves the others alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import compress, count

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
from stentor.core.ids import Ids
from stentor.core.ports import Clock, Store
from stentor.core.submit import MAX_CLIENT_ID, Destination, Outgoing, Submission, Submit, check

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
_JSON = re.compile(r'(?<![^&])output=json|name="output"\r\n\r\njson', re.IGNORECASE)
"""Asked of what cannot be read as well: that is answered too."""


class SendApi:
    def __init__(self, *, submit: Submit, login: Login, ids: Ids, clock: Clock, store: Store) -> None:
        self._submit = submit
        self._login = login
        self._ids = ids
        self._clock = clock
        self._store = store

    async def xml(self, request: Request) -> Response:
        return await self._answer(request, reading.xml, answers.xml)

    async def json(self, request: Request) -> Response:
        return await self._answer(request, reading.json, answers.json)

    async def plain(self, request: Request) -> Response:
        """XML, or JSON with `output=json`."""
        wanted = _JSON.search(request.query) or (request.body and _JSON.search(request.body.decode("latin-1")))
        return await self._answer(request, reading.plain, answers.json if wanted else answers.xml)

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
        results: list[Result] = []
        good: list[Outgoing] = []
        places: list[int] = []
        for draft in asked.messages:
            fits = [len(given) <= MAX_CLIENT_ID for _, given in draft.recipients]
            code = ResponseCode.ERROR_PROCESSING
            try:
                one = self._read(draft, fits, account, now)
                if one.destinations:
                    good.append(one)
                    places += compress(count(len(results)), fits)
            except Wrong as wrong:
                code = wrong.code
            results += [Result(code, "", number) for number, _ in draft.recipients or (("", ""),)]
        if good:
            acceptance = await self._submit(Submission(account, good))
            for place, accepted in zip(places, acceptance.messages, strict=True):
                code = response_of(accepted.status)
                known = accepted.message_id if code is ResponseCode.ALL_RECIPIENTS_PROCESSED else ""
                results[place] = Result(code, known, accepted.to)
        return results or [Result(ResponseCode.MISSING_DESTINATION_ADDRESS)]

    def _read(self, draft: Draft, fits: Sequence[bool], account: Account, now: int) -> Outgoing:
        """To the recipients whose ids fit; the others are refused alone."""
        if not draft.recipients:
            raise Wrong(ResponseCode.MISSING_DESTINATION_ADDRESS)
        recipients = [*compress(draft.recipients, fits)]
        fresh = iter(self._ids.digits(now, sum(not given for _, given in recipients) or 1))
        destinations = [Destination(number, given or next(fresh)) for number, given in recipients]
        one = outgoing(draft, account, destinations, now)
        try:
            check(Submission(account, (one,)), now)
        except InvalidField as refusal:
            raise by_field(refusal) from None
        return one
