"""Extensions and their versions as callers list them."""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import hdrs, web

from annex_registry.actions.change_version_status import StatusWish, change_version_status
from annex_registry.actions.compare_versions import Comparison, compare_versions
from annex_registry.actions.read_versions import (
    VersionPage,
    read_extension,
    read_extensions,
    read_version,
    read_versions,
)
from annex_registry.api.conditional import known_tag, not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.paging import (
    MAX_PUBLIC_PAGE,
    MAX_VERSIONS_PAGE,
    invalid_cursor,
    limit_of,
    read_cursor,
    write_cursor,
)
from annex_registry.domain.publication import DSSE_ED25519
from annex_registry.domain.trusted_publishing import TrustedActor
from annex_registry.domain.version import ExtensionSummary, PublishedVersion, Signature
from annex_registry.domain.version_difference import VersionDifference
from annex_registry.domain.version_status import StatusChange
from annex_shared.contracts.versions import (
    ChangedEndpoints,
    ChangedHooks,
    ChangedNames,
    ChangedSize,
    ChangeVersionStatus,
    EndpointName,
    EndpointRecord,
    UiHookName,
    VersionCertificate,
    VersionDetail,
    VersionDifferenceView,
    VersionList,
    VersionRow,
    VersionSignature,
    VersionStatusReceipt,
    VersionTrustedPublisher,
)
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.service_auth import caller_of

_DEFAULT_PAGE = 50
# The answer depends on the caller's tenant, so no shared cache may keep it.
_PRIVATE = "private, no-cache"
_MAX_SEQUENCE = 2**31 - 1


class ExtensionRow(Exchanged):
    """An extension in `GET /api/v1/extensions`, and `GET /api/v1/extensions/{publisher}/{name}`."""

    extension_id: str
    extension: str
    publisher: str
    name: str
    created_at: datetime
    latest_version: str
    latest_published_at: datetime
    version_count: int

    @classmethod
    def of(cls, summary: ExtensionSummary) -> "ExtensionRow":
        extension = summary.extension
        return cls(
            extension_id=str(extension.id),
            extension=str(extension.ref),
            publisher=extension.ref.publisher.text,
            name=extension.ref.name.text,
            created_at=extension.created_at,
            latest_version=summary.latest_version.text,
            latest_published_at=summary.latest_published_at,
            version_count=summary.version_count,
        )


class ExtensionRows(Exchanged):
    items: list[ExtensionRow]
    next_cursor: str | None


