"""Files and folders of a bundle without the rest: its index, one file, or a folder as a tar stream."""

import asyncio
import tarfile
from collections.abc import AsyncIterator, Sequence

import structlog
from aiohttp import hdrs, web

from annex_registry.actions.locate_bundle import locate_bundle, locate_version_bundle
from annex_registry.actions.read_bundle_entries import (
    Part,
    entries_below,
    entry_at,
    index_of_bundle,
    opened_entries,
)
from annex_registry.api.bundles import FOR_EVER, byte_range
from annex_registry.api.conditional import holds, not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.ports import ByteRange
from annex_shared.bundle import IndexedEntry
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.bundles import BundleEntryView, BundleIndexView
from annex_shared.errors import AnnexError
from annex_shared.http.service_auth import caller_of

log = structlog.get_logger()

_STREAM_SECONDS = 300
_TAR_BLOCK = 512
_TAR_END = bytes(2 * _TAR_BLOCK)
# What a stranger packed is never shown by a browser from this origin.
_INERT = {
    hdrs.CONTENT_TYPE: "application/octet-stream",
    hdrs.CONTENT_DISPOSITION: "attachment",
    "X-Content-Type-Options": "nosniff",
}


async def get_index(request: web.Request) -> web.StreamResponse:
    content_hash, size_bytes = await _located(request)
    tag = f'"sha256-{content_hash.hex}"'
    if holds(request, tag):
        return not_modified(tag, cache_control=FOR_EVER)
    index = await _index(request, content_hash)
    body = BundleIndexView(
        content_hash=content_hash,
        size_bytes=size_bytes,
        unpacked_bytes=sum(entry.size_bytes for entry in index),
        entries=[
            BundleEntryView(path=entry.path, size_bytes=entry.size_bytes, content_hash=entry.content_hash)
            for entry in index
        ],
    )
    return web.Response(
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.ETAG: tag, hdrs.CACHE_CONTROL: FOR_EVER},
    )


async def get_file(request: web.Request) -> web.StreamResponse:
    """Send one file; its tag is its own digest, the same in every version that holds it."""
    content_hash, _ = await _located(request)
    entry = entry_at(request.match_info["path"], await _index(request, content_hash))
    tag = f'"sha256-{entry.content_hash.hex}"'
    if holds(request, tag):
        return not_modified(tag, cache_control=FOR_EVER)
    wanted = byte_range(request.headers.get(hdrs.RANGE), entry.size_bytes)
    response = _response(tag, wanted, entry.size_bytes)
    return await _send(request, response, content_hash, [entry], wanted=wanted)


async def get_tree(request: web.Request) -> web.StreamResponse:
    """Send a folder as a plain tar: the same bytes every time, with the paths of the bundle."""
    content_hash, _ = await _located(request)
    tag = f'"sha256-{content_hash.hex}"'
    entries = entries_below(request.match_info["path"], await _index(request, content_hash))
    if holds(request, tag):
        return not_modified(tag, cache_control=FOR_EVER)
    size_bytes = sum(len(_tar_header(entry)) + _padded(entry.size_bytes) for entry in entries)
    response = _response(tag, None, size_bytes + len(_TAR_END))
    response.content_type = "application/x-tar"
    del response.headers[hdrs.ACCEPT_RANGES]
    return await _send(request, response, content_hash, entries, is_tar=True)


async def _located(request: web.Request) -> tuple[ContentHash, int]:
    """Find the bundle by its hash for a service, or by extension and version for whoever may read them."""
    caller, records = caller_of(request), dependencies_of(request).records
    if "content_hash" in request.match_info:
        content_hash = ContentHash.parse(request.match_info["content_hash"])
        return content_hash, await locate_bundle(content_hash, caller=caller, records=records)
    extension = f"{request.match_info['publisher']}/{request.match_info['name']}"
    return await locate_version_bundle(
        extension, request.match_info["version"], caller=caller, records=records
    )


