"""A registry that speaks the internal contract over real HTTP, with what a test puts into it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import VersionRecord, VersionRecords, VersionStatusRecord
from annex_shared.http.server import build_web_app, listening
from annex_shared.http.service_auth import service_auth_middleware
from annex_shared.service_tokens import ServiceTokenVerifier
from support.version_statuses import page_of

PAGE = 2


@dataclass(slots=True)
class RegistryState:
    """What the registry holds; ``is_away`` makes every answer a 503, ``bundle_gate`` holds bundles back."""

    installs: dict[str, InstallRecord] = field(default_factory=dict)
    bundles: dict[ContentHash, bytes] = field(default_factory=dict)
    versions: list[VersionRecord] = field(default_factory=list)
    said: list[VersionStatusRecord] = field(default_factory=list)
    gone: set[ContentHash] = field(default_factory=set)
    bundle_requests: list[ContentHash] = field(default_factory=list)
    is_away: bool = False
    bundle_gate: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    def put(self, record: InstallRecord) -> None:
        self.installs[record.install_id] = record


def _routes(state: RegistryState) -> list[web.RouteDef]:
    async def list_installs(request: web.Request) -> web.Response:
        records = sorted(state.installs.values(), key=lambda record: record.install_id)
        after = request.query.get("cursor", "")
        page = [record for record in records if record.install_id > after][:PAGE]
        more = bool(page) and page[-1].install_id != records[-1].install_id
        body = InstallRecords(items=page, next_cursor=page[-1].install_id if more else None, as_of=1)
        return _json(body.model_dump_json())

    async def one_install(request: web.Request) -> web.Response:
        record = state.installs.get(request.match_info["install_id"])
        if record is None:
            raise web.HTTPNotFound
        return _json(record.model_dump_json())

    async def versions(request: web.Request) -> web.Response:
        asked = request.query.get("content_hash")
        items = [one for one in state.versions if str(one.content_hash) == asked]
        return _json(VersionRecords(items=items, as_of=0).model_dump_json())

    async def version_statuses(request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        return _json(page_of(state.said, after=after, limit=limit).model_dump_json())

    async def bundle(request: web.Request) -> web.Response:
        content_hash = ContentHash.parse(request.match_info["content_hash"])
        state.bundle_requests.append(content_hash)
        await state.bundle_gate.wait()
        if content_hash in state.gone:
            raise web.HTTPGone
        if content_hash not in state.bundles:
            raise web.HTTPNotFound
        return web.Response(body=state.bundles[content_hash])

    return [
        web.get("/internal/v1/installs", list_installs),
        web.get("/internal/v1/installs/{install_id}", one_install),
        web.get("/internal/v1/versions", versions),
        web.get("/internal/v1/version-statuses", version_statuses),
        web.get("/internal/v1/bundles/{content_hash}", bundle),
    ]


def _json(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")


@asynccontextmanager
async def registry_server(peers: dict[str, Ed25519PublicKey]) -> AsyncIterator[RegistryState]:
    """Serve on a free port; every request needs a service token for the registry."""
    state = RegistryState()
    state.bundle_gate.set()

    @web.middleware
    async def away(request: web.Request, handler: Handler) -> web.StreamResponse:
        if state.is_away:
            raise web.HTTPServiceUnavailable
        return await handler(request)

    verifier = ServiceTokenVerifier("registry", peers, SystemClock())
    app = build_web_app(
        "registry", routes=_routes(state), problems={}, middlewares=[away, service_auth_middleware(verifier)]
    )
    async with listening(app, host="127.0.0.1", port=0) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state
