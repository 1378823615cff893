"""`/api/v1/controls` and `/api/v1/kill-switches`: what administrators allow, and what they stop.

The address says whose word a body is: `/api/v1/controls` is the tenant's own about itself, and can only
narrow; `/api/v1/tenants/{tenant_id}/controls` and `/api/v1/controls/platform` are the platform's.
"""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from annex_gateway.actions.administer_controls import (
    ControlsDesk,
    resolve_any_extension,
    resolve_extension,
    set_controls,
    show_controls,
    switches,
    turn_off,
    turn_on,
)
from annex_gateway.actions.admit import admit
from annex_gateway.api.controls_bodies import (
    change_view,
    controls_view,
    switch_view,
    to_ruling,
    to_target,
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
from annex_gateway.domain.control_changes import Author
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.kill_switches import KILL_SWITCHES
from annex_gateway.domain.rulings import Authority, Place
from annex_shared.contracts.controls import (
    ControlChangeViews,
    KillSwitchViews,
    SetControls,
    TurnOnKillSwitch,
)
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import TenantId, parse_uuid
from annex_shared.permissions import Permission

OWN = "/api/v1/controls"
OF_TENANT = "/api/v1/tenants/{tenant_id}/controls"
OF_PLATFORM = "/api/v1/controls/platform"
SWITCHES = "/api/v1/kill-switches"
_EXTENSION = "/extensions/{extension}"
READERS = (Permission.EXTENSION_READ, Permission.PLATFORM_ADMIN)
WRITERS = (Permission.EXTENSION_WRITE, Permission.PLATFORM_ADMIN)
ADMIN = (Permission.PLATFORM_ADMIN,)
_PAGE, _MAX_PAGE, _MAX_DIGITS = 100, 500, 16
_MAX_BODY_BYTES = 64 * 1024
_MAX_REASON = 500
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

PlaceOf = Callable[[web.Request, Identity], Awaitable[Place]]
_Permissions = tuple[Permission, ...]


def controls_routes() -> list[web.RouteDef]:
    return [
        *_routes_of(OF_PLATFORM, _platform, ADMIN, ADMIN),
        *_routes_of(OWN, _own, READERS, WRITERS),
        *_routes_of(OWN + _EXTENSION, _own, READERS, WRITERS),
        *_routes_of(OF_TENANT, _of_tenant, ADMIN, ADMIN),
        *_routes_of(OF_TENANT + _EXTENSION, _of_tenant, ADMIN, ADMIN),
        web.post(SWITCHES, post_kill_switch, expect_handler=wait_with_continue),
        web.get(SWITCHES, get_kill_switches),
        web.get(f"{SWITCHES}/history", get_kill_switch_history),
        web.delete(f"{SWITCHES}/{{switch_id}}", delete_kill_switch),
    ]


def _routes_of(
    address: str, place_of: PlaceOf, readers: _Permissions, writers: _Permissions
) -> list[web.RouteDef]:
    async def get_controls(request: web.Request) -> web.Response:
        place = await place_of(request, await _admitted(request, readers))
        return _answer(controls_view(await show_controls(place, desk=_desk(request))))

    async def put_controls(request: web.Request) -> web.Response:
        identity = await _admitted(request, writers)
        place = await place_of(request, identity)
        body = SetControls.model_validate_json(await _body(request))
        author = _author(request, identity, body.reason)
        shown = await set_controls(
            place, to_ruling(body), expected=body.revision, author=author, desk=_desk(request)
        )
        return _answer(controls_view(shown))

    async def get_history(request: web.Request) -> web.Response:
        place = await place_of(request, await _admitted(request, readers))
        return await _history(request, place.key)

    return [
        web.get(address, get_controls),
        web.put(address, put_controls, expect_handler=wait_with_continue),
        web.get(f"{address}/history", get_history),
    ]


async def post_kill_switch(request: web.Request) -> web.Response:
    identity = await _admitted(request, ADMIN)
    body = TurnOnKillSwitch.model_validate_json(await _body(request))
    author = _author(request, identity, body.reason)
    switch = await turn_on(to_target(body), author=author, desk=_desk(request))
    return _answer(switch_view(switch))


async def get_kill_switches(request: web.Request) -> web.Response:
    await _admitted(request, ADMIN)
    found = await switches(desk=_desk(request))
    return _answer(KillSwitchViews(items=[switch_view(switch) for switch in found]))


async def delete_kill_switch(request: web.Request) -> web.Response:
    identity = await _admitted(request, ADMIN)
    switch_id = parse_uuid(request.match_info["switch_id"], field="switch_id")
    reason = request.query.get("reason", "").strip() or "switched off"
    if len(reason) > _MAX_REASON or _UNSHOWABLE.search(reason):
        raise InvalidRequest(f'"reason" is one line of at most {_MAX_REASON} characters.')
    await turn_off(UUID(str(switch_id)), author=_author(request, identity, reason), desk=_desk(request))
    return web.Response(status=204)


async def get_kill_switch_history(request: web.Request) -> web.Response:
    await _admitted(request, ADMIN)
    return await _history(request, f"{KILL_SWITCHES}/")


async def _own(request: web.Request, identity: Identity) -> Place:
    tenant_id = identity.tenant_id
    extension = request.match_info.get("extension")
    if extension is None:
        return Place(Authority.TENANT, tenant_id)
    projections = request.app[DEPENDENCIES].policies.projections
    found = await resolve_extension(tenant_id, extension, projections=projections)
    return Place(Authority.TENANT, tenant_id, found)


async def _of_tenant(request: web.Request, _identity: Identity) -> Place:
    tenant_id = TenantId(parse_uuid(request.match_info["tenant_id"], field="tenant_id"))
    extension = request.match_info.get("extension")
    if extension is None:
        return Place(Authority.PLATFORM, tenant_id)
    projections = request.app[DEPENDENCIES].policies.projections
    found = await resolve_any_extension(tenant_id, extension, projections=projections)
    return Place(Authority.PLATFORM, tenant_id, found)


async def _platform(_request: web.Request, _identity: Identity) -> Place:
    return Place(Authority.PLATFORM)


async def _history(request: web.Request, target: str) -> web.Response:
    limit = _number(request, "limit", _PAGE, most=_MAX_PAGE)
    before = _number(request, "after", None, most=10**_MAX_DIGITS)
    changes = await _desk(request).store.history(target, before=before, limit=limit or _PAGE)
    items = [change_view(change) for change in changes]
    return _answer(
        ControlChangeViews(items=items, next_after=str(items[-1].revision) if len(items) == limit else None)
    )


async def _admitted(request: web.Request, permissions: _Permissions) -> Identity:
    return await admit(
        credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        permissions=permissions,
        authenticator=request.app[DEPENDENCIES].policies.authenticator,
    )


def _author(request: web.Request, identity: Identity, reason: str) -> Author:
    return Author(identity.principal_id, identity.key_id, request_id_of(request), reason)


def _desk(request: web.Request) -> ControlsDesk:
    return request.app[DEPENDENCIES].controls


async def _body(request: web.Request) -> bytes:
    dependencies = request.app[DEPENDENCIES]
    deadline = Deadline.start(
        limit_ms=dependencies.limits.timeout_ms, requested=None, monotonic=dependencies.monotonic
    )
    return await body_of(request, max_bytes=_MAX_BODY_BYTES, deadline=deadline)


def _number(request: web.Request, name: str, default: int | None, *, most: int) -> int | None:
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > _MAX_DIGITS or not 1 <= int(text) <= most:
        raise InvalidRequest(f'"{name}" must be a number from 1 to {most}.')
    return int(text)


def _answer(body: BaseModel) -> web.Response:
    return web.Response(body=body.model_dump_json().encode(), headers={"content-type": "application/json"})
