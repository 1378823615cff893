"""`/api/v1/tenants` and `/api/v1/api-keys`: for holders of platform:admin."""

from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from annex_gateway.actions.administer import create_tenant, issue_key, revoke_key
from annex_gateway.actions.admit import admit
from annex_gateway.api.bodies import (
    ApiKeyView,
    ApiKeyViews,
    CreateApiKey,
    CreateTenant,
    IssuedKeyView,
    TenantView,
    TenantViews,
)
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import body_of, claimed_tenants_of, credentials_of, wait_with_continue
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.deadlines import Deadline
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
    ]


async def post_tenant(request: web.Request) -> web.Response:
    await _admin(request)
    dependencies = request.app[DEPENDENCIES]
    body = CreateTenant.model_validate_json(await _body(request))
    tenant = await create_tenant(
        body.slug,
        body.name,
        tenant_id=None if body.tenant_id is None else TenantId(body.tenant_id),
        work=dependencies.directory,
        new_id=dependencies.minting.new_id,
    )
    return _answer(TenantView.of(tenant), status=201)


async def get_tenants(request: web.Request) -> web.Response:
    await _admin(request)
    limit = _limit(request)
    async with request.app[DEPENDENCIES].directory.reading() as directory:
        tenants = await directory.tenants(after=request.query.get("after", ""), limit=limit)
    items = [TenantView.of(tenant) for tenant in tenants]
    return _answer(TenantViews(items=items, next_after=items[-1].slug if len(items) == limit else None))


async def post_api_key(request: web.Request) -> web.Response:
    identity = await _admin(request)
    dependencies = request.app[DEPENDENCIES]
    body = CreateApiKey.model_validate_json(await _body(request))
    issued = await issue_key(
        _tenant(body.tenant_id, identity),
        body.to_wanted(),
        work=dependencies.directory,
        minting=dependencies.minting,
    )
    return _answer(IssuedKeyView.of_issued(issued), status=201)


async def get_api_keys(request: web.Request) -> web.Response:
    identity = await _admin(request)
    asked = request.query.get("tenant_id")
    tenant_id = _tenant(None if asked is None else parse_uuid(asked, field="tenant_id"), identity)
    limit = _limit(request)
    async with request.app[DEPENDENCIES].directory.reading() as directory:
        listings = await directory.keys(tenant_id, after=request.query.get("after", ""), limit=limit)
    items = [ApiKeyView.of(listing) for listing in listings]
    return _answer(ApiKeyViews(items=items, next_after=items[-1].key_id if len(items) == limit else None))


async def delete_api_key(request: web.Request) -> web.Response:
    await _admin(request)
    dependencies = request.app[DEPENDENCIES]
    await revoke_key(
        request.match_info["key_id"], work=dependencies.directory, clock=dependencies.minting.clock
    )
    return web.Response(status=204)


async def _admin(request: web.Request) -> Identity:
    return await admit(
        credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        permissions=(Permission.PLATFORM_ADMIN,),
        authenticator=request.app[DEPENDENCIES].policies.authenticator,
    )


async def _body(request: web.Request) -> bytes:
    dependencies = request.app[DEPENDENCIES]
    deadline = Deadline.start(
        limit_ms=dependencies.limits.timeout_ms, requested=None, monotonic=dependencies.monotonic
    )
    return await body_of(request, max_bytes=_MAX_BODY_BYTES, deadline=deadline)


def _tenant(asked: UUID | None, identity: Identity) -> TenantId:
    return identity.tenant_id if asked is None else TenantId(asked)


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(_PAGE))
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= _MAX_PAGE:
        raise InvalidRequest(f'"limit" must be a number from 1 to {_MAX_PAGE}.')
    return int(text)


def _answer(body: BaseModel, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=body.model_dump_json().encode(), headers={"content-type": "application/json"}
    )
