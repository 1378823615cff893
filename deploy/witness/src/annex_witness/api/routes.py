"""`POST /add-checkpoint`: the whole of a witness."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from annex_shared.transparency.add_checkpoint import SIZE_TYPE
from annex_witness.actions.add_checkpoint import WitnessPorts, add_checkpoint
from annex_witness.domain.errors import CheckpointMalformed, SeenAnotherTree

# A checkpoint of 100 post-quantum signatures fits; nothing larger is a checkpoint.
MAX_BODY_BYTES: Final = 512 * 1024
_BODY_SECONDS: Final = 10
_TEXT: Final = "text/plain; charset=utf-8"


def witness_routes(ports: WitnessPorts) -> list[web.RouteDef]:
    async def post_checkpoint(request: web.Request) -> web.Response:
        try:
            line = await add_checkpoint(await _body(request), ports=ports)
        except SeenAnotherTree as seen:
            return web.Response(
                status=web.HTTPConflict.status_code,
                body=f"{seen.size}\n".encode(),
                headers={hdrs.CONTENT_TYPE: SIZE_TYPE},
            )
        return web.Response(body=line.encode(), headers={hdrs.CONTENT_TYPE: _TEXT})

    return [web.post("/add-checkpoint", post_checkpoint)]


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise CheckpointMalformed("The body did not come whole in time.") from None
