"""POST /sms/1/preview: how many parts a text will take, and how it will read (`spec/wire.md` A1)."""

from __future__ import annotations

from msgspec import UNSET

from stentor.api.messages import Request, Response
from stentor.api.v1 import languages
from stentor.api.v1.models import (
    Language,
    LanguageCode,
    Preview,
    PreviewConfiguration,
    PreviewRequest,
    PreviewResponse,
)
from stentor.api.v1.reading import BodyReader, scalar
from stentor.api.v1.xml import PREVIEW, answer
from stentor.core.content import Extra, encoded, read
from stentor.core.errors import InvalidField
from stentor.core.submit import Outgoing, content_of
from stentor.text import segments

_body = BodyReader(PreviewRequest)


async def preview(request: Request) -> Response:
    """The same decisions as sending; nothing is sent or charged."""
    body = _body.read(request)
    text = scalar(body.text) or ""
    language = Language(language_code=body.language_code) if body.language_code else None
    shift = languages.shift("language", language)
    table = languages.transliteration("transliteration", body.transliteration)
    carried = content_of(Outgoing(destinations=(), text=text, extra=Extra(shift=shift), transliteration=table))
    try:
        parts = encoded(carried.text, carried.extra)
    except segments.TooLong as error:
        raise InvalidField("text", f"{error}.") from None
    used = carried.extra is not None and read(carried.extra).shift is not None
    configuration = PreviewConfiguration(
        language=LanguageCode(language_code=body.language_code.upper()) if used and body.language_code else UNSET,
        transliteration=table if table and not used else UNSET,
    )
    shown = Preview(
        text_preview=carried.text,
        message_count=parts.count,
        characters_remaining=parts.remaining,
        configuration=configuration,
    )
    return answer(request, PREVIEW, PreviewResponse(original_text=text, previews=[shown]))
