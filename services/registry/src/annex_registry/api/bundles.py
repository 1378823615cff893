"""Stream bundles: by hash for other services, and under the path the predecessor's runners read."""

import re

import structlog
from aiohttp import hdrs, web

from annex_registry.actions.locate_bundle import (
    locate_bundle,
    locate_tenant_bundle,
    locate_version_bundle,
)
from annex_registry.api.conditional import holds, not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.errors import RangeNotSatisfiable
from annex_registry.domain.ports import BundleStore, ByteRange
from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import ExtensionId, TenantId, parse_uuid

log = structlog.get_logger()

# Bytes under a content hash never change; they are for those who may read them, so no shared cache.
FOR_EVER = "private, max-age=31536000, immutable"
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


async def get_by_hash(request: web.Request) -> web.StreamResponse:
    dependencies = dependencies_of(request)
    content_hash = ContentHash.parse(request.match_info["content_hash"])
    size = await locate_bundle(content_hash, caller=caller_of(request), records=dependencies.records)
    return await _stream(request, content_hash, size, bundles=dependencies.bundles)


async def get_by_tenant_path(request: web.Request) -> web.StreamResponse:
    dependencies = dependencies_of(request)
    content_hash = ContentHash.parse(f"sha256:{request.match_info['hex']}")
    size = await locate_tenant_bundle(
        TenantId(parse_uuid(request.match_info["tenant_id"], field="tenant")),
        ExtensionId(parse_uuid(request.match_info["extension_id"], field="extension")),
        content_hash,
        caller=caller_of(request),
        records=dependencies.records,
    )
    return await _stream(request, content_hash, size, bundles=dependencies.bundles)


async def get_by_version(request: web.Request) -> web.StreamResponse:
    dependencies = dependencies_of(request)
    content_hash, size = await locate_version_bundle(
        f"{request.match_info['publisher']}/{request.match_info['name']}",
        request.match_info["version"],
        caller=caller_of(request),
        records=dependencies.records,
    )
    return await _stream(request, content_hash, size, bundles=dependencies.bundles)


async def _stream(
    request: web.Request, content_hash: ContentHash, size: int, *, bundles: BundleStore
) -> web.StreamResponse:
    tag = f'"sha256-{content_hash.hex}"'
    if holds(request, tag):
        return not_modified(tag, cache_control=FOR_EVER)
    wanted = byte_range(request.headers.get(hdrs.RANGE), size)
    response = web.StreamResponse(
        status=200 if wanted is None else 206,
        headers={
            hdrs.CONTENT_TYPE: "application/zstd",
            hdrs.ETAG: tag,
            hdrs.CACHE_CONTROL: FOR_EVER,
            hdrs.ACCEPT_RANGES: "bytes",
        },
    )
    response.content_length = size if wanted is None else wanted.size_bytes
    if wanted is not None:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {wanted.first}-{wanted.last}/{size}"
    if request.method == hdrs.METH_HEAD:
        return response
    async with bundles.blob(content_hash, wanted) as chunks:
        await response.prepare(request)
        try:
            async for chunk in chunks:
                await response.write(chunk)
            await response.write_eof()
        except (AnnexError, ConnectionError) as error:
            # The head is sent, so all that can still be said is that the body is not whole.
            log.warning("bundle_stream_cut", content_hash=str(content_hash), reason=type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
    return response


def byte_range(header: str | None, size: int) -> ByteRange | None:
    """Read one range of bytes; anything else is ignored, as RFC 9110 §14.2 allows."""
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        begin, end = max(size - int(last), 0), size - 1
    else:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < begin:
            return None
    if begin > end:
        raise RangeNotSatisfiable(
            f"There are {size:,} bytes; the asked range lies outside.", details={"size_bytes": size}
        )
    return ByteRange(begin, end)


def bundle_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/v1/extensions/{publisher}/{name}/versions/{version}/bundle", get_by_version),
        web.get("/internal/v1/bundles/{content_hash}", get_by_hash),
        web.get(
            "/tenants/{tenant_id}/extensions/{extension_id}/sha256/{hex}/bundle.tar.zst", get_by_tenant_path
        ),
    ]
