"""Routes the registry owns and callers reach through the gateway: who may is decided here, first."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict

from annex_gateway.actions.admit import admit
from annex_gateway.api.dependencies import DEPENDENCIES, Dependencies
from annex_gateway.api.edge import (
    body_of,
    claimed_tenants_of,
    credentials_of,
    headers_of,
    request_id_of,
    streamed_body_of,
    target_of,
    wait_with_continue,
)
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.errors import TenantMismatch
from annex_gateway.domain.ports import Forwarding, PassedAnswer
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER
from annex_shared.contracts.trusted_publishing import PUBLISH_TOKEN_HEADER
from annex_shared.http.request_id import PROBLEM_CODE
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# aiohttp adds HEAD to a GET route.
_READING = ("GET",)
_WRITING = ("POST", "PUT", "PATCH", "DELETE")
_MAX_BODY_BYTES = 2 * 1024 * 1024
_TIMEOUT_SECONDS = 60.0
# 200 MiB over a slow line.
_UPLOAD_TIMEOUT_SECONDS = 1800.0
_HELD_BYTES = 256 * 1024
_SUCCESS_BELOW = 300
# How the registry marks bytes that are named by their hash.
_FOR_EVER = "private, max-age=31536000, immutable"

_PASSED_IN = frozenset(
    {
        "accept",
        "content-digest",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "range",
        "upload-offset",
        "x-annex-signature",
        "x-idempotency-key",
    }
)
_PASSED_OUT = (
    hdrs.ACCEPT_RANGES,
    hdrs.ALLOW,
    hdrs.CONTENT_DISPOSITION,
    hdrs.CONTENT_RANGE,
    hdrs.CONTENT_TYPE,
    hdrs.ETAG,
    hdrs.LOCATION,
    hdrs.RETRY_AFTER,
    "idempotency-replayed",
    "upload-length",
    "upload-offset",
    PLATFORM_PROBLEM_HEADER,
)


@dataclass(frozen=True, slots=True)
class ForwardedRoute:
    """One address of the registry's and the permissions of which one takes a caller there."""

    pattern: str
    methods: tuple[str, ...]
    permissions: tuple[Permission, ...]
    is_streamed: bool = False
    changes_installs: bool = False
    # Publish tokens are the registry's; everywhere else they are no credential at all.
    takes_publish_tokens: bool = False


_READ = (Permission.EXTENSION_READ,)
_WRITE = (Permission.EXTENSION_WRITE,)
_PUBLISH = (Permission.EXTENSION_PUBLISH,)
# Whether a caller owns the publisher is the registry's to say; administrators help when owners are lost.
_PUBLISHER = (Permission.EXTENSION_PUBLISH, Permission.PLATFORM_ADMIN)


_VERSION = "/api/v1/extensions/{publisher}/{name}/versions/{version}"


def _tree(
    prefix: str, *, writing: tuple[Permission, ...], changes_installs: bool = False
) -> Iterable[ForwardedRoute]:
    """Describe a prefix and everything below it: reading and writing are two permissions."""
    pattern = f"{prefix}{{below:(/.*)?}}"
    yield ForwardedRoute(pattern, _READING, _READ)
    yield ForwardedRoute(pattern, _WRITING, writing, changes_installs=changes_installs)


