"""A service asks its peer with a token bound to the request, and gets problems back as exceptions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_shared.clock import SystemClock
from annex_shared.errors import AnnexError
from annex_shared.http.client import RemoteRefused, RemoteUnavailable, ServiceClient, client_session
from annex_shared.http.problems import Problem
from annex_shared.http.server import build_web_app, listening
from annex_shared.http.service_auth import caller_of, service_auth_middleware
from annex_shared.service_tokens import Caller, ServiceTokenIssuer, ServiceTokenVerifier


class Gone(AnnexError):
    """The thing asked for is no more."""


async def _whoami(request: web.Request) -> web.Response:
    body = await request.read()
    return web.json_response({"principal": caller_of(request).principal, "size": len(body)})


async def _gone(_request: web.Request) -> web.Response:
    raise Gone("It is gone.", details={"when": "today"})


@asynccontextmanager
async def _peer(*, peer_key: Ed25519PrivateKey | None = None) -> AsyncIterator[ServiceClient]:
    key = Ed25519PrivateKey.generate()
    verifier = ServiceTokenVerifier("peer", {"asker": (peer_key or key).public_key()}, SystemClock())
    app = build_web_app(
        "peer",
        routes=[web.post("/whoami", _whoami), web.put("/stream", _whoami), web.get("/gone", _gone)],
        problems={Gone: Problem("gone", HTTPStatus.GONE, "Gone")},
        middlewares=[service_auth_middleware(verifier, streamed_routes=frozenset({"/stream"}))],
    )
    async with listening(app, host="127.0.0.1", port=0) as port, client_session() as session:
        issuer = ServiceTokenIssuer("asker", key, SystemClock())
        yield ServiceClient(session, f"http://127.0.0.1:{port}", "peer", issuer)


async def test_the_peer_knows_on_whose_behalf_it_is_asked() -> None:
    async with _peer() as client:
        answer = await client.ask("POST", "/whoami?x=%2Fa", caller=Caller("p7"), body=b"hello")

    assert answer.json() == {"principal": "p7", "size": 5}


async def test_a_streamed_body_is_accepted_only_where_declared() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async with _peer() as client:
        async with client.stream("PUT", "/stream", body=chunks()) as answer:
            streamed = await answer.json()
        async with client.stream("POST", "/whoami", body=chunks()) as answer:
            refused = answer.status

    assert streamed == {"principal": "service:asker", "size": 6}
    assert refused == HTTPStatus.UNAUTHORIZED


async def test_a_problem_of_the_peer_arrives_whole() -> None:
    async with _peer() as client:
        with pytest.raises(RemoteRefused) as refused:
            await client.ask("GET", "/gone", request_id="r-9")

    assert refused.value.code == "GONE"
    assert refused.value.document.status == HTTPStatus.GONE
    assert refused.value.document.request_id == "r-9"
    assert refused.value.details == {"when": "today"}


async def test_a_peer_with_another_key_is_refused() -> None:
    async with _peer(peer_key=Ed25519PrivateKey.generate()) as client:
        with pytest.raises(RemoteRefused) as refused:
            await client.ask("GET", "/gone")

    assert refused.value.code == "SERVICE_TOKEN_REFUSED"


async def test_a_peer_that_is_away_was_not_sent_anything() -> None:
    async with client_session() as session:
        issuer = ServiceTokenIssuer("asker", Ed25519PrivateKey.generate(), SystemClock())
        client = ServiceClient(session, "http://127.0.0.1:1", "peer", issuer)
        with pytest.raises(RemoteUnavailable) as unavailable:
            await client.ask("GET", "/gone")

    assert not unavailable.value.is_sent
