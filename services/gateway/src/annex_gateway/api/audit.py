"""`/api/v1/audit`: what was changed about who may do what, and who watched whose lines."""

from datetime import datetime
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from annex_gateway.api.administration import (
    administrator_of,
    answer,
    asked_tenant_of,
    caller_of,
    limit_of,
)
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.identity_bodies import (
    ChangeView,
    ChangeViews,
    DebugSessionView,
    DebugSessionViews,
)
from annex_gateway.domain.identity_changes import ChangeFilter
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import parse_uuid

_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_MAX_DIGITS = 18
_MAX_TEXT = 300


def audit_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/v1/audit", get_changes),
        web.get("/api/v1/audit/debug-sessions", get_debug_sessions),
    ]


async def get_changes(request: web.Request) -> web.Response:
    admin = administrator_of(request, await caller_of(request), asked_tenant_of(request))
    actor = request.query.get("actor")
    wanted = ChangeFilter(
        tenant_id=admin.tenant_id,
        before=_number(request, "before"),
        limit=limit_of(request),
        change=_text(request, "change"),
        actor=None if actor is None else parse_uuid(actor, field="actor"),
        subject=_text(request, "subject"),
        since=_moment(request, "since"),
        until=_moment(request, "until"),
        request_id=_text(request, "request_id"),
    )
    items = [
        ChangeView.of(recorded)
        for recorded in await request.app[DEPENDENCIES].identity.record.changes(wanted)
    ]
    next_before = items[-1].number if len(items) == wanted.limit else None
    return answer(ChangeViews(items=items, next_before=next_before))


async def get_debug_sessions(request: web.Request) -> web.Response:
    admin = administrator_of(request, await caller_of(request), asked_tenant_of(request))
    limit = limit_of(request)
    record = request.app[DEPENDENCIES].identity.record
    found = await record.debug_sessions(admin.tenant_id, before=_place(request), limit=limit)
    items = [DebugSessionView.of(recorded) for recorded in found]
    next_before = None
    if len(items) == limit:
        next_before = f"{items[-1].started_at:%Y-%m-%dT%H:%M:%S.%fZ}/{items[-1].session_id}"
    return answer(DebugSessionViews(items=items, next_before=next_before))


def _place(request: web.Request) -> tuple[datetime, UUID] | None:
    text = request.query.get("before")
    if text is None:
        return None
    moment, _, session_id = text.partition("/")
    return _moment_of(moment, "before"), parse_uuid(session_id, field="before")


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise InvalidRequest(f'"{name}" must be a number of an entry.')
    return int(text)


def _text(request: web.Request, name: str) -> str | None:
    text = request.query.get(name)
    if text is not None and (len(text) > _MAX_TEXT or not text.isprintable()):
        raise InvalidRequest(f'"{name}" has at most {_MAX_TEXT} printable characters.')
    return text


def _moment(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    return None if text is None else _moment_of(text, name)


def _moment_of(text: str, name: str) -> datetime:
    try:
        return _MOMENT.validate_strings(text)
    except ValidationError:
        raise InvalidRequest(
            f'"{name}" must be a time with its zone, such as 2030-01-31T12:00:00Z.'
        ) from None
