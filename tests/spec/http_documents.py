"""The documents' exchanges as files, and what an answer may differ in (`documents/README.md`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "documents"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")

ADDED = ("mccMnc",)
"""Members that later clients read and the documents do not print (`spec/wire.md` (c)4)."""


class Document(msgspec.Struct, frozen=True):
    name: str
    notes: tuple[tuple[str, str], ...]
    request: str
    answer: str

    def note(self, kind: str) -> str:
        return next((text for name, text in self.notes if name == kind), "")

    def replaced(self, **values: str) -> Document:
        """With the `replace` notes applied; `values` fill their placeholders."""
        request, answer = self.request, self.answer
        for old, _, new in (text.partition(" => ") for name, text in self.notes if name == "replace"):
            request, answer = request.replace(old, new.format(**values)), answer.replace(old, new.format(**values))
        return Document(self.name, self.notes, request, answer)

    def octets(self) -> bytes:
        """The request as it goes over the wire: the printed lines with CRLF, and the length that HTTP asks for."""
        head, _, body = self.request.partition("\n\n")
        content = body.encode()
        length = f"\nContent-Length: {len(content)}" if content else ""
        return f"{head}{length}\n\n".replace("\n", "\r\n").encode() + content

    def body(self) -> Any:
        """The documented answer's body."""
        return json.loads(self.answer.partition("\n\n")[2] or self.answer)


def read(name: str) -> Document:
    comments, _, rest = (FOLDER / f"{name}.http").read_text(encoding="utf-8").partition(">>> ")
    sections = dict(part.split("\n", 1) for part in rest.split(">>> ")) if rest else {}
    notes = tuple(
        (kind, text) for kind, _, text in (line[2:].partition(": ") for line in comments.splitlines()) if text
    )
    return Document(name, notes, sections.get("request", "").rstrip("\n"), sections.get("answer", "").rstrip("\n"))


def names(pattern: str) -> list[str]:
    return sorted(path.stem for path in FOLDER.glob(f"{pattern}.http"))


def differences(documented: Any, actual: Any, given: str = "", at: str = "$") -> Iterator[str]:
    """Where `actual` is not what the document prints; ids found in the text `given` must come back as they are."""
    if isinstance(documented, dict) and isinstance(actual, dict):
        yield from _of_objects(documented, actual, given, at)
    elif isinstance(documented, list) and isinstance(actual, list):
        if len(documented) != len(actual):
            yield f"{at}: {len(documented)} items are documented, {len(actual)} came"
        for number, (one, other) in enumerate(zip(documented, actual, strict=False)):
            yield from differences(one, other, given, f"{at}[{number}]")
    elif not _same(documented, actual, given, at.rpartition(".")[2]):
        yield f"{at}: {documented!r} is documented, {actual!r} came"


def _of_objects(documented: dict[str, Any], actual: dict[str, Any], given: str, at: str) -> Iterator[str]:
    expected = list(documented)
    came = [name for name in actual if name in documented or name not in ADDED]
    if at.endswith(".status"):
        # The samples print a status as id, groupId, groupName and as groupId, groupName, id.
        expected, came = sorted(expected), sorted(came)
    if expected != came:
        yield f"{at}: members {expected} are documented, {came} came"
    for name in documented.keys() & actual.keys():
        yield from differences(documented[name], actual[name], given, f"{at}.{name}")


def _same(documented: Any, actual: Any, given: str, name: str) -> bool:
    if name in {"sentAt", "doneAt"}:
        return isinstance(actual, str) and TIMESTAMP.fullmatch(actual) is not None
    if name in {"messageId", "bulkId"} and f'"{documented}"' not in given:
        return isinstance(actual, str) and 0 < len(actual) <= 100
    if name == "pricePerMessage":
        return isinstance(actual, int | float) and actual >= 0
    return bool(documented == actual) and type(documented) is type(actual)
