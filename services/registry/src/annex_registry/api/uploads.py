"""`/api/ext-bundles/*`: upload, finalize and abort, in the predecessor's shapes."""

from aiohttp import hdrs, web

from annex_registry.actions.abort_upload import abort_upload
from annex_registry.actions.finalize_upload import finalize_upload
from annex_registry.actions.read_log import with_proof
from annex_registry.actions.stage_upload import UploadDeclaration, stage_upload
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.paging import integer_of
from annex_registry.api.publish_tokens import grant_of
from annex_registry.api.request_parts import chunks_of, idempotency_key_of
from annex_registry.domain.authority import require
from annex_registry.domain.publication import FinalizeCommand, SentSignature
from annex_registry.domain.upload import parse_upload_key, upload_key
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.publish import (
    AbortReceipt,
    AbortUpload,
    FinalizeUpload,
    UploadedFile,
    UploadReceipt,
)
from annex_shared.display_text import shown
from annex_shared.http.request_id import REQUEST_ID
from annex_shared.http.service_auth import caller_of
from annex_shared.permissions import Permission

UPLOAD_ROUTE = "/api/ext-bundles/upload-proxy"
_HEX_DIGITS = 64


async def upload(request: web.Request) -> web.Response:
    # Before the declarations are parsed, so that a stranger learns nothing but this.
    require(caller_of(request), Permission.EXTENSION_PUBLISH)
    dependencies = dependencies_of(request)
    declared = _declaration(request)
    attempt = await stage_upload(
        chunks_of(request),
        declared,
        caller=caller_of(request),
        records=dependencies.records,
        bundles=dependencies.bundles,
        policy=dependencies.policy,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    receipt = UploadReceipt(
        upload=UploadedFile(key=upload_key(attempt.id)),
        filename=attempt.filename,
        size=attempt.bundle.size_bytes,
        content_hash=attempt.bundle.content_hash,
        declared_hash=request.query.get("declaredHash"),
    )
    return _json(receipt.model_dump_json(by_alias=True, exclude_none=True))


async def finalize(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    caller = caller_of(request)
    require(caller, Permission.EXTENSION_PUBLISH)
    body = FinalizeUpload.model_validate_json(await request.read())
    signature = body.signature
    command = FinalizeCommand(
        upload_id=parse_upload_key(body.key),
        request_id=request[REQUEST_ID],
        size_bytes=body.size,
        content_hash=_declared_hash(body.declared_hash),
        manifest=body.manifest_json,
        signature=None if signature is None else SentSignature(signature.algorithm, signature.text),
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
    answer = await with_proof(
        outcome.answer,
        records=dependencies.records,
        signed=dependencies.signed,
        wait_seconds=dependencies.proof_wait_seconds,
    )
    headers = {"Idempotency-Replayed": "true"} if outcome.is_replay else {}
    return web.json_response(answer, headers=headers)


async def abort(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    caller = caller_of(request)
    require(caller, Permission.EXTENSION_PUBLISH)
    body = AbortUpload.model_validate_json(await request.read())
    is_aborted = await abort_upload(
        parse_upload_key(body.key),
        caller=caller,
        records=dependencies.records,
        bundles=dependencies.bundles,
        clock=dependencies.clock,
    )
    receipt = AbortReceipt(status="deleted" if is_aborted else "noop", key=body.key)
    return _json(receipt.model_dump_json(by_alias=True))


def _declaration(request: web.Request) -> UploadDeclaration:
    size = integer_of(request, "size", default=0) if "size" in request.query else None
    return UploadDeclaration(
        filename=shown(request.query.get("filename", "bundle.tar.zst")),
        size_bytes=size,
        content_length=request.content_length,
        content_hash=_declared_hash(request.query.get("declaredHash")),
    )


def _declared_hash(text: str | None) -> ContentHash | None:
    """Take the predecessor's bare hex too. Raises InvalidContentHash."""
    if not text:
        return None
    return ContentHash.parse(f"sha256:{text}" if len(text) == _HEX_DIGITS else text)


def _json(document: str) -> web.Response:
    return web.Response(body=document.encode(), headers={hdrs.CONTENT_TYPE: "application/json"})


def upload_routes() -> list[web.RouteDef]:
    return [
        web.post(UPLOAD_ROUTE, upload),
        web.post("/api/ext-bundles/finalize", finalize),
        web.post("/api/ext-bundles/abort", abort),
    ]
