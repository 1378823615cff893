"""`/log/*` (c2sp.org/tlog-tiles) and the proof of a version: public facts as plain text and bytes."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from annex_registry.actions.read_log import (
    read_checkpoint,
    read_leaf_proof,
    read_proof,
    read_proof_for_peer,
    read_tile,
)
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.versions import named_extension
from annex_shared.http.service_auth import caller_of
from annex_shared.transparency.tiles import TILE_WIDTH

# Digits in their one spelling, within a bigint.
LEAF_PROOF = "/log/proof/{index:0|[1-9][0-9]{0,17}}"
_TEXT = "text/plain; charset=utf-8"
# Asked by every client that wants to know how far the log is; a few seconds spare the database.
_SHORT = "public, max-age=5"
_FOR_EVER = "public, max-age=31536000, immutable"
# A partial tile never changes either, but the full one takes its place.
_A_WHILE = "public, max-age=300"


async def get_checkpoint(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    checkpoint = await read_checkpoint(records=dependencies.records, signed=dependencies.signed)
    return web.Response(
        body=checkpoint.note.encode(), headers={hdrs.CONTENT_TYPE: _TEXT, hdrs.CACHE_CONTROL: _SHORT}
    )


async def get_tile(request: web.Request) -> web.Response:
    path = f"tile/{request.match_info['place']}"
    tile, content = await read_tile(path, records=dependencies_of(request).records)
    lasting = _FOR_EVER if tile.width == TILE_WIDTH else _A_WHILE
    return web.Response(
        body=content,
        headers={hdrs.CONTENT_TYPE: "application/octet-stream", hdrs.CACHE_CONTROL: lasting},
    )


async def get_leaf_proof(request: web.Request) -> web.Response:
    proof = await read_leaf_proof(int(request.match_info["index"]), records=dependencies_of(request).records)
    return web.Response(
        body=proof.encode(), headers={hdrs.CONTENT_TYPE: _TEXT, hdrs.CACHE_CONTROL: _FOR_EVER}
    )


async def get_proof(request: web.Request) -> web.Response:
    return await _answered(request, read_proof)


async def get_proof_for_peer(request: web.Request) -> web.Response:
    return await _answered(request, read_proof_for_peer)


async def _answered(request: web.Request, read: Callable[..., Awaitable[str]]) -> web.Response:
    proof = await read(
        named_extension(request),
        request.match_info["version"],
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    return web.Response(
        body=proof.encode(), headers={hdrs.CONTENT_TYPE: _TEXT, hdrs.CACHE_CONTROL: "private, no-cache"}
    )


def log_routes() -> list[web.RouteDef]:
    return [
        web.get("/log/checkpoint", get_checkpoint),
        web.get("/log/tile/{place:.+}", get_tile),
        web.get(LEAF_PROOF, get_leaf_proof),
        web.get("/api/v1/extensions/{publisher}/{name}/versions/{version}/proof", get_proof),
        web.get("/internal/v1/extensions/{publisher}/{name}/versions/{version}/proof", get_proof_for_peer),
    ]
