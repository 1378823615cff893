"""A predecessor's runner for tests: recorded answers by path over real HTTP, and what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

# As its handler writes them: always 200, one status inside, and one map of headers.
RECORDED: Mapping[str, dict[str, Any]] = {
    "/ok": {"status": 200, "headers": {"content-type": "text/plain"}, "body_b64": "b2s="},
    "/empty": {"status": 204, "headers": {}},
    "/own-error": {"status": 503, "headers": {"retry-after": "7"}, "body_b64": "YnVzeQ=="},
    "/unknown-capability": {"status": 400, "headers": {}, "error": "unknown_capabilities: cap:fly"},
    "/no-engine": {"status": 500, "headers": {}, "error": "engine_init_failed: failed to create memory pool"},
    "/no-bundle": {"status": 502, "headers": {}, "error": "bundle_fetch_failed: status 404 Not Found"},
    "/no-secret": {"status": 500, "headers": {}, "error": "secret_decrypt_failed"},
    "/trap": {
        "status": 500,
        "headers": {},
        "error": "execute_failed: error while executing at wasm backtrace:\n    0: 0x1a - <unknown>!handler"
        "\n\nCaused by:\n    wasm trap: wasm `unreachable` instruction executed",
    },
    "/late": {
        "status": 500,
        "headers": {},
        "error": "execute_failed: error while executing at wasm backtrace:\n\nCaused by:\n"
        "    wasm trap: interrupt",
    },
    "/bad-status": {"status": 99, "headers": {}},
    "/bad-header": {"status": 200, "headers": {"x-a": "a\r\nset-cookie: b=c"}},
    "/bad-body": {"status": 200, "headers": {}, "body_b64": "%%%"},
    "/large": {"status": 200, "headers": {}, "body_b64": "eHh4" * 1_100_000},
}


@dataclass(slots=True)
class AlgaRunnerState:
    """What it was asked, newest last; ``status`` other than 200 stands for a proxy before it."""

    url: str = ""
    status: int = 200
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    never: asyncio.Event = field(default_factory=asyncio.Event)


def _routes(state: AlgaRunnerState) -> list[web.RouteDef]:
    async def execute(request: web.Request) -> web.Response:
        document = await request.json()
        state.requests.append(document)
        state.headers.append(dict(request.headers))
        path = document["http"]["path"]
        if path == "/silent":
            await state.never.wait()
            raise web.HTTPServiceUnavailable
        if not request.headers.get("x-alga-tenant") or not request.headers.get("x-alga-extension"):
            return _answer({"status": 400, "headers": {}, "error": "missing_routing_headers"}, state)
        return _answer(RECORDED[path], state)

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"cache_writable": True, "bundle_store": "ok", "ext_cache_max_bytes": 1})

    return [web.post("/v1/execute", execute), web.get("/healthz", healthz)]


def _answer(document: dict[str, Any], state: AlgaRunnerState) -> web.Response:
    return web.Response(
        status=state.status,
        body=json.dumps(document).encode(),
        content_type="application/json",
        # A defect of the predecessor's that its clients see on every answer.
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )


@asynccontextmanager
async def alga_runner() -> AsyncIterator[AlgaRunnerState]:
    state = AlgaRunnerState()
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.add_routes(_routes(state))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        state.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield state
    finally:
        state.never.set()
        await runner.cleanup()