async def _index(request: web.Request, content_hash: ContentHash) -> Sequence[IndexedEntry]:
    dependencies = dependencies_of(request)
    async with dependencies.turns.one():
        return await index_of_bundle(
            content_hash,
            records=dependencies.records,
            bundles=dependencies.bundles,
            limits=dependencies.policy.limits,
        )


def _response(tag: str, wanted: ByteRange | None, size_bytes: int) -> web.StreamResponse:
    response = web.StreamResponse(
        status=200 if wanted is None else 206,
        headers={
            **_INERT,
            hdrs.ETAG: tag,
            hdrs.CACHE_CONTROL: FOR_EVER,
            hdrs.ACCEPT_RANGES: "bytes",
        },
    )
    response.content_length = size_bytes if wanted is None else wanted.size_bytes
    if wanted is not None:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {wanted.first}-{wanted.last}/{size_bytes}"
    return response


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    content_hash: ContentHash,
    entries: Sequence[IndexedEntry],
    *,
    wanted: ByteRange | None = None,
    is_tar: bool = False,
) -> web.StreamResponse:
    if request.method == hdrs.METH_HEAD:
        return response
    dependencies = dependencies_of(request)
    async with (
        dependencies.turns.one(),
        opened_entries(
            content_hash, entries, bundles=dependencies.bundles, limits=dependencies.policy.limits
        ) as parts,
    ):
        pieces = _tar_of(parts) if is_tar else _cut(parts, wanted)
        # The first piece is read before the head is sent, so that a fault there is still told as one.
        first = await anext(pieces, b"")
        await response.prepare(request)
        try:
            async with asyncio.timeout(_STREAM_SECONDS):
                await _write(response, first, pieces)
        except (AnnexError, ConnectionError, TimeoutError) as error:
            # The head is sent, so all that can still be said is that the body is not whole.
            log.warning("bundle_stream_cut", content_hash=str(content_hash), reason=type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
    return response


async def _write(response: web.StreamResponse, first: bytes, pieces: AsyncIterator[bytes]) -> None:
    """Write one piece behind, so that the last one goes out only after everything was verified."""
    held = first
    async for piece in pieces:
        await response.write(held)
        held = piece
    if held:
        await response.write(held)
    await response.write_eof()


async def _cut(parts: AsyncIterator[Part], wanted: ByteRange | None) -> AsyncIterator[bytes]:
    """Give the wanted range; the file is read to its end all the same, where it is verified."""
    at = 0
    async for _, part in parts:
        begin = 0 if wanted is None else max(wanted.first - at, 0)
        end = len(part) if wanted is None else min(wanted.last + 1 - at, len(part))
        at += len(part)
        if begin < end:
            yield part[begin:end]


async def _tar_of(parts: AsyncIterator[Part]) -> AsyncIterator[bytes]:
    current: IndexedEntry | None = None
    async for entry, part in parts:
        if entry is not current:
            yield _padding_after(current) + _tar_header(entry) + part
            current = entry
        else:
            yield part
    yield _padding_after(current) + _TAR_END


def _tar_header(entry: IndexedEntry) -> bytes:
    member = tarfile.TarInfo(entry.path)
    member.size = entry.size_bytes
    return member.tobuf(tarfile.PAX_FORMAT)


def _padded(size_bytes: int) -> int:
    return size_bytes + -size_bytes % _TAR_BLOCK


def _padding_after(entry: IndexedEntry | None) -> bytes:
    return b"" if entry is None else bytes(-entry.size_bytes % _TAR_BLOCK)


def bundle_entry_routes() -> list[web.RouteDef]:
    version = "/api/v1/extensions/{publisher}/{name}/versions/{version}"
    return [
        web.get(root + ending, handler)
        for root in (version, "/internal/v1/bundles/{content_hash}")
        for ending, handler in (
            ("/index", get_index),
            ("/files/{path:.+}", get_file),
            ("/tree/{path:.+}", get_tree),
        )
    ]
