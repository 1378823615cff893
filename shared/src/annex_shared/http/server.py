"""Build an aiohttp application in the one shape every service has, and run it until told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import structlog
from aiohttp import http_parser, web
from aiohttp.typedefs import Middleware

from annex_shared.clock import NewId, new_id
from annex_shared.http.problems import CompatibilityMembers, ProblemTable, problem_middleware
from annex_shared.http.request_id import request_log_middleware
from annex_shared.http.server_log import server_logger

_SHUTDOWN_SECONDS = 10
_BACKLOG = 1024
# aiohttp's own: longer than what proxies in front keep theirs open.
_KEEPALIVE_SECONDS = 3630

# Called with the server, and with `loop` and aiohttp's options by name.
ConnectionOf = Callable[..., asyncio.Protocol]

log = structlog.get_logger()


def build_web_app(
    service: str,
    *,
    routes: Iterable[web.AbstractRouteDef],
    problems: ProblemTable,
    middlewares: Sequence[Middleware] = (),
    client_max_size: int = 1024 * 1024,
    compatibility: CompatibilityMembers | None = None,
    new_id: NewId = new_id,
) -> web.Application:
    """Assemble request log → problems → the service's own middlewares → routes."""
    app = web.Application(
        middlewares=[
            request_log_middleware(service, new_id=new_id),
            problem_middleware(problems, compatibility=compatibility),
            *middlewares,
        ],
        client_max_size=client_max_size,
    )
    app.add_routes(routes)
    app.on_response_prepare.append(_name_server)
    return app


async def _name_server(_request: web.Request, response: web.StreamResponse) -> None:
    """Say no more of what we run on than our name."""
    response.headers["server"] = "annex"


@asynccontextmanager
async def listening(
    app: web.Application,
    *,
    host: str,
    port: int,
    cancel_on_disconnect: bool = False,
    keepalive_seconds: float = _KEEPALIVE_SECONDS,
    connection: ConnectionOf | None = None,
) -> AsyncIterator[int]:
    """Serve ``app`` inside the block and yield the port; ``port=0`` picks a free one.

    ``cancel_on_disconnect`` cancels a handler whose client left, so that nobody works for no one.
    ``connection`` makes the protocol of each connection in the place of aiohttp's own.
    """
    _require_c_parser()
    options: dict[str, Any] = {
        "access_log": None,
        "logger": server_logger(),
        "keepalive_timeout": keepalive_seconds,
    }
    runner = web.AppRunner(
        app,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        handle_signals=False,
        handler_cancellation=cancel_on_disconnect,
        **options,
    )
    await runner.setup()
    try:
        if connection is None or runner.server is None:
            await web.TCPSite(runner, host, port, backlog=_BACKLOG).start()
            yield runner.addresses[0][1]
        else:
            loop = asyncio.get_running_loop()
            make = partial(connection, runner.server, loop=loop, **options)
            async with await loop.create_server(make, host, port, backlog=_BACKLOG) as server:
                yield server.sockets[0].getsockname()[1]
                server.close()
                # Before connections are waited for, which this block's own end would do first.
                await runner.cleanup()
    finally:
        await runner.cleanup()


async def serve_until_stopped(service: str, running: AbstractAsyncContextManager[int]) -> None:
    """Hold ``running`` (what ``listening`` or a service's own block returns) until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running as port:
        log.info("service_started", service=service, port=port)
        await stop.wait()
        log.info("service_stopping", service=service)


def _require_c_parser() -> None:
    """Refuse to serve with aiohttp's pure-Python parser: the two disagree on malformed requests."""
    if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
        raise RuntimeError("aiohttp was built without its C parser; unset AIOHTTP_NO_EXTENSIONS.")
