"""Long messages from phones, put together from their parts in whatever order these come.

Parts share a reference of the phone, which counts up and begins anew after 256: the same one soon comes again with
another message. What was put together is remembered for a while, so that a part that an upstream sends twice is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from stentor.text import Alphabet, InvalidUdh, alphabet_of, decode, national, parse_udh

UDHI = 0x40
_CHARSETS = {5: "shift_jis", 6: "iso8859_5", 7: "iso8859_8", 10: "iso2022_jp", 14: "euc_kr"}
"""data_codings that SMPP 3.4 §5.2.19 names beside those of `text.datacoding`."""
_UCS2 = 8


class InboundPart(msgspec.Struct, frozen=True, gc=False):
    """A part as an upstream gave it, or a whole message (`reference` empty).

    The order of the fields is the order of the columns of table `inbound_part`, behind its number.
    """

    connector: str
    sender: str
    recipient: str
    data: bytes
    """Septets one an octet, UTF-16 or octets, without header."""
    data_coding: int
    esm_class: int
    """Without the header's bit."""
    at: int
    header: bytes = b""
    """Elements of the user data header besides the concatenation."""
    reference: str = ""
    """The phone's number for the whole message, and where it stood: "8:17", "16:300", "sar:5"."""
    total: int = 1
    number: int = 1

    @property
    def digest(self) -> int:
        """Tells a part that came twice from another with the same number."""
        octets = b"%d %d " % (self.data_coding, len(self.header)) + self.header + self.data
        return int.from_bytes(hashlib.blake2b(octets, digest_size=7).digest(), "big")


Key = tuple[str, str, str, str, int]


class Assembly(msgspec.Struct, frozen=True):
    """The parts of one message that came so far. `done`: it went on, and only digests are left."""

    id: int
    key: Key
    first_at: int
    parts: tuple[InboundPart, ...] = ()
    digests: dict[int, int] = {}
    done: bool = False


class KeptPart(msgspec.Struct, frozen=True, gc=False):
    """A part on disk; of a message that is done, without its content."""

    assembly: int
    digest: int
    done: bool
    part: InboundPart


class Joined(msgspec.Struct, frozen=True):
    """A whole message, or what came of it."""

    part: InboundPart
    """The first part, for the addresses."""
    text: str
    data: bytes
    data_coding: int
    esm_class: int
    parts: int


class Assemblies:
    """What waits for parts. A `Batch` decides; `adopt` makes it so once it is on disk."""

    def __init__(self, kept: Iterable[KeptPart] = ()) -> None:
        self._known: dict[Key, Assembly] = {}
        for one in kept:
            self._known[key_of(one.part)] = _with(self._known.get(key_of(one.part)), one)

    def get(self, key: Key) -> Assembly | None:
        return self._known.get(key)

    def __len__(self) -> int:
        """Messages that wait for parts."""
        return sum(not one.done for one in self._known.values())

    def surplus(self, most: int) -> list[Assembly]:
        """The oldest ones over so many."""
        return list(islice(self._known.values(), max(0, len(self._known) - most)))

    def older(self, than: int) -> Iterator[Assembly]:
        return (one for one in self._known.values() if one.first_at < than)

    def adopt(self, batch: Batch) -> None:
        for key, assembly in batch.changed.items():
            if assembly is None:
                self._known.pop(key, None)
            else:
                self._known[key] = assembly


class Batch:
    """What a few parts make of the assemblies, which stay as they are."""

    def __init__(self, assemblies: Assemblies) -> None:
        self._assemblies = assemblies
        self.changed: dict[Key, Assembly | None] = {}
        self.whole: list[tuple[InboundPart, ...]] = []
        """Messages that can go on, each as its parts."""
        self.kept: list[KeptPart] = []
        self.done: list[int] = []
        """Assemblies that went on: the contents of their parts can go."""
        self.gone: list[int] = []
        self.repeated = 0

    def put(self, part: InboundPart, fresh: int) -> None:
        """`fresh`: a number for a new assembly."""
        if not part.reference or part.total == 1:
            self.whole.append((part,))
            return
        key = key_of(part)
        known = self._get(key)
        if known is not None and known.digests.get(part.number) == part.digest:
            self.repeated += 1
            return
        if known is not None and (known.done or part.number in known.digests):
            self._replaced(known)
            known = None
        kept = KeptPart(known.id if known else fresh, part.digest, False, part)
        self.changed[key] = assembly = _with(known, kept)
        if len(assembly.parts) == part.total:
            self._finish(assembly, kept)
        else:
            self.kept.append(kept)

    def give_up(self, assembly: Assembly) -> None:
        """Its time is over: what is there goes on, and what went on is forgotten."""
        self._replaced(assembly)
        self.changed[assembly.key] = None

    def _get(self, key: Key) -> Assembly | None:
        return self.changed[key] if key in self.changed else self._assemblies.get(key)

    def _replaced(self, known: Assembly) -> None:
        """The phone uses the reference again: what waited under it goes on as it is."""
        if not known.done:
            self.whole.append(_in_order(known.parts))
        self.kept = [one for one in self.kept if one.assembly != known.id]
        self.gone.append(known.id)

    def _finish(self, assembly: Assembly, last: KeptPart) -> None:
        self.whole.append(_in_order(assembly.parts))
        self.changed[assembly.key] = replace(assembly, parts=(), done=True)
        self.kept.append(replace(last, part=replace(last.part, data=b"", header=b"")))
        self.done.append(assembly.id)


def key_of(part: InboundPart) -> Key:
    return part.connector, part.sender, part.recipient, part.reference, part.total


def joined(parts: Sequence[InboundPart]) -> Joined:
    """Parts in their order as one message; those that never came are missing in it."""
    first = parts[0]
    alike = all((one.data_coding, one.header) == (first.data_coding, first.header) for one in parts)
    if alike:
        body = b"".join(one.data for one in parts)
        text, coding, header = text_of(body, first.data_coding, first.header), first.data_coding, first.header
    else:
        text = "".join(text_of(one.data, one.data_coding, one.header) for one in parts)
        body, coding, header = text.encode("utf-16-be", "replace"), _UCS2, b""
    data = bytes((len(header),)) + header + body if header else body
    return Joined(first, text, data, coding, first.esm_class | (UDHI if header else 0), len(parts))


def text_of(data: bytes, data_coding: int, header: bytes = b"") -> str:
    """In any alphabet that has one; binary data have no text (003 §2.8.1)."""
    if data_coding in _CHARSETS:
        return data.decode(_CHARSETS[data_coding], "replace")
    alphabet = alphabet_of(data_coding)
    if header and alphabet is Alphabet.GSM7:
        try:
            single, locking = national.shifts_in(parse_udh(bytes((len(header),)) + header))
        except InvalidUdh:
            single = locking = 0
        return national.decode(data, single, locking)
    return decode(data, alphabet)


def _with(known: Assembly | None, kept: KeptPart) -> Assembly:
    part = kept.part
    if known is None:
        known = Assembly(kept.assembly, key_of(part), part.at)
    return Assembly(
        known.id,
        known.key,
        min(known.first_at, part.at),
        known.parts if kept.done else (*known.parts, part),
        {**known.digests, part.number: kept.digest},
        known.done or kept.done,
    )


def _in_order(parts: Iterable[InboundPart]) -> tuple[InboundPart, ...]:
    return tuple(sorted(parts, key=lambda part: part.number))
