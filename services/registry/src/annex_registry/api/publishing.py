"""`/api/v1`: publish in one request, or upload in chunks and finalize."""

from aiohttp import hdrs, web

from annex_registry.actions.abort_upload import abort_upload
from annex_registry.actions.append_chunk import ChunkDeclaration, append_chunk
from annex_registry.actions.finalize_upload import finalize_upload
from annex_registry.actions.open_upload import UploadIntent, open_upload
from annex_registry.actions.presign_upload import presign_upload
from annex_registry.actions.publish_directly import publish_directly
from annex_registry.actions.read_log import with_proof
from annex_registry.actions.read_upload import read_upload
from annex_registry.api.dependencies import Dependencies, dependencies_of
from annex_registry.api.publish_tokens import grant_of
from annex_registry.api.request_parts import (
    chunks_of,
    content_digest_of,
    idempotency_key_of,
    length_of,
    signature_of,
)
from annex_registry.api.upload_views import upload_view
from annex_registry.domain.authority import require
from annex_registry.domain.errors import BundleTypeRefused, InvalidContentDigest
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome, SentSignature
from annex_shared.contracts.publish import PublishReceipt
from annex_shared.contracts.uploads import (
    BUNDLE_TYPE,
    UPLOAD_LENGTH_HEADER,
    UPLOAD_OFFSET_HEADER,
    FinalizeUploadSession,
    OpenUpload,
    PresignedUpload,
    Publication,
)
from annex_shared.contracts.wire import Exchanged
from annex_shared.display_text import shown
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.request_id import REQUEST_ID
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import UploadId, parse_uuid
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug
from annex_shared.permissions import Permission
from annex_shared.version_number import VersionNumber

_UPLOADS = "/api/v1/uploads"
_UPLOAD = f"{_UPLOADS}/{{upload_id}}"
_VERSIONS = "/api/v1/extensions/{publisher}/{name}/versions"
# Their bodies are read as they come, after the caller was judged.
STREAMED_ROUTES = frozenset({f"POST {_VERSIONS}", f"PATCH {_UPLOAD}"})
_MAX_OFFSET_DIGITS = 15


