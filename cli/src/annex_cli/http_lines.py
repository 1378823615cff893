"""The lines of --debug: method, address, status and time of every request; never a header or a body."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import aiohttp


def http_lines(write: Callable[[str], None]) -> aiohttp.TraceConfig:
    """Trace a session's requests to ``write``."""
    trace = aiohttp.TraceConfig()

    async def on_start(_session: Any, context: SimpleNamespace, _params: Any) -> None:
        context.started = time.monotonic()

    async def on_end(_session: Any, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        request_id = params.response.headers.get("x-request-id", "none")
        write(f"{_line(params, context)} {params.response.status} request {request_id}")

    async def on_failure(
        _session: Any, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        write(f"{_line(params, context)} {type(params.exception).__name__}")

    trace.on_request_start.append(on_start)
    trace.on_request_end.append(on_end)
    trace.on_request_exception.append(on_failure)
    return trace


def _line(
    params: aiohttp.TraceRequestEndParams | aiohttp.TraceRequestExceptionParams, context: SimpleNamespace
) -> str:
    seconds = time.monotonic() - context.started
    return f"debug      {params.method} {params.url.with_user(None)} {seconds:.3f} s"
