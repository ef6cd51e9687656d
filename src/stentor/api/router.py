"""The way from a path to its row in the table of routes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from stentor.api.route import Route, Spelling


class Match(NamedTuple):
    """The rows of a path by method, and the values of the path's names."""

    methods: Mapping[str, Route]
    at: Mapping[str, str]


class _Template(NamedTuple):
    segments: tuple[str | None, ...]
    """None where the path has a name."""
    names: tuple[str, ...]
    patterns: tuple[re.Pattern[str] | None, ...]
    """What the values of the names look like."""
    methods: dict[str, Route]


class Router:
    """Paths to rows. A trailing slash and the prefix `/restapi` make no difference (`spec/wire.md` (b)14), nor do two
    slashes at the beginning: one is the end of a base URL.
    """

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self._plain: dict[str, Match] = {}
        self._templates: dict[int, list[_Template]] = {}
        self._dialects: dict[str, Spelling | None] = {}
        grouped: dict[str, dict[str, Route]] = {}
        for route in routes:
            for path in route.paths:
                grouped.setdefault(path, {})[route.method] = route
                self._dialects.setdefault(_head(path), route.refused)
        for path, methods in grouped.items():
            self._add(path, methods)

    def find(self, path: str, raw_path: bytes) -> Match | None:
        """The rows of a path, None for an unknown one; `raw_path` is the path as it was sent, percent-encoded."""
        found = self._plain.get(path) or self._plain.get(_plain(path))
        return found or (self._fitting(raw_path) if self._templates else None)

    def spelling(self, path: str) -> Spelling | None:
        """How the dialect of an unknown path spells refusals: that of paths which begin with the same two segments."""
        return self._dialects.get(_head(_plain(path)))

    def _add(self, path: str, methods: dict[str, Route]) -> None:
        public = methods.get("GET")
        if public is not None and public.access == "public":
            methods.setdefault("HEAD", public)
        if "{" not in path:
            self._plain[path] = Match(methods, {})
            return
        pieces = path.split("/")
        segments = tuple(None if piece.startswith("{") else piece for piece in pieces)
        names = tuple(piece.strip("{}") for piece in pieces if piece.startswith("{"))
        templates = self._templates.setdefault(len(segments), [])
        route = next(iter(methods.values()))
        templates.append(_Template(segments, names, tuple(_pattern(route, name) for name in names), methods))
        templates.sort(key=lambda template: len(template.names))

    def _fitting(self, raw_path: bytes) -> Match | None:
        """The template with the fewest names that fits. Segments are decoded one by one: `%2F` is part of a name."""
        try:
            given = [unquote(piece, errors="strict") for piece in _plain(raw_path.decode("ascii")).split("/")]
        except UnicodeDecodeError:
            return None
        for template in self._templates.get(len(given), ()):
            pairs = list(zip(template.segments, given, strict=True))
            if not all(piece if segment is None else segment == piece for segment, piece in pairs):
                continue
            values = [piece for segment, piece in pairs if segment is None]
            looks = zip(template.patterns, values, strict=True)
            if all(pattern is None or pattern.fullmatch(value) for pattern, value in looks):
                return Match(template.methods, dict(zip(template.names, values, strict=True)))
        return None


def _pattern(route: Route, name: str) -> re.Pattern[str] | None:
    """Of a parameter whose type is a text of a certain form."""
    kind = next((parameter.kind for parameter in route.at if parameter.name == name), str)
    found = (meta.pattern for meta in getattr(kind, "__metadata__", ()) if getattr(meta, "pattern", None))
    pattern = next(found, None)
    return None if pattern is None else re.compile(pattern)


def _head(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])


def _plain(path: str) -> str:
    return "/" + path.lstrip("/").removeprefix("restapi/").strip("/")
