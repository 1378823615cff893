"""`/api/ext-debug/stream`: an extension's lines as they are written, as server-sent events or by polling."""

import asyncio
import json
from typing import Final

from aiohttp import hdrs, web
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from annex_gateway.actions.admit import admit
from annex_gateway.actions.debug_sessions import OpenSession
from annex_gateway.actions.watch_lines import ReadLine, Watch
from annex_gateway.api.dependencies import DEPENDENCIES, Dependencies
from annex_gateway.api.edge import (
    body_of,
    claimed_tenants_of,
    credentials_of,
    request_id_of,
    wait_with_continue,
)
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.deadlines import Deadline
from annex_gateway.domain.debug import Cursor, Watched
from annex_gateway.domain.errors import (
    AuthenticationUnavailable,
    ExtensionsDisabled,
    RegistryUnavailable,
    TenantMismatch,
)
from annex_shared.contracts.debug_lines import DebugEvent, LineFilter
from annex_shared.contracts.wire import Exchanged
from annex_shared.errors import AnnexError
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import parse_uuid
from annex_shared.permissions import Permission

PATH: Final = "/api/ext-debug/stream"
MAX_TAIL: Final = 2_000
_POLLED_LINES: Final = 100
_MAX_BODY_BYTES: Final = 4 * 1024
_MAX_REQUEST_ID: Final = 64
_LAST_EVENT_ID: Final = "Last-Event-ID"
# A client that takes nothing for so long is gone, or holds a place for nothing.
_WRITE_SECONDS: Final = 15.0
_IDENTIFY_EVERY_SECONDS: Final = 60.0
_RETRY_MS: Final = 2_000
_ENDINGS: Final = {
    "limit": "The session reached its longest time. Start another one to go on.",
    "shutdown": "The gateway stops. Start another session to go on.",
    "refused": "The API key is not valid any more, or the extension may not be watched any more.",
}


class PollLines(Exchanged):
    """Where the poller is; nothing yet is the last lines."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    last_id: str | None = Field(default=None, max_length=64)


class PolledLines(Exchanged):
    """Lines in order, and where to read on."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    events: list[DebugEvent]
    last_id: str


def debug_routes() -> list[web.RouteDef]:
    return [
        web.get(PATH, stream_lines, allow_head=False),
        web.post(PATH, poll_lines, expect_handler=wait_with_continue),
    ]


async def close_sessions(app: web.Application) -> None:
    """End sessions when the service stops, instead of waiting for people to go."""
    app[DEPENDENCIES].debug.sessions.close()


async def stream_lines(request: web.Request) -> web.StreamResponse:
    dependencies = request.app[DEPENDENCIES]
    identity, watched = await _admitted(request, dependencies)
    tail = _tail(request, dependencies.debug.tail)
    cursor = _resumed(request.headers.get(_LAST_EVENT_ID))
    debug = dependencies.debug
    watch = Watch(watched, debug.ports, tail=tail, cursor=cursor)
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
            hdrs.CACHE_CONTROL: "no-store, no-transform",
            # Proxies that buffer would show lines minutes late.
            "x-accel-buffering": "no",
        }
    )
    async with debug.sessions.opened(watched, identity) as session:
        await _send_lines(request, response, watch, session)
    if session.reason in _ENDINGS and response.prepared:
        await _write(response, session, _ending(session.reason))
    return response


