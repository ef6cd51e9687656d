"""Octets to elements: libxml2 without DTDs, entities, network and huge trees, loaded with the first body in XML."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from stentor.core.errors import InvalidField

Element = Any
"""An `lxml.etree._Element`; lxml has no types."""
T = TypeVar("T")

MOST_MARKS = 300_000
"""Most `<`, and most quotation marks: 10,000 messages with 11 parameters each have 260,000 `<`. A tree takes some 20
times the octets of what it is made of, and a second of work for each million elements.
"""
_THREAD_OCTETS = 4 * 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}[\"']([^\"'>]{0,60})")
_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"utf-16"}
"""UTF-16 too: clients on .NET declare what their strings are and send UTF-8."""


def parsed(body: bytes, take: Callable[[Element], T]) -> T:
    """What `take` makes of the root; it may keep no element. Raises `InvalidField`."""
    return _thread.run(_checked(body), take)


class _Thread:
    """Where libxml2 works. It keeps every name that it has seen until its thread ends, so a thread gets only so many
    octets: a customer who makes up names would fill the memory for good.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._left = 0

    def run(self, octets: bytes, take: Callable[[Element], T]) -> T:
        if self._pool is None or self._left < len(octets):
            if self._pool is not None:
                self._pool.shutdown(wait=False)
            self._pool = ThreadPoolExecutor(1, "xml")
            self._left = max(_THREAD_OCTETS, len(octets))
        self._left -= len(octets)
        return self._pool.submit(_taken, octets, take).result()


_thread = _Thread()


def _checked(body: bytes) -> bytes:
    """The body in UTF-8, as large as a tree of it may be, without a DOCTYPE."""
    try:
        octets = body.decode("utf-16").encode() if body.startswith(_UTF16) else body.removeprefix(codecs.BOM_UTF8)
        octets.decode()
    except UnicodeError:
        raise _invalid("it is not in UTF-8") from None
    octets = octets.lstrip()
    if not octets:
        raise InvalidField("body", "The request body is empty")
    declared = _DECLARED.match(octets)
    if declared is not None and declared[1].lower() not in _ENCODINGS:
        raise _invalid("it declares an encoding other than UTF-8")
    if b"<!DOCTYPE" in octets:
        raise InvalidField("body", "The request body has a DOCTYPE; no document type is taken.")
    if octets.count(b"<") > MOST_MARKS or octets.count(b'"') + octets.count(b"'") > MOST_MARKS:
        raise InvalidField("body", "The request body has too many elements.")
    return octets


def _taken(octets: bytes, take: Callable[[Element], T]) -> T:
    from lxml import etree  # noqa: PLC0415 - 7 MB that a platform without XML does without

    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        raise _invalid((error.msg or "").partition("\n")[0][:200]) from None
    return take(root)


def _invalid(why: str) -> InvalidField:
    return InvalidField("body", f"The request body is not valid XML: {why}")
