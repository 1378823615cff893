"""The runner behind the stock client and behind connections of our own; a peer that answers as told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from annex_gateway.adapters.execute_posts import execute_post
from annex_gateway.adapters.runner_client import RunnerClient
from annex_gateway.domain.ports import Runner
from annex_shared.clock import SystemClock
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.service_tokens import ServiceTokenIssuer
from contracts.runner.peers import KEY, ScriptedPeer

OpenRunner = Callable[[int], AbstractAsyncContextManager[Runner]]


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedPeer]:
    peer = ScriptedPeer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0, limit=1024 * 1024)
    peer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield peer


@pytest.fixture(params=["stock", "direct"])
def open_runner(request: pytest.FixtureRequest) -> OpenRunner:
    @asynccontextmanager
    async def opened(port: int) -> AsyncIterator[Runner]:
        tokens = ServiceTokenIssuer("gateway", KEY, SystemClock())
        async with client_session() as session:
            client = ServiceClient(session, f"http://127.0.0.1:{port}", "runner-proxy", tokens)
            is_direct = request.param == "direct"
            async with execute_post(client, is_direct=is_direct, connections=4) as post:
                yield RunnerClient(client, post)

    return opened


@pytest.fixture
async def runner(open_runner: OpenRunner, peer: ScriptedPeer) -> AsyncIterator[Runner]:
    async with open_runner(peer.port) as runner:
        yield runner
