"""`/api/v1/tenants` for administrators of the platform, `/api/v1/api-keys` for those of tenants too."""

from datetime import timedelta
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from annex_gateway.actions.administer import create_tenant, issue_key
from annex_gateway.actions.administer_identity import (
    Administrator,
    Rotation,
    require_may_issue,
    revoke_key,
    rotate_key,
)
from annex_gateway.actions.admit import admit
from annex_gateway.api.bodies import (
    ApiKeyView,
    ApiKeyViews,
    CreateApiKey,
    CreateTenant,
    IssuedKeyView,
    RotateApiKey,
    TenantView,
    TenantViews,
)
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import (
    body_of,
    claimed_tenants_of,
    credentials_of,
    request_id_of,
    wait_with_continue,
)
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.identity_changes import Actor
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import TenantId, parse_uuid
from annex_shared.permissions import Permission

_PAGE, _MAX_PAGE = 100, 500
_MAX_BODY_BYTES = 64 * 1024


def administration_routes() -> list[web.RouteDef]:
    return [
        web.post("/api/v1/tenants", post_tenant, expect_handler=wait_with_continue),
        web.get("/api/v1/tenants", get_tenants),
        web.post("/api/v1/api-keys", post_api_key, expect_handler=wait_with_continue),
        web.get("/api/v1/api-keys", get_api_keys),
        web.delete("/api/v1/api-keys/{key_id}", delete_api_key),
        web.post("/api/v1/api-keys/{key_id}/rotate", post_rotation, expect_handler=wait_with_continue),
    ]


async def post_tenant(request: web.Request) -> web.Response:
    identity = await _platform_admin(request)
    dependencies = request.app[DEPENDENCIES]
    body = CreateTenant.model_validate_json(await small_body_of(request))
    tenant = await create_tenant(
        body.slug,
        body.name,
        tenant_id=None if body.tenant_id is None else TenantId(body.tenant_id),
        actor=Actor.of(identity, request_id=request_id_of(request)),
        work=dependencies.directory,
        minting=dependencies.minting,
    )
    return answer(TenantView.of(tenant), status=201)


async def get_tenants(request: web.Request) -> web.Response:
    await _platform_admin(request)
    limit = limit_of(request)
    async with request.app[DEPENDENCIES].directory.reading() as directory:
        tenants = await directory.tenants(after=request.query.get("after", ""), limit=limit)
    items = [TenantView.of(tenant) for tenant in tenants]
    return answer(TenantViews(items=items, next_after=items[-1].slug if len(items) == limit else None))


async def post_api_key(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    Administrator.of(identity, None, request_id=request_id_of(request))
    dependencies = request.app[DEPENDENCIES]
    body = CreateApiKey.model_validate_json(await small_body_of(request))
    admin = administrator_of(request, identity, body.tenant_id)
    now = dependencies.minting.clock.now()
    await require_may_issue(admin, body.to_wanted(), work=dependencies.identity.work, at=now)
    issued = await issue_key(
        admin.tenant_id,
        body.to_wanted(),
        actor=admin.actor,
        work=dependencies.directory,
        minting=dependencies.minting,
    )
    return answer(IssuedKeyView.of_issued(issued), status=201)


async def get_api_keys(request: web.Request) -> web.Response:
    admin = administrator_of(request, await caller_of(request), asked_tenant_of(request))
    limit = limit_of(request)
    async with request.app[DEPENDENCIES].directory.reading() as directory:
        listings = await directory.keys(admin.tenant_id, after=request.query.get("after", ""), limit=limit)
    items = [ApiKeyView.of(listing) for listing in listings]
    return answer(ApiKeyViews(items=items, next_after=items[-1].key_id if len(items) == limit else None))


async def delete_api_key(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    dependencies = request.app[DEPENDENCIES]
    await revoke_key(
        identity,
        request.match_info["key_id"],
        actor=Actor.of(identity, request_id=request_id_of(request)),
        work=dependencies.identity.work,
        at=dependencies.minting.clock.now(),
    )
    return web.Response(status=204)


async def post_rotation(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    identity.require_no_client()
    dependencies = request.app[DEPENDENCIES]
    raw = await small_body_of(request)
    body = RotateApiKey.model_validate_json(raw) if raw else RotateApiKey()
    issued = await rotate_key(
        identity,
        request.match_info["key_id"],
        Rotation(timedelta(seconds=body.overlap_seconds), body.expires_at),
        actor=Actor.of(identity, request_id=request_id_of(request)),
        work=dependencies.identity.work,
        minting=dependencies.minting,
    )
    return answer(IssuedKeyView.of_issued(issued))


async def caller_of(request: web.Request) -> Identity:
    """Say who calls, within the tenant of their credential."""
    identity = await request.app[DEPENDENCIES].policies.authenticator.identify(credentials_of(request))
    identity.require_tenant(claimed_tenants_of(request))
    return identity


def administrator_of(request: web.Request, identity: Identity, asked: UUID | None) -> Administrator:
    tenant_id = None if asked is None else TenantId(asked)
    return Administrator.of(identity, tenant_id, request_id=request_id_of(request))


def asked_tenant_of(request: web.Request) -> UUID | None:
    asked = request.query.get("tenant_id")
    return None if asked is None else parse_uuid(asked, field="tenant_id")


async def _platform_admin(request: web.Request) -> Identity:
    return await admit(
        credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        permissions=(Permission.PLATFORM_ADMIN,),
        authenticator=request.app[DEPENDENCIES].policies.authenticator,
    )


async def small_body_of(request: web.Request) -> bytes:
    dependencies = request.app[DEPENDENCIES]
    deadline = Deadline.start(
        limit_ms=dependencies.limits.timeout_ms, requested=None, monotonic=dependencies.monotonic
    )
    return await body_of(request, max_bytes=_MAX_BODY_BYTES, deadline=deadline)


def limit_of(request: web.Request) -> int:
    text = request.query.get("limit", str(_PAGE))
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= _MAX_PAGE:
        raise InvalidRequest(f'"limit" must be a number from 1 to {_MAX_PAGE}.')
    return int(text)


def answer(body: BaseModel, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=body.model_dump_json().encode(), headers={"content-type": "application/json"}
    )
