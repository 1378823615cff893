"""`/api/v1/me`, `/api/v1/principals` and `/api/v1/roles`: who one is, who there is, who may do what."""

from dataclasses import replace

from aiohttp import web

from annex_gateway.actions.administer_identity import (
    Administrator,
    assign_role,
    change_principal,
    create_principal,
    found_principal,
    put_role,
    remove_role,
    unassign_role,
    wanted_principal,
)
from annex_gateway.api.administration import (
    administrator_of,
    answer,
    asked_tenant_of,
    caller_of,
    limit_of,
    small_body_of,
)
from annex_gateway.api.bodies import ApiKeyView, ApiKeyViews
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import wait_with_continue
from annex_gateway.api.identity_bodies import (
    ChangePrincipal,
    CreatePrincipal,
    PrincipalView,
    PrincipalViews,
    PutRole,
    RoleView,
    RoleViews,
    WhoAmI,
)
from annex_gateway.domain.api_keys import KeyListing
from annex_gateway.domain.roles import Role, built_in_roles
from annex_shared.ids import PrincipalId, parse_uuid

_PRINCIPAL = "/api/v1/principals/{principal_id}"
_OWN_KEYS = 500


def identity_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/v1/me", get_me),
        web.get("/api/v1/me/api-keys", get_own_keys),
        web.post("/api/v1/principals", post_principal, expect_handler=wait_with_continue),
        web.get("/api/v1/principals", get_principals),
        web.get(_PRINCIPAL, get_principal),
        web.patch(_PRINCIPAL, patch_principal, expect_handler=wait_with_continue),
        web.put(f"{_PRINCIPAL}/roles/{{role}}", put_assignment, expect_handler=wait_with_continue),
        web.delete(f"{_PRINCIPAL}/roles/{{role}}", delete_assignment),
        web.get("/api/v1/roles", get_roles),
        web.put("/api/v1/roles/{role}", put_own_role, expect_handler=wait_with_continue),
        web.delete("/api/v1/roles/{role}", delete_role),
    ]


async def get_me(request: web.Request) -> web.Response:
    return answer(WhoAmI.of(await caller_of(request)))


async def get_own_keys(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    async with request.app[DEPENDENCIES].identity.work.reading() as directory:
        listing = await found_principal(identity.tenant_id, identity.principal_id, directory=directory)
        keys = await directory.key_ring.of_principal(
            identity.tenant_id, identity.principal_id, limit=_OWN_KEYS
        )
    items = [ApiKeyView.of(KeyListing(key, listing.principal)) for key in keys]
    return answer(ApiKeyViews(items=items, next_after=None))


async def post_principal(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    administrator_of(request, identity, None)
    body = CreatePrincipal.model_validate_json(await small_body_of(request))
    admin = administrator_of(request, identity, body.tenant_id)
    dependencies = request.app[DEPENDENCIES]
    wanted = wanted_principal(admin, name=body.name, kind=body.kind, minting=dependencies.minting)
    listing = await create_principal(
        admin,
        replace(
            wanted,
            display_name=body.display_name,
            issuer=body.issuer,
            subject=body.subject,
            client_id=body.client_id,
        ),
        work=dependencies.identity.work,
        at=dependencies.minting.clock.now(),
    )
    return answer(PrincipalView.of(listing), status=201)


async def get_principals(request: web.Request) -> web.Response:
    admin = await _admin(request)
    limit = limit_of(request)
    after = request.query.get("after", "")
    if after:
        after = str(parse_uuid(after, field="after"))
    async with request.app[DEPENDENCIES].identity.work.reading() as directory:
        page = await directory.people.page(admin.tenant_id, after=after, limit=limit)
    items = [PrincipalView.of(listing) for listing in page]
    next_after = items[-1].principal_id if len(items) == limit else None
    return answer(PrincipalViews(items=items, next_after=next_after))


async def get_principal(request: web.Request) -> web.Response:
    admin = await _admin(request)
    async with request.app[DEPENDENCIES].identity.work.reading() as directory:
        listing = await found_principal(admin.tenant_id, _principal_id(request), directory=directory)
    return answer(PrincipalView.of(listing))


async def patch_principal(request: web.Request) -> web.Response:
    admin = await _admin(request)
    body = ChangePrincipal.model_validate_json(await small_body_of(request))
    dependencies = request.app[DEPENDENCIES]
    listing = await change_principal(
        admin,
        _principal_id(request),
        is_enabled=body.enabled,
        client_id=body.client_id,
        work=dependencies.identity.work,
        at=dependencies.minting.clock.now(),
    )
    return answer(PrincipalView.of(listing))


async def put_assignment(request: web.Request) -> web.Response:
    admin = await _admin(request)
    dependencies = request.app[DEPENDENCIES]
    listing = await assign_role(
        admin,
        _principal_id(request),
        request.match_info["role"],
        work=dependencies.identity.work,
        at=dependencies.minting.clock.now(),
    )
    return answer(PrincipalView.of(listing))


async def delete_assignment(request: web.Request) -> web.Response:
    admin = await _admin(request)
    dependencies = request.app[DEPENDENCIES]
    await unassign_role(
        admin,
        _principal_id(request),
        request.match_info["role"],
        work=dependencies.identity.work,
        at=dependencies.minting.clock.now(),
    )
    return web.Response(status=204)


async def get_roles(request: web.Request) -> web.Response:
    admin = await _admin(request)
    async with request.app[DEPENDENCIES].identity.work.reading() as directory:
        own = await directory.roles.own(admin.tenant_id)
    return answer(RoleViews(items=[RoleView.of(role) for role in [*built_in_roles(), *own]]))


async def put_own_role(request: web.Request) -> web.Response:
    admin = await _admin(request)
    body = PutRole.model_validate_json(await small_body_of(request))
    dependencies = request.app[DEPENDENCIES]
    role = Role(request.match_info["role"], frozenset(body.permissions), body.description)
    work, now = dependencies.identity.work, dependencies.minting.clock.now()
    return answer(RoleView.of(await put_role(admin, role, work=work, at=now)))


async def delete_role(request: web.Request) -> web.Response:
    admin = await _admin(request)
    dependencies = request.app[DEPENDENCIES]
    work, now = dependencies.identity.work, dependencies.minting.clock.now()
    await remove_role(admin, request.match_info["role"], work=work, at=now)
    return web.Response(status=204)


async def _admin(request: web.Request) -> Administrator:
    return administrator_of(request, await caller_of(request), asked_tenant_of(request))


def _principal_id(request: web.Request) -> PrincipalId:
    return PrincipalId(parse_uuid(request.match_info["principal_id"], field="principal_id"))
