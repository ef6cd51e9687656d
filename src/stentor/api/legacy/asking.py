"""What every request but sending has in common: parameters, a login, and a text for what is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from stentor.api.legacy.answers import FAULT, TEXT, answer, of_refusal
from stentor.api.legacy.fields import Fields, fields_of
from stentor.api.legacy.login import Login
from stentor.api.legacy.wrong import Wrong, by_field
from stentor.api.messages import Request, Response
from stentor.catalogue.legacy import ResponseCode
from stentor.core.account import Account
from stentor.core.errors import InvalidField, Refusal

log = structlog.get_logger()

Answer = Callable[[Account, Fields], Awaitable[Response]]
Complaint = Callable[[ResponseCode], str]


def _number(code: ResponseCode) -> str:
    return str(int(code))


class Asking:
    def __init__(self, login: Login) -> None:
        self._login = login

    async def answer(self, request: Request, handle: Answer, complaint: Complaint = _number) -> Response:
        """What is wrong is said by `complaint`: the code itself (003 §2.4.2), or a word."""
        try:
            given = fields_of(request)
            return await handle(await self._login.account(request, given), given)
        except Wrong as wrong:
            return answer((TEXT, complaint(wrong.code).encode()))
        except InvalidField as refusal:
            return answer((TEXT, complaint(by_field(refusal).code).encode()))
        except Refusal as refusal:
            return answer((TEXT, complaint(ResponseCode.COMMUNICATION_ERROR).encode()), of_refusal(refusal))
        except Exception:
            log.exception("request failed", method=request.method, path=request.path)
            return answer((TEXT, complaint(ResponseCode.GENERAL_ERROR).encode()), FAULT)
