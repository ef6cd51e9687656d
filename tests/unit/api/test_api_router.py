"""Paths to rows: plain paths, templates, and what makes no difference."""

from __future__ import annotations

from typing import Annotated

import pytest
from msgspec import Meta

from stentor.api.messages import Request, Response
from stentor.api.route import Access, Parameter, Route
from stentor.api.router import Router


async def _answer(_: Request) -> Response:
    return Response(200)


def _route(method: str, path: str, *also: str, access: Access = "admin") -> Route:
    return Route(method, path, _answer, "here", f"{method} {path}", "Test", also=also, access=access)


ROUTER = Router(
    (
        _route("GET", "/a/1/accounts"),
        _route("POST", "/a/1/accounts"),
        _route("GET", "/a/1/accounts/{name}"),
        _route("DELETE", "/a/1/accounts/{name}"),
        _route("POST", "/a/1/accounts/import"),
        _route("GET", "/a/1/accounts/{name}/users/{user}"),
        _route("GET", "/a/1/accounts/{name}/users/all"),
        _route("GET", "/sms/1/x", "/sms/2/x", access="account"),
        _route("GET", "/open", access="public"),
    )
)


def _found(path: str, raw: str | None = None) -> tuple[list[str], dict[str, str]] | None:
    match = ROUTER.find(path, (raw or path).encode())
    if match is None:
        return None
    return sorted(f"{method} {route.path}" for method, route in match.methods.items()), dict(match.at)


@pytest.mark.parametrize(
    ("path", "rows", "at"),
    [
        ("/a/1/accounts", ["GET /a/1/accounts", "POST /a/1/accounts"], {}),
        ("/a/1/accounts/", ["GET /a/1/accounts", "POST /a/1/accounts"], {}),
        ("/restapi/sms/2/x/", ["GET /sms/1/x"], {}),
        ("/a/1/accounts/import", ["POST /a/1/accounts/import"], {}),
        ("/a/1/accounts/acme", ["DELETE /a/1/accounts/{name}", "GET /a/1/accounts/{name}"], {"name": "acme"}),
        ("/a/1/accounts/acme/", ["DELETE /a/1/accounts/{name}", "GET /a/1/accounts/{name}"], {"name": "acme"}),
        ("/a/1/accounts/x/users/y", ["GET /a/1/accounts/{name}/users/{user}"], {"name": "x", "user": "y"}),
        ("/a/1/accounts/x/users/all", ["GET /a/1/accounts/{name}/users/all"], {"name": "x"}),
    ],
)
def test_a_path_leads_to_its_rows(path: str, rows: list[str], at: dict[str, str]) -> None:
    assert _found(path) == (rows, at)


@pytest.mark.parametrize(
    "raw", ["/", "/a", "/a/1/accounts//users/y", "/a/1/accounts/x/y", "/b/1/accounts/x", "/sms/3/x"]
)
def test_an_unknown_path_leads_nowhere(raw: str) -> None:
    assert _found(raw) is None


@pytest.mark.parametrize(
    ("sent", "name"),
    [("a%2Fb", "a/b"), ("Z%C3%BCrich", "Zürich"), ("a%20b", "a b"), ("%7Bname%7D", "{name}"), ("%252F", "%2F")],
)
def test_names_are_decoded_one_by_one(sent: str, name: str) -> None:
    match = ROUTER.find(f"/a/1/accounts/{name}", f"/a/1/accounts/{sent}".encode())
    assert match is not None
    assert match.at == {"name": name}


def test_a_name_that_is_no_utf_8_leads_nowhere() -> None:
    assert _found("/a/1/accounts/�", "/a/1/accounts/%FF") is None


def test_head_only_where_reading_changes_nothing_and_anyone_may() -> None:
    """GET /sms/1/reports hands out each report once: HEAD must not take them away unseen."""
    assert _found("/open") == (["GET /open", "HEAD /open"], {})
    assert _found("/sms/1/x") == (["GET /sms/1/x"], {})


def test_a_name_of_a_certain_form_takes_nothing_else() -> None:
    """Short links lie beside everything: only four and five letters or digits are one."""
    four, five = (Annotated[str, Meta(pattern=f"^[0-9A-Za-z]{{{length}}}$")] for length in (4, 5))
    names = (Parameter("a", "", four), Parameter("b", "", five))
    row = Route("GET", "/{a}/{b}", _answer, "here", "a link", "Test", access="public", at=names)
    router = Router((row, _route("GET", "/some/thing"), _route("GET", "/some/other")))
    for path in ("/NJxE/cJ9UH", "/NJxE/cJ9UH/", "/1234/56789", "/some/links"):
        match = router.find(path, path.encode())
        assert match is not None
        assert match.methods["GET"] is row
    for path in (
        "/NJxE/cJ9U",
        "/NJx/cJ9UHH",
        "/NJxE/cJ9U-",
        "/NJxE/cJ9UH/x",
        "/NJxE",
        "/NJxE/cJ9UH%0A",
        "/NJxE/%D9%A1J9UH",
    ):
        assert router.find(path, path.encode()) is None
    other = router.find("/some/other", b"/some/other")
    assert other is not None
    assert other.methods["GET"] is not row
