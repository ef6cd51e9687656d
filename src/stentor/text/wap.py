"""WAP push: a link with a title, as Service Indication in WBXML (WAP-167-ServiceInd §8, WAP-192-WBXML).

Source of the octets around it: spec domain section 1; 003 table 1 calls it "bookmark".
"""

from __future__ import annotations

import re
from typing import Final

DATA_CODING: Final = 245
PORTS: Final = bytes.fromhex("05040b8423f0")
"""Information element of the push ports 2948 and 9200 (3GPP 23.040 §9.2.3.24.4)."""

_PUSH = bytes((0xDC, 0x06, 0x01, 0xAE))
"""Transaction id, push, one octet of headers: application/vnd.wap.sic (WAP-230-WSP §8.2.4.1)."""
_BEGIN = bytes((0x02, 0x05, 0x6A, 0x00))
"""WBXML 1.2, SI 1.0, UTF-8, no table of strings."""
_SI, _INDICATION, _END = 0x45, 0x86, 0x01
_WITH_CONTENT = 0x40
_INLINE = 0x03
_MEDIUM = 0x07
"""action="signal-medium"."""
_SCHEMES = (("https://www.", 0x0F), ("http://www.", 0x0D), ("https://", 0x0E), ("http://", 0x0C))
_HREF = 0x0B
_DOMAINS = {".com/": 0x85, ".edu/": 0x86, ".net/": 0x87, ".org/": 0x88}
_PIECES = re.compile("(" + "|".join(map(re.escape, _DOMAINS)) + ")")


def service_indication(url: str, title: str) -> bytes:
    """The push to send after a header with `PORTS`; a URL without a scheme is one of http."""
    named = url if "://" in url else f"http://{url}"
    content = _string(title)
    indication = _INDICATION | _WITH_CONTENT if content else _INDICATION
    ends = bytes((_END, _END)) if content else bytes((_END,))
    return _PUSH + _BEGIN + bytes((_SI, indication)) + _href(named) + bytes((_MEDIUM, _END)) + content + ends


def _href(url: str) -> bytes:
    token, rest = _HREF, url
    for prefix, known in _SCHEMES:
        if url.startswith(prefix):
            token, rest = known, url.removeprefix(prefix)
            break
    pieces = (bytes((_DOMAINS[piece],)) if piece in _DOMAINS else _string(piece) for piece in _PIECES.split(rest))
    return bytes((token,)) + b"".join(pieces)


def _string(text: str) -> bytes:
    """In line, ended by a zero; nothing for an empty one."""
    octets = text.replace("\0", "").encode(errors="replace")
    return bytes((_INLINE,)) + octets + b"\0" if octets else b""