async def poll_lines(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    identity, watched = await _admitted(request, dependencies)
    deadline = Deadline.start(
        limit_ms=dependencies.limits.timeout_ms, requested=None, monotonic=dependencies.monotonic
    )
    raw = await body_of(request, max_bytes=_MAX_BODY_BYTES, deadline=deadline)
    wish = PollLines.model_validate_json(raw) if raw else PollLines()
    cursor = None if wish.last_id is None else Cursor.parse(wish.last_id)
    if wish.last_id is not None and cursor is None:
        raise InvalidRequest('"lastId" must be the lastId of the answer before.')
    await dependencies.debug.sessions.note_poll(watched, identity)
    watch = Watch(watched, dependencies.debug.ports, tail=_tail(request, _POLLED_LINES), cursor=cursor)
    events = [line.event for line in await watch.read(is_waiting=False)]
    answer = PolledLines(events=events, last_id=str(watch.cursor or Cursor()))
    return web.Response(
        body=answer.model_dump_json(by_alias=True).encode(), headers={"content-type": "application/json"}
    )


async def _admitted(request: web.Request, dependencies: Dependencies) -> tuple[Identity, Watched]:
    """Let somebody watch an extension of their own tenant that may be watched, and no other."""
    if not dependencies.are_extensions_enabled:
        raise ExtensionsDisabled("Extensions are switched off in this deployment.")
    identity = await admit(
        credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        permissions=(Permission.EXTENSION_DEBUG,),
        authenticator=dependencies.policies.authenticator,
    )
    query = request.query
    for claim in query.getall("tenantId", ()):
        if claim.strip().lower() != str(identity.tenant_id):
            raise TenantMismatch("tenantId names another tenant than the API key belongs to. Leave it out.")
    extension = query.get("extensionId", "")
    if not extension:
        raise InvalidRequest('"extensionId" is required: an id, or publisher.name of an install.')
    install = await dependencies.policies.projections.resolve_install(identity.tenant_id, extension)
    dependencies.debug.gate.require_open(install)
    return identity, Watched(
        identity.tenant_id, install.extension_id, _filter_of(request), identity.to_caller()
    )


def _filter_of(request: web.Request) -> LineFilter:
    install, sent = request.query.get("installId"), request.query.get("requestId")
    if sent is not None and not 0 < len(sent) <= _MAX_REQUEST_ID:
        raise InvalidRequest(f'"requestId" has 1 to {_MAX_REQUEST_ID} characters.')
    return LineFilter(None if install is None else str(parse_uuid(install, field="installId")), sent)


def _tail(request: web.Request, default: int) -> int:
    text = request.query.get("tail")
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MAX_TAIL):  # noqa: PLR2004
        raise InvalidRequest(f'"tail" must be a number from 1 to {MAX_TAIL}.')
    return int(text)


def _resumed(last_event_id: str | None) -> Cursor | None:
    """Read on where a client was; an id of another server's stream begins with the last lines."""
    return None if last_event_id is None else Cursor.parse(last_event_id)


async def _send_lines(
    request: web.Request, response: web.StreamResponse, watch: Watch, session: OpenSession
) -> None:
    """Write pages until the client leaves or the block's limit ends it; nothing is read ahead of a write."""
    dependencies = request.app[DEPENDENCIES]
    await response.prepare(request)
    if not await _write(response, session, f"retry: {_RETRY_MS}\n: request {request_id_of(request)}\n\n"):
        return
    identified = dependencies.monotonic()
    while not session.is_over:
        lines = await watch.read()
        text = _events(lines) if lines else ": heartbeat\n\n"
        if not await _write(response, session, text):
            return
        session.lines += len(lines)
        if dependencies.monotonic() - identified > _IDENTIFY_EVERY_SECONDS:
            identified = dependencies.monotonic()
            if not await _may_still_watch(request, dependencies):
                session.reason = "refused"
                return


async def _may_still_watch(request: web.Request, dependencies: Dependencies) -> bool:
    try:
        await _admitted(request, dependencies)
    except (AuthenticationUnavailable, RegistryUnavailable):
        return True
    except AnnexError:
        return False
    return True


async def _write(response: web.StreamResponse, session: OpenSession, text: str) -> bool:
    """Write and wait until the client took most of it; say whether it is still there."""
    own = asyncio.timeout(_WRITE_SECONDS)
    try:
        async with own:
            await response.write(text.encode())
    except ConnectionError:
        return False
    except TimeoutError:
        session.reason = "slow"
        return False
    return True


def _events(lines: list[ReadLine]) -> str:
    return "".join(
        f"id: {line.cursor}\ndata: {line.event.model_dump_json(by_alias=True)}\n\n" for line in lines
    )


def _ending(reason: str) -> str:
    return f"event: end\ndata: {json.dumps({'reason': reason, 'message': _ENDINGS[reason]})}\n\n"
