"""Whatever a handler raises becomes one problem document; what nobody foresaw says nothing but its id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
import pytest
from aiohttp import web
from pydantic import BaseModel

from annex_shared.errors import AnnexError
from annex_shared.http.health import health_routes
from annex_shared.http.problems import Problem, ProblemTable
from annex_shared.http.server import build_web_app, listening


class ShelfFull(AnnexError):
    """The shelf takes no more."""


class TopShelfFull(ShelfFull):
    """A special case that shares its family's row."""


class ShelfTaken(AnnexError):
    """Somebody else has the shelf, for a moment or for good."""


class _Body(BaseModel):
    number: int


async def _full(_request: web.Request) -> web.Response:
    raise TopShelfFull(
        "The shelf is full.", details={"limit": 3}, hint="Take one off.", retry_after_seconds=7
    )


async def _taken(request: web.Request) -> web.Response:
    raise ShelfTaken("The shelf is taken.", retry_after_seconds=1 if "soon" in request.query else None)


async def _surprise(_request: web.Request) -> web.Response:
    raise LookupError("a secret: hunter2")


async def _parse(request: web.Request) -> web.Response:
    _Body.model_validate_json(await request.read())
    return web.Response()


async def _broken() -> str:
    raise ConnectionError("host=db.internal")


@asynccontextmanager
async def _service() -> AsyncIterator[str]:
    problems: ProblemTable = {
        ShelfFull: Problem("shelf-full", HTTPStatus.TOO_MANY_REQUESTS, "Shelf full"),
        ShelfTaken: Problem("shelf-taken", HTTPStatus.CONFLICT, "Shelf taken"),
    }
    routes = [
        web.get("/full", _full),
        web.get("/taken", _taken),
        web.get("/surprise", _surprise),
        web.post("/parse", _parse),
        *health_routes({"database": _broken}),
    ]
    app = build_web_app("example", routes=routes, problems=problems, client_max_size=100)
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"


async def _ask(
    method: str, path: str, **options: bytes | dict[str, str]
) -> tuple[aiohttp.ClientResponse, str]:
    async with (
        _service() as url,
        aiohttp.ClientSession() as session,
        session.request(method, url + path, **options) as answer,  # type: ignore[arg-type]
    ):
        return answer, await answer.text()


async def test_a_named_error_becomes_its_familys_problem() -> None:
    answer, text = await _ask("GET", "/full", headers={"x-request-id": "r-1"})

    assert answer.status == HTTPStatus.TOO_MANY_REQUESTS
    assert answer.content_type == "application/problem+json"
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-request-id"] == "r-1"
    assert answer.headers["cache-control"] == "no-store"
    assert text == (
        '{"type":"/errors/shelf-full","title":"Shelf full","status":429,"detail":"The shelf is full.",'
        '"instance":"/full","code":"SHELF_FULL","message":"The shelf is full.","request_id":"r-1",'
        '"retryable":true,"hint":"Take one off.","details":{"limit":3}}'
    )


@pytest.mark.parametrize(("query", "is_retryable"), [("", False), ("?soon", True)])
async def test_a_refusal_that_names_a_time_is_worth_repeating(query: str, *, is_retryable: bool) -> None:
    async with (
        _service() as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/taken{query}") as answer,
    ):
        body = await answer.json(content_type=None)

    assert (answer.status, body["retryable"]) == (409, is_retryable)


async def test_an_unforeseen_error_is_ours_and_tells_nothing() -> None:
    answer, text = await _ask("GET", "/surprise")

    assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert '"code":"INTERNAL"' in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", b"", 404, "ROUTE_NOT_FOUND"),
        ("DELETE", "/full", b"", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/parse", b"x" * 101, 413, "BODY_TOO_LARGE"),
        ("POST", "/parse", b'{"number": "many"}', 400, "INVALID_REQUEST"),
        ("POST", "/parse", b"{", 400, "INVALID_REQUEST"),
    ],
)
async def test_refusals_of_the_server_itself_are_problems_too(
    method: str, path: str, body: bytes, status: int, code: str
) -> None:
    answer, text = await _ask(method, path, data=body)

    assert answer.status == status
    assert f'"code":"{code}"' in text


async def test_an_insane_request_id_is_replaced() -> None:
    answer, _ = await _ask("GET", "/full", headers={"x-request-id": "a b; DROP"})

    assert answer.headers["x-request-id"].startswith("req_")


async def test_ready_is_false_while_a_dependency_fails_and_hosts_stay_hidden() -> None:
    answer, text = await _ask("GET", "/readyz")

    assert answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "ConnectionError" in text
    assert "db.internal" not in text
