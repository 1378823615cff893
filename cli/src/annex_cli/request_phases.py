"""How far a request has come: resolve, connect, send or wait. Before "send" nothing can have been done."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp


@dataclass(slots=True)
class RequestPhase:
    """Where one request is."""

    name: str = "connect"


_CURRENT: ContextVar[RequestPhase | None] = ContextVar("request_phase", default=None)


@contextmanager
def watched_phase() -> Iterator[RequestPhase]:
    """Follow the request that is made in this block."""
    phase = RequestPhase()
    token = _CURRENT.set(phase)
    try:
        yield phase
    finally:
        _CURRENT.reset(token)


def request_phases() -> aiohttp.TraceConfig:
    """Trace a session's requests into the phase of the block that makes them."""
    trace = aiohttp.TraceConfig()
    for signal, name in (
        (trace.on_connection_create_start, "connect"),
        (trace.on_dns_resolvehost_start, "resolve"),
        (trace.on_dns_resolvehost_end, "connect"),
        (trace.on_dns_cache_hit, "connect"),
        (trace.on_connection_create_end, "send"),
        (trace.on_connection_reuseconn, "send"),
    ):
        signal.append(_entering(name))
    return trace


def _entering(name: str) -> Any:
    async def enter(_session: Any, _context: SimpleNamespace, _params: Any) -> None:
        phase = _CURRENT.get()
        if phase is not None:
            phase.name = name

    return enter