async def publish(request: web.Request) -> web.Response:
    caller, dependencies = caller_of(request), dependencies_of(request)
    require(caller, Permission.EXTENSION_PUBLISH)
    if request.content_type != BUNDLE_TYPE:
        raise BundleTypeRefused(
            f'A bundle is sent as {BUNDLE_TYPE}; this body says "{shown(request.content_type, limit=80)}".',
            details={"accepted": [BUNDLE_TYPE]},
        )
    length, digest = length_of(request), content_digest_of(request)
    if digest is None:
        raise InvalidContentDigest("Send Content-Digest: sha-256=:<the digest of the body in base64>:.")
    command = FinalizeCommand(
        upload_id=UploadId(dependencies.new_id()),
        request_id=request[REQUEST_ID],
        size_bytes=length,
        content_hash=digest,
        signature=signature_of(request),
        extension=_extension(request),
        idempotency_key=idempotency_key_of(request),
        grant=grant_of(request),
    )
    outcome = await publish_directly(
        chunks_of(request),
        command,
        caller=caller,
        records=dependencies.records,
        bundles=dependencies.bundles,
        policy=dependencies.policy,
        signed=dependencies.signed,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    return await _published(outcome, replay_status=201, dependencies=dependencies)


async def open_session(request: web.Request) -> web.Response:
    caller, dependencies = caller_of(request), dependencies_of(request)
    require(caller, Permission.EXTENSION_PUBLISH)
    body = OpenUpload.model_validate_json(await request.read())
    attempt = await open_upload(
        UploadIntent(
            size_bytes=body.size_bytes,
            content_hash=body.content_hash,
            extension=None if body.extension is None else ExtensionRef.parse(body.extension),
            version=None if body.version is None else VersionNumber.parse(body.version),
            request_id=request[REQUEST_ID],
        ),
        caller=caller,
        records=dependencies.records,
        policy=dependencies.policy,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    headers = {hdrs.LOCATION: f"{_UPLOADS}/{attempt.id}", UPLOAD_OFFSET_HEADER: "0"}
    return _json(upload_view(attempt), status=201, headers=headers)


async def append(request: web.Request) -> web.Response:
    caller, dependencies = caller_of(request), dependencies_of(request)
    require(caller, Permission.EXTENSION_PUBLISH)
    declared = ChunkDeclaration(
        upload_id=_upload_id(request),
        offset=_offset(request),
        size_bytes=length_of(request),
        content_hash=content_digest_of(request),
    )
    offset = await append_chunk(
        declared,
        chunks_of(request),
        caller=caller,
        records=dependencies.records,
        bundles=dependencies.bundles,
        policy=dependencies.policy,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    return web.Response(status=204, headers={UPLOAD_OFFSET_HEADER: str(offset)})


async def read(request: web.Request) -> web.Response:
    """Answer GET and HEAD; a sender that resumes needs the offset only, which is a header."""
    dependencies = dependencies_of(request)
    attempt = await read_upload(_upload_id(request), caller=caller_of(request), records=dependencies.records)
    headers = {
        UPLOAD_OFFSET_HEADER: str(attempt.received_bytes),
        UPLOAD_LENGTH_HEADER: str(attempt.bundle.size_bytes),
        hdrs.CACHE_CONTROL: "no-store",
    }
    return _json(upload_view(attempt), headers=headers)


async def finalize(request: web.Request) -> web.Response:
    caller, dependencies = caller_of(request), dependencies_of(request)
    require(caller, Permission.EXTENSION_PUBLISH)
    body = FinalizeUploadSession.model_validate_json(await request.read() or b"{}")
    sent = body.signature
    command = FinalizeCommand(
        upload_id=_upload_id(request),
        request_id=request[REQUEST_ID],
        manifest=body.manifest,
        signature=None if sent is None else SentSignature(sent.algorithm, sent.text),
        idempotency_key=idempotency_key_of(request),
        grant=grant_of(request),
    )
    outcome = await finalize_upload(
        command,
        caller=caller,
        records=dependencies.records,
        bundles=dependencies.bundles,
        policy=dependencies.policy,
        signed=dependencies.signed,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    return await _published(outcome, replay_status=200, dependencies=dependencies)


async def presign(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    presigned = await presign_upload(
        _upload_id(request),
        caller=caller_of(request),
        records=dependencies.records,
        bundles=dependencies.bundles,
        policy=dependencies.policy,
        clock=dependencies.clock,
    )
    put = presigned.put
    body = PresignedUpload(
        method="PUT", url=put.url, headers=dict(put.headers), expires_at=presigned.expires_at
    )
    return _json(body, status=201, headers={hdrs.CACHE_CONTROL: "no-store"})


async def abort(request: web.Request) -> web.Response:
    """Answer 204 whether or not anything was open, so that a repeat is no error."""
    dependencies = dependencies_of(request)
    await abort_upload(
        _upload_id(request),
        caller=caller_of(request),
        records=dependencies.records,
        bundles=dependencies.bundles,
        clock=dependencies.clock,
    )
    return web.Response(status=204)


def _extension(request: web.Request) -> ExtensionRef:
    return ExtensionRef(
        PublisherSlug.of(request.match_info["publisher"]), ExtensionName.parse(request.match_info["name"])
    )


def _upload_id(request: web.Request) -> UploadId:
    return UploadId(parse_uuid(request.match_info["upload_id"], field="upload"))


def _offset(request: web.Request) -> int:
    text = request.headers.get(UPLOAD_OFFSET_HEADER, "")
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_OFFSET_DIGITS:
        raise InvalidRequest(
            "Send Upload-Offset with the number of bytes the upload holds already; HEAD tells it.",
            details={"field": "upload-offset"},
        )
    return int(text)


async def _published(
    outcome: FinalizeOutcome, *, replay_status: int, dependencies: Dependencies
) -> web.Response:
    answer = await with_proof(
        outcome.answer,
        records=dependencies.records,
        signed=dependencies.signed,
        wait_seconds=dependencies.proof_wait_seconds,
    )
    document = Publication.of(PublishReceipt.model_validate(answer))
    if outcome.is_replay:
        return _json(document, status=replay_status, headers={"Idempotency-Replayed": "true"})
    return _json(document, status=201)


def _json(body: Exchanged, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", **(headers or {})},
    )


def publishing_routes() -> list[web.RouteDef]:
    return [
        web.post(_VERSIONS, publish),
        web.post(_UPLOADS, open_session),
        web.get(_UPLOAD, read),
        web.patch(_UPLOAD, append),
        web.delete(_UPLOAD, abort),
        web.post(f"{_UPLOAD}/finalize", finalize),
        web.post(f"{_UPLOAD}/presign", presign),
    ]