async def list_extensions(request: web.Request) -> web.Response:
    page = await read_extensions(
        prefix=request.query.get("q", "").strip().lower(),
        after=_extension_place(request),
        limit=limit_of(request, default=_DEFAULT_PAGE, maximum=MAX_PUBLIC_PAGE),
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if page.extensions is None:
        return not_modified(page.tag, cache_control=_PRIVATE)
    body = ExtensionRows(
        items=[ExtensionRow.of(row) for row in page.extensions],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )
    return _json(body, tag=page.tag)


async def get_extension(request: web.Request) -> web.Response:
    tag, summary = await read_extension(
        named_extension(request),
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if summary is None:
        return not_modified(tag, cache_control=_PRIVATE)
    return _json(ExtensionRow.of(summary), tag=tag)


async def list_versions(request: web.Request) -> web.Response:
    page = await read_versions(
        named_extension(request),
        before=_version_place(request),
        limit=limit_of(request, default=_DEFAULT_PAGE, maximum=MAX_VERSIONS_PAGE),
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if page.versions is None:
        return not_modified(page.tag, cache_control=_PRIVATE)
    return _json(_version_list(page, page.versions), tag=page.tag)


async def get_version(request: web.Request) -> web.Response:
    known = known_tag(request)
    read = await read_version(
        named_extension(request),
        request.match_info["version"],
        known_tag=known,
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if read is None:
        assert known is not None  # noqa: S101 - None is the answer to a known tag only
        return not_modified(known, cache_control=_PRIVATE)
    row = _row(read.version, is_installed=read.is_installed)
    declared, signature = read.contents.declared(), read.contents.signature
    actor = read.contents.trusted_actor
    detail = VersionDetail(
        **row.model_dump(),
        capabilities=list(read.version.capabilities),
        runtime=declared.runtime,
        precompiled_targets=sorted(declared.precompiled),
        endpoints=[
            EndpointRecord(method=endpoint.method, path=endpoint.path, handler=endpoint.handler)
            for endpoint in declared.endpoints
        ],
        signature=None if signature is None else _signature(signature),
        trusted_publisher=None if actor is None else _trusted_publisher(actor),
        manifest=dict(read.contents.manifest),
    )
    return _json(detail, tag=read.tag)


def _signature(signature: Signature) -> VersionSignature:
    certificate = signature.certificate
    return VersionSignature(
        algorithm=DSSE_ED25519,
        text=signature.text,
        key_id=signature.signer,
        certificate=None
        if certificate is None
        else VersionCertificate(
            subject=certificate.subject,
            fingerprint=certificate.fingerprint,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
        ),
    )


def _trusted_publisher(actor: TrustedActor) -> VersionTrustedPublisher:
    return VersionTrustedPublisher(
        id=str(actor.trusted_publisher_id),
        issuer=actor.issuer,
        subject=actor.subject,
        claims=dict(actor.claims),
    )


async def get_difference(request: web.Request) -> web.Response:
    before = request.query.get("from")
    if not before:
        raise InvalidRequest(
            '"from" is missing: name the version to compare with.', details={"field": "from"}
        )
    comparison = await compare_versions(
        named_extension(request),
        before,
        request.match_info["version"],
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if comparison.difference is None:
        return not_modified(comparison.tag, cache_control=_PRIVATE)
    return _json(_difference(comparison, comparison.difference), tag=comparison.tag)


def _difference(comparison: Comparison, found: VersionDifference) -> VersionDifferenceView:
    before, after = comparison.before, comparison.after
    return VersionDifferenceView(
        extension=str(after.extension.ref),
        from_version=before.number.text,
        to_version=after.number.text,
        capabilities=ChangedNames(
            added=list(found.capabilities.added), removed=list(found.capabilities.removed)
        ),
        endpoints=ChangedEndpoints(
            added=[EndpointName(method=method, path=path) for method, path in found.endpoints.added],
            removed=[EndpointName(method=method, path=path) for method, path in found.endpoints.removed],
        ),
        ui_hooks=ChangedHooks(
            added=[UiHookName(hook=hook, label=label) for hook, label in found.ui_hooks.added],
            removed=[UiHookName(hook=hook, label=label) for hook, label in found.ui_hooks.removed],
        ),
        size_bytes=ChangedSize(before=before.size_bytes, after=after.size_bytes),
        same_content=before.content_hash == after.content_hash,
    )


async def post_status(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = ChangeVersionStatus.model_validate_json(await request.read())
    wish = StatusWish(
        extension=named_extension(request),
        version=request.match_info["version"],
        change=StatusChange(body.status),
        reason=body.reason,
        is_rehearsal=body.dry_run,
    )
    outcome = await change_version_status(
        wish,
        caller=caller_of(request),
        records=dependencies.records,
        signed=dependencies.signed,
        clock=dependencies.clock,
    )
    return _json(
        VersionStatusReceipt(
            extension=str(outcome.version.extension.ref),
            version_id=str(outcome.version.id),
            version=outcome.version.number.text,
            status_before=outcome.version.status,
            status=outcome.status,
            reason=outcome.reason,
            changed=outcome.is_changed,
            dry_run=body.dry_run,
            tenants_running=outcome.tenants_running,
            log_index=outcome.log_index,
        )
    )


def _version_list(page: VersionPage, versions: Sequence[PublishedVersion]) -> VersionList:
    return VersionList(
        extension_id=str(page.extension.id),
        extension=str(page.extension.ref),
        items=[_row(version, is_installed=version.id == page.installed) for version in versions],
        next_cursor=None if page.next_before is None else write_cursor(page.next_before),
    )


def _row(version: PublishedVersion, *, is_installed: bool) -> VersionRow:
    return VersionRow(
        version_id=str(version.id),
        version=version.number.text,
        published_at=version.published_at,
        content_hash=version.content_hash,
        size_bytes=version.size_bytes,
        status=version.status,
        status_reason=version.status_reason,
        status_log_index=version.status_log_index,
        signer=version.signer,
        log_index=version.log_index,
        bundle_count=version.bundle_count,
        imported=version.imported_at is not None,
        installed=is_installed,
    )


def named_extension(request: web.Request) -> str:
    """Join the two-segment form, which the resolver reads as well as the others."""
    if "publisher" in request.match_info:
        return f"{request.match_info['publisher']}/{request.match_info['name']}"
    return request.match_info["extension"]


def _version_place(request: web.Request) -> int | None:
    text = request.query.get("cursor")
    if text is None:
        return None
    place = read_cursor(text)
    if type(place) is not int or not 0 <= place <= _MAX_SEQUENCE:
        raise invalid_cursor(text)
    return place


def _extension_place(request: web.Request) -> tuple[str, str] | None:
    text = request.query.get("cursor")
    if text is None:
        return None
    match read_cursor(text):
        case [str(publisher), str(name)] if "\0" not in publisher + name:
            return publisher, name
        case _:
            raise invalid_cursor(text)


def _json(body: Exchanged, *, tag: str | None = None) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: _PRIVATE}
    if tag is not None:
        headers[hdrs.ETAG] = tag
    return web.Response(body=body.model_dump_json().encode(), headers=headers)


def version_routes() -> list[web.RouteDef]:
    """List the routes; `/x/versions` is the list of one segment before it is an extension's name."""
    root = "/api/v1/extensions"
    return [
        web.get(root, list_extensions),
        web.get(root + "/{extension}/versions", list_versions),
        web.get(root + "/{publisher}/{name}", get_extension),
        web.get(root + "/{publisher}/{name}/versions", list_versions),
        web.get(root + "/{publisher}/{name}/versions/{version}", get_version),
        web.get(root + "/{publisher}/{name}/versions/{version}/diff", get_difference),
        web.post(root + "/{publisher}/{name}/versions/{version}/status", post_status),
    ]
