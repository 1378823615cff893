"""`/livez` and `/readyz`: alive is answering; ready is every declared dependency answering too."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from annex_shared.http.operations import Access, Answer, Operation, Operations

# A ping returns a short description of a healthy dependency, or raises.
Ping = Callable[[], Awaitable[str]]
_PING_TIMEOUT_SECONDS = 2
_CHECKS = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {"type": "string"},
        "checks": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["ok", "state"],
                "properties": {"ok": {"type": "boolean"}, "state": {"type": "string"}},
            },
        },
    },
}
_ALIVE = {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}}
HEALTH_OPERATIONS: Operations = {
    "GET /livez": Operation(
        id="livez",
        summary="Alive is answering",
        tag="health",
        access=Access.OPEN,
        answers=(Answer(200, "The process answers.", _ALIVE),),
    ),
    "GET /readyz": Operation(
        id="readyz",
        summary="Ready is every dependency answering too",
        tag="health",
        access=Access.OPEN,
        answers=(
            Answer(200, "Every dependency answers.", _CHECKS),
            Answer(503, "A dependency does not answer; `checks` says which.", _CHECKS),
        ),
    ),
}

# Of a service that counts something.
METRICS_OPERATIONS: Operations = {
    "GET /metrics": Operation(
        id="metrics",
        summary="Counts for a Prometheus scraper",
        tag="health",
        access=Access.OPEN,
        answers=(Answer(200, "The text form of Prometheus.", {"type": "string"}, "text/plain"),),
    ),
}


def health_routes(pings: Mapping[str, Ping]) -> list[web.RouteDef]:
    """Make the two routes; ``pings`` are asked at the same time, each within two seconds."""

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        states = await asyncio.gather(*(_ask(ping) for ping in pings.values()))
        checks = {name: {"ok": ok, "state": state} for name, (ok, state) in zip(pings, states, strict=True)}
        ready = all(ok for ok, _ in states)
        return web.json_response(
            {"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503
        )

    return [web.get("/livez", livez), web.get("/readyz", readyz)]


async def _ask(ping: Ping) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(_PING_TIMEOUT_SECONDS):
            return True, await ping()
    except Exception as error:  # noqa: BLE001 - any failure of a dependency is the answer, never a crash
        # The class alone: messages of drivers name hosts and users.
        return False, type(error).__name__