FORWARDED = (
    ForwardedRoute(
        "/api/ext-bundles/upload-proxy", ("POST",), _PUBLISH, is_streamed=True, takes_publish_tokens=True
    ),
    ForwardedRoute("/api/ext-bundles/finalize", ("POST",), _PUBLISH, takes_publish_tokens=True),
    ForwardedRoute("/api/ext-bundles/abort", ("POST",), _PUBLISH, takes_publish_tokens=True),
    ForwardedRoute("/api/v1/extensions/install", ("POST",), _WRITE, changes_installs=True),
    ForwardedRoute("/api/v1/extensions/update", ("POST",), _WRITE, changes_installs=True),
    ForwardedRoute("/api/v1/extensions/uninstall", ("POST",), _WRITE, changes_installs=True),
    # A long poll ends after 25 s at most, well within the time of a forwarded request.
    ForwardedRoute("/api/v1/feed", _READING, _READ),
    ForwardedRoute("/api/v1/snapshot", _READING, _READ),
    ForwardedRoute(
        "/api/v1/extensions/{publisher}/{name}/versions",
        ("POST",),
        _PUBLISH,
        is_streamed=True,
        takes_publish_tokens=True,
    ),
    ForwardedRoute("/api/v1/uploads", ("POST",), _PUBLISH, takes_publish_tokens=True),
    ForwardedRoute("/api/v1/uploads/{upload_id}", ("GET", "DELETE"), _PUBLISH, takes_publish_tokens=True),
    ForwardedRoute(
        "/api/v1/uploads/{upload_id}", ("PATCH",), _PUBLISH, is_streamed=True, takes_publish_tokens=True
    ),
    ForwardedRoute("/api/v1/uploads/{upload_id}/finalize", ("POST",), _PUBLISH, takes_publish_tokens=True),
    ForwardedRoute("/api/v1/uploads/{upload_id}/presign", ("POST",), _PUBLISH, takes_publish_tokens=True),
    ForwardedRoute(
        "/api/v1/installs/{install_id}/limits", ("PUT",), (Permission.PLATFORM_ADMIN,), changes_installs=True
    ),
    *_tree("/api/v1/installs", writing=_WRITE, changes_installs=True),
    ForwardedRoute("/api/v1/secrets", _READING, _READ),
    # Administrators block versions, and need not publish any.
    ForwardedRoute("/api/v1/extensions/{publisher}/{name}/versions/{version}/status", ("POST",), _PUBLISHER),
    # Where a build looks whether its version, and which bytes of it, are published already.
    ForwardedRoute(_VERSION, _READING, _READ, takes_publish_tokens=True),
    ForwardedRoute(f"{_VERSION}/proof", _READING, _READ, takes_publish_tokens=True),
    *_tree("/api/v1/extensions", writing=_PUBLISH),
    *_tree("/api/v1/publishers", writing=_PUBLISHER),
)


# Facts for everybody, without a credential: the transparency log proves nothing to who cannot read it.
PUBLIC = (
    "/log/checkpoint",
    "/log/tile/{place:.+}",
    "/log/proof/{index}",
    "/api/v1/trusted-publishing",
)
# The credential is in the body: the token of an issuer, which the registry verifies.
EXCHANGE = "/api/v1/trusted-publishing/token"
_MAX_EXCHANGE_BYTES = 64 * 1024


def forwarded_routes() -> list[web.RouteDef]:
    return [
        *(
            web.route(method, route.pattern, _handler(route), expect_handler=wait_with_continue)
            for route in FORWARDED
            for method in route.methods
        ),
        *(web.get(pattern, forward_public) for pattern in PUBLIC),
        web.post(EXCHANGE, forward_exchange, expect_handler=wait_with_continue),
    ]


async def forward_public(request: web.Request) -> web.StreamResponse:
    """Pass a public address on in the gateway's own name; the registry says what shared caches may keep."""
    return await _forward_unnamed(request, {}, b"", is_public=True)


async def forward_exchange(request: web.Request) -> web.StreamResponse:
    body = await _small_body(request, request.app[DEPENDENCIES], max_bytes=_MAX_EXCHANGE_BYTES)
    return await _forward_unnamed(request, _passed_in(request), body)


async def _forward_unnamed(
    request: web.Request, headers: dict[str, str], body: bytes, *, is_public: bool = False
) -> web.StreamResponse:
    forwarding = Forwarding(
        method=request.method,
        target=target_of(request),
        caller=None,
        headers=headers,
        body=body,
        request_id=request_id_of(request),
        timeout_seconds=_TIMEOUT_SECONDS,
    )
    async with request.app[DEPENDENCIES].registry.open(forwarding) as answer:
        return await pass_on(request, answer, is_public=is_public)


def _handler(route: ForwardedRoute) -> Handler:
    async def forward(request: web.Request) -> web.StreamResponse:
        dependencies = request.app[DEPENDENCIES]
        token = credentials_of(request).publish_token() if route.takes_publish_tokens else None
        if token is not None:
            return await _forward_token(request, route, token)
        identity = await admit(
            credentials_of(request),
            claimed_tenants=claimed_tenants_of(request),
            permissions=route.permissions,
            authenticator=dependencies.policies.authenticator,
        )
        forwarding = await forwarding_of(request, route, identity.to_caller())
        async with dependencies.registry.open(forwarding) as answer:
            if route.changes_installs and answer.status < _SUCCESS_BELOW:
                await dependencies.policies.projections.learn_changes(identity.tenant_id)
            return await pass_on(request, answer)

    return forward


