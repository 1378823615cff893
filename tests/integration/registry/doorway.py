"""A door to the registry for the `annex` program: what the gateway does for it, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from annex_shared.http.server import build_web_app, listening
from integration.registry.world import World

_KEPT = ("etag", "content-type", "cache-control")


@asynccontextmanager
async def doorway(world: World) -> AsyncIterator[str]:
    """Pass requests on with a service token for ``world.caller`` and yield the address."""

    async def pass_on(request: web.Request) -> web.Response:
        answer = await world.client().request(
            request.method,
            request.path_qs,
            caller=world.caller,
            body=await request.read(),
            request_id="req_door",
        )
        kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        return web.Response(status=answer.status, body=answer.body, headers=kept)

    app = build_web_app("doorway", routes=[web.route("*", "/{path:.*}", pass_on)], problems={})
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"
