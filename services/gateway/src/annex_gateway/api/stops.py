"""`GET /internal/v1/stops`: what administrators stopped, for the service that shows extensions' pages."""

import hashlib
from typing import Final

from aiohttp import hdrs, web

from annex_gateway.actions.controls_projection import Stopped
from annex_gateway.api.dependencies import DEPENDENCIES, Dependencies
from annex_gateway.domain.errors import CallerRefused
from annex_gateway.domain.kill_switches import SwitchTarget
from annex_shared.contracts.stops import STOPS_PATH, StopRecord, StopsView
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    ServiceTokenRefused,
    body_digest,
    request_digest,
)

_READERS: Final = frozenset({"ui-host", "standalone"})


def stops_routes() -> list[web.RouteDef]:
    return [web.get(STOPS_PATH, list_stops)]


async def list_stops(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    _require_reader(request, dependencies)
    view = _view(dependencies.controls.projection.stopped(), dependencies)
    body = view.model_dump_json(exclude_none=True).encode()
    etag = f'"stops-{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {hdrs.ETAG: etag, hdrs.CACHE_CONTROL: "no-cache"}
    if request.headers.get(hdrs.IF_NONE_MATCH) == etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


def _view(stopped: Stopped, dependencies: Dependencies) -> StopsView:
    return StopsView(
        are_extensions_enabled=dependencies.are_extensions_enabled,
        is_entitled=stopped.is_entitled,
        entitled=dict(stopped.entitled),
        stops=[_record(target) for target in stopped.targets],
    )


def _record(target: SwitchTarget) -> StopRecord:
    return StopRecord(
        tenant_id=None if target.tenant_id is None else str(target.tenant_id),
        extension_id=None if target.extension_id is None else str(target.extension_id),
        version_id=None if target.version_id is None else str(target.version_id),
    )


def _require_reader(request: web.Request, dependencies: Dependencies) -> None:
    """Answer the service itself, whoever it acts for. Raises ServiceTokenRefused, CallerRefused."""
    if dependencies.peers is None:
        raise ServiceTokenRefused("This gateway knows no other service: SERVICE_KEYS_FILE is not set.")
    bound = request_digest(request.method, request.path_qs, body_digest(b""))
    caller = dependencies.peers.verify(request.headers.get(SERVICE_TOKEN_HEADER), request=bound)
    if caller.issuer not in _READERS:
        raise CallerRefused("Only the ui-host reads what is stopped.")
