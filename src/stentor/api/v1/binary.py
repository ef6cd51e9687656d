"""Sending octets over v1: hexadecimal with their data_coding and esm_class (`spec/wire.md` A1, `spec/xml.md` 2)."""

from __future__ import annotations

from msgspec.structs import replace

from stentor.api.messages import Request, Response
from stentor.api.v1.models import (
    BinaryAdvancedMessage,
    BinaryAdvancedRequest,
    BinaryModel,
    BinaryMultiRequest,
    BinarySingleRequest,
)
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.send import count_of, destination_count, listed, numbers_of, outgoing_of, rendered
from stentor.api.v1.xml import SINGLE
from stentor.core.content import Extra, text_of
from stentor.core.errors import InvalidField
from stentor.core.submit import Destination, Outgoing, Submission, Submit, check_count

_OCTET = range(256)
_single = BodyReader(BinarySingleRequest)
_multi = BodyReader(BinaryMultiRequest)
_advanced = BodyReader(BinaryAdvancedRequest)


class BinaryApi:
    def __init__(self, submit: Submit) -> None:
        self._submit = submit

    async def single(self, request: Request) -> Response:
        body = _single.read(request)
        check_count(count_of(body.to))
        outgoing = _outgoing_of_single(body, "binary")
        acceptance = await self._submit(Submission(request.account, (outgoing,), scalar(body.bulk_id)))
        return rendered(request, SINGLE, acceptance, with_bulk=len(acceptance.messages) > 1)

    async def multi(self, request: Request) -> Response:
        body = _multi.read(request)
        given: list[BinarySingleRequest] = listed(body.messages, "messages")
        check_count(sum(count_of(message.to) for message in given))
        messages = [_outgoing_of_single(one, f"messages[{place}].binary") for place, one in enumerate(given)]
        acceptance = await self._submit(Submission(request.account, messages, scalar(body.bulk_id)))
        return rendered(request, SINGLE, acceptance, with_bulk=len(acceptance.messages) > 1 or body.bulk_id is not None)

    async def advanced(self, request: Request) -> Response:
        body = _advanced.read(request)
        given: list[BinaryAdvancedMessage] = listed(body.messages, "messages")
        check_count(sum(map(destination_count, given)))
        messages = [_outgoing_of_advanced(one, place) for place, one in enumerate(given)]
        acceptance = await self._submit(Submission(request.account, messages, scalar(body.bulk_id)))
        return rendered(request, SINGLE, acceptance, with_bulk=True)


def _outgoing_of_single(body: BinarySingleRequest, field: str) -> Outgoing:
    extra = extra_of(field, body.binary)
    destinations = [Destination(to) for to in numbers_of(body.to)]
    return Outgoing(destinations=destinations, text=text_of(extra), extra=extra, sender=scalar(body.from_))


def _outgoing_of_advanced(body: BinaryAdvancedMessage, position: int) -> Outgoing:
    extra = extra_of(f"messages[{position}].binary", body.binary)
    given = outgoing_of(body, position)
    data = {name: getattr(extra, name) for name in ("data", "data_coding", "esm_class")}
    extra = replace(given.extra, shift=None, **data)
    return replace(given, text=text_of(extra), extra=extra, transliteration=None)


def extra_of(field: str, binary: BinaryModel | None) -> Extra:
    """`hex` may have spaces between its octets."""
    if binary is None or not binary.hex:
        raise InvalidField(f"{field}.hex", "may not be empty")
    for name, value in (("dataCoding", binary.data_coding), ("esmClass", binary.esm_class)):
        if value not in _OCTET:
            raise InvalidField(f"{field}.{name}", f"{value} is not an octet: 0 to 255.")
    try:
        data = bytes.fromhex(binary.hex)
    except ValueError:
        raise InvalidField(f"{field}.hex", f"{binary.hex[:60]!r} is not hexadecimal, two digits an octet.") from None
    return Extra(data=data, data_coding=binary.data_coding, esm_class=binary.esm_class)
