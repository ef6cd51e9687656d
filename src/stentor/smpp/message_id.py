"""An upstream's message ids, which its receipts do not always write as its submit_sm_resp did."""

from __future__ import annotations

from typing import Literal

Form = Literal["as_is", "hex_to_dec", "dec_to_hex"]


def normal(message_id: str, form: Form = "as_is", *, strip_zeros: bool = False, fold_case: bool = False) -> str:
    """The id as a receipt and a response of this upstream both have it once they passed through here.

    An id that is no number in the base to convert from stays as it is: some upstreams mix both kinds.
    """
    message_id = message_id.strip()
    if form == "hex_to_dec":
        message_id = _convert(message_id, 16, "d")
    elif form == "dec_to_hex":
        message_id = _convert(message_id, 10, "x")
    if strip_zeros:
        message_id = message_id.lstrip("0") or message_id[:1]
    return message_id.casefold() if fold_case else message_id


def _convert(text: str, base: int, form: str) -> str:
    """Keeps no leading zeros: a conversion has none to keep."""
    digits = "0123456789abcdef"[:base]
    if not text or any(char not in digits for char in text.lower()):
        return text
    return f"{int(text, base):{form}}"