async def _forward_token(request: web.Request, route: ForwardedRoute, token: str) -> web.StreamResponse:
    """Pass a publish token on, in nobody's name: it belongs to no tenant and the registry knows its worth."""
    if claimed_tenants_of(request):
        raise TenantMismatch("A publish token belongs to no tenant. Leave the header x-tenant-id out.")
    forwarding = await forwarding_of(request, route, None, {PUBLISH_TOKEN_HEADER: token})
    async with request.app[DEPENDENCIES].registry.open(forwarding) as answer:
        return await pass_on(request, answer)


async def forwarding_of(
    request: web.Request,
    route: ForwardedRoute,
    caller: Caller | None,
    added_headers: Mapping[str, str] | None = None,
) -> Forwarding:
    headers = {**_passed_in(request), **(added_headers or {})}
    if route.is_streamed and request.content_length is not None:
        headers["content-length"] = str(request.content_length)
    is_streamed = route.is_streamed
    return Forwarding(
        method=request.method,
        target=target_of(request),
        caller=caller,
        headers=headers,
        body=streamed_body_of(request)
        if is_streamed
        else await _small_body(request, request.app[DEPENDENCIES]),
        request_id=request_id_of(request),
        timeout_seconds=_UPLOAD_TIMEOUT_SECONDS if is_streamed else _TIMEOUT_SECONDS,
    )


def _passed_in(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in headers_of(request) if name.lower() in _PASSED_IN}


async def _small_body(
    request: web.Request, dependencies: Dependencies, *, max_bytes: int = _MAX_BODY_BYTES
) -> bytes:
    deadline = Deadline.start(
        limit_ms=dependencies.limits.timeout_ms, requested=None, monotonic=dependencies.monotonic
    )
    return await body_of(request, max_bytes=max_bytes, deadline=deadline)


async def pass_on(
    request: web.Request, answer: PassedAnswer, *, is_public: bool = False
) -> web.StreamResponse:
    """Pass status, body and the named headers; nothing else of the inner service leaves."""
    headers = CIMultiDict((name, answer.headers[name]) for name in _PASSED_OUT if name in answer.headers)
    # What a caller sees depends on the caller; its own cache may keep it and must ask again each time.
    headers[hdrs.CACHE_CONTROL] = "private, no-cache" if hdrs.ETAG in headers else "no-store"
    if is_public and answer.status < _SUCCESS_BELOW and hdrs.CACHE_CONTROL in answer.headers:
        headers[hdrs.CACHE_CONTROL] = answer.headers[hdrs.CACHE_CONTROL]
    elif answer.headers.get(hdrs.CACHE_CONTROL) == _FOR_EVER:
        headers[hdrs.CACHE_CONTROL] = _FOR_EVER
    if PLATFORM_PROBLEM_HEADER in headers:
        request[PROBLEM_CODE] = headers[PLATFORM_PROBLEM_HEADER]
    length = answer.headers.get(hdrs.CONTENT_LENGTH, "")
    if request.method != hdrs.METH_HEAD and length.isdecimal() and int(length) <= _HELD_BYTES:
        body = b"".join([chunk async for chunk in answer.chunks()])
        if PLATFORM_PROBLEM_HEADER in headers:
            body = _as_asked(request, body)
            headers.popall(hdrs.CONTENT_LENGTH, None)
        return web.Response(status=answer.status, headers=headers, body=body)
    return await _stream_on(request, answer, headers, length=length)


def _as_asked(request: web.Request, body: bytes) -> bytes:
    """Name the address the caller asked for: a problem of an inner service may know another one."""
    document = json.loads(body)
    if document.get("instance") == request.path:
        return body
    return json.dumps(document | {"instance": request.path}, ensure_ascii=False).encode()


async def _stream_on(
    request: web.Request, answer: PassedAnswer, headers: CIMultiDict[str], *, length: str
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=headers)
    if length.isdecimal():
        response.content_length = int(length)
    await response.prepare(request)
    try:
        async for chunk in answer.chunks():
            await response.write(chunk)
    except BaseException:
        # The status is out; a cut connection is the only way left to say that the rest is missing.
        if request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response
