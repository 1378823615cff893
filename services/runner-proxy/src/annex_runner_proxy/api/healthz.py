"""`GET /healthz` as the predecessor answers it: the cache decides the status, the bundle store is told of."""

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_shared.http.health import Ping

_PING_SECONDS = 2


def healthz_handler(
    *, cache_is_writable: Callable[[], bool], bundle_store: Ping, cache_max_bytes: int
) -> Handler:
    async def healthz(_request: web.Request) -> web.Response:
        writable = await asyncio.to_thread(cache_is_writable)
        document = {
            "cache_writable": writable,
            "bundle_store": await _state_of(bundle_store),
            "ext_cache_max_bytes": cache_max_bytes,
        }
        headers = {"cache-control": "no-store"}
        return web.json_response(document, status=200 if writable else 503, headers=headers)

    return healthz


async def _state_of(bundle_store: Ping) -> str:
    try:
        async with asyncio.timeout(_PING_SECONDS):
            await bundle_store()
    except Exception:  # noqa: BLE001 - any failure of a dependency is the answer, never a crash
        return "bundle_store_unreachable"
    return "ok"
