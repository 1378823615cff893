"""The registry and the runner-proxy as the gateway sees them: small servers that speak the contracts."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.debug_lines import DebugEvent, DebugLines, StreamState
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse
from annex_shared.contracts.installs import InstallRecord, InstallRecords
from annex_shared.contracts.versions import EndpointRecord, VersionRecord, VersionRecords, VersionStatusRecord
from annex_shared.errors import AnnexError
from annex_shared.http.health import health_routes
from annex_shared.http.problems import Problem
from annex_shared.http.server import build_web_app, listening
from annex_shared.http.service_auth import caller_of, service_auth_middleware
from annex_shared.service_tokens import Caller, ServiceTokenVerifier
from support.version_statuses import page_of
from unit.gateway.builders import NOW

UPLOAD = "/api/ext-bundles/upload-proxy"
ONE_SHOT = "/api/v1/extensions/{publisher}/{name}/versions"
CHUNKS = "/api/v1/uploads/{upload_id}"
STREAMED = frozenset({UPLOAD, f"POST {ONE_SHOT}", f"PATCH {CHUNKS}"})
Answer = Callable[[ExecuteRequest], Awaitable[web.StreamResponse]]

A_LIMIT = {
    "name": "timeout_ms",
    "unit": "milliseconds",
    "default": 5_000,
    "ceiling": 30_000,
    "code": "DEADLINE_EXCEEDED",
    "asked_as": "timeout_ms",
    "meaning": "Time from the arrival of the request to the answer.",
}


class PublishRefused(AnnexError):
    pass


class InstallNotFound(AnnexError):
    pass


class Overloaded(AnnexError):
    pass


@dataclass
class Seen:
    """A request that reached a peer."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    caller: Caller


@dataclass
class RegistryPeer:
    """Installs and versions in memory, listed the way the registry lists them."""

    installs: dict[str, InstallRecord] = field(default_factory=dict)
    versions: list[VersionRecord] = field(default_factory=list)
    said: list[VersionStatusRecord] = field(default_factory=list)
    serial: int = 0
    seen: list[Seen] = field(default_factory=list)
    page: int = 500

    def install(self, **fields: Any) -> InstallRecord:
        self.serial += 1
        record = InstallRecord.model_validate(
            {
                "publisher": "acme",
                "name": "notes",
                "version": "1.0.0",
                "content_hash": str(ContentHash.of(b"notes")),
                "is_enabled": True,
                "revision": 1,
                "grants": [],
                "config": {},
                "config_version": 1,
                "secrets_version": 1,
                "sealed_secrets": None,
            }
            | fields
        )
        self.installs[record.install_id] = record
        return record

    def change(self, record: InstallRecord, **fields: Any) -> InstallRecord:
        changed = record.model_copy(update={"revision": record.revision + 1} | fields)
        self.serial += 1
        self.installs[record.install_id] = changed
        return changed

    def uninstall(self, record: InstallRecord) -> None:
        self.serial += 1
        del self.installs[record.install_id]

    def publish(
        self,
        version_id: str,
        extension_id: str,
        *endpoints: tuple[str, str],
        client_portal_label: str | None = None,
    ) -> None:
        self.versions.append(
            VersionRecord(
                serial=len(self.versions) + 1,
                version_id=version_id,
                extension_id=extension_id,
                publisher="acme",
                name="notes",
                version=f"1.{len(self.versions)}.0",
                content_hash=ContentHash.of(version_id.encode()),
                size_bytes=1,
                published_at=NOW,
                status="published",
                signer=None,
                endpoints=[EndpointRecord(method=m, path=p, handler="dist/main") for m, p in endpoints],
                capabilities=[],
                ui_entry=None,
                has_handler=True,
                client_portal_label=client_portal_label,
            )
        )

    def app(self, gateway_key: Ed25519PublicKey) -> web.Application:
        verifier = ServiceTokenVerifier("registry", {"gateway": gateway_key}, SystemClock())
        return build_web_app(
            "registry",
            routes=[
                *health_routes({}),
                web.get("/internal/v1/installs", self._list_installs),
                web.get("/internal/v1/installs/{install_id}", self._one_install),
                web.get("/internal/v1/versions", self._list_versions),
                web.get("/internal/v1/version-statuses", self._list_version_statuses),
                web.get("/api/v1/installs", self._own_installs),
                web.post(UPLOAD, self._upload),
                web.post(ONE_SHOT, self._upload),
                web.patch(CHUNKS, self._upload),
                web.route("*", "/api/{rest:.*}", self._anything),
                web.get("/log/{rest:.*}", self._log),
            ],
            problems={
                PublishRefused: Problem("publish-refused", HTTPStatus.CONFLICT, "Publish refused"),
                InstallNotFound: Problem("install-not-found", HTTPStatus.NOT_FOUND, "Install not found"),
            },
            middlewares=[service_auth_middleware(verifier, streamed_routes=STREAMED)],
            client_max_size=4 * 1024 * 1024,
        )

    async def _list_installs(self, request: web.Request) -> web.Response:
        etag = f'"installs-{self.serial}"'
        if request.headers.get("if-none-match") == etag:
            return web.Response(status=304)
        ids = sorted(self.installs)
        after = request.query.get("cursor", "")
        rest = [install_id for install_id in ids if install_id > after]
        page = rest[: self.page]
        body = InstallRecords(
            items=[self.installs[install_id] for install_id in page],
            next_cursor=page[-1] if len(rest) > self.page else None,
            as_of=self.serial,
        )
        return _json(body.model_dump_json())

    async def _one_install(self, request: web.Request) -> web.Response:
        record = self.installs.get(request.match_info["install_id"])
        if record is None:
            raise InstallNotFound("No such install.")
        return _json(record.model_dump_json())

    async def _list_versions(self, request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        items = [record for record in self.versions if record.serial > after][:limit]
        return _json(VersionRecords(items=items, as_of=len(self.versions)).model_dump_json())

    async def _list_version_statuses(self, request: web.Request) -> web.Response:
        after, limit = int(request.query["after"]), int(request.query["limit"])
        return _json(page_of(self.said, after=after, limit=limit).model_dump_json())

    async def _own_installs(self, request: web.Request) -> web.Response:
        caller = caller_of(request)
        await self._note(request)
        views = [
            {
                **record.model_dump(mode="json", exclude={"config_version", "sealed_secrets"}),
                "extension": f"{record.publisher}/{record.name}",
                "status": "enabled",
                "secret_names": [],
                "created_at": NOW.isoformat(),
                "updated_at": NOW.isoformat(),
            }
            for record in self.installs.values()
            if record.tenant_id == str(caller.tenant_id)
        ]
        return web.json_response({"items": views}, headers={"ETag": '"mine"'})

    async def _upload(self, request: web.Request) -> web.Response:
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
        await self._note(request, body=f"{size} bytes".encode())
        return web.json_response(
            {"size": size}, headers={"Set-Cookie": "inner=1", "X-Inner": "1", "Upload-Offset": str(size)}
        )

    async def _anything(self, request: web.Request) -> web.StreamResponse:
        await self._note(request)
        if request.path.endswith("/finalize"):
            raise PublishRefused("Already published.", retry_after_seconds=7)
        if request.path.endswith("/broken"):
            return await self._break_off(request)
        if request.path.endswith("/bundle"):
            return web.Response(body=b"z" * 1_000_000, headers={"ETag": '"sha256-x"'})
        return web.json_response(
            {"echo": request.path_qs}, status=202, headers={"Idempotency-Replayed": "true", "X-Inner": "1"}
        )

    async def _log(self, request: web.Request) -> web.StreamResponse:
        await self._note(request)
        if request.path.endswith("/missing"):
            raise InstallNotFound("No such tile.")
        return web.Response(
            body=b"tile", headers={"Cache-Control": "public, max-age=31536000, immutable", "X-Inner": "1"}
        )

    async def _break_off(self, request: web.Request) -> web.StreamResponse:
        """Promise more than is sent, and leave."""
        response = web.StreamResponse(headers={"Content-Length": "1000000"})
        await response.prepare(request)
        await response.write(b"z" * 500_000)
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _note(self, request: web.Request, *, body: bytes | None = None) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        content = await request.read() if body is None else body
        self.seen.append(Seen(request.method, request.path_qs, headers, content, caller_of(request)))


@dataclass
class RunnerPeer:
    """Answers executions as the test says."""

    requests: list[ExecuteRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    was_reached: asyncio.Event = field(default_factory=asyncio.Event)
    was_abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    ring: list[DebugEvent] = field(default_factory=list)
    debug_state: StreamState = "connected"
    limits: list[dict[str, Any]] = field(default_factory=lambda: [A_LIMIT])
    answer: Answer = field(init=False)

    def __post_init__(self) -> None:
        self.says()

    def says(self, body: bytes = b"hello", **fields: Any) -> None:
        """Answer every execution like this from now on."""
        response = ExecuteResponse.model_validate(
            {
                "status": 200,
                "headers": {"content-type": "text/plain"},
                "body_b64": base64.b64encode(body).decode(),
            }
            | fields
        )
        self.answers(lambda: _json(response.model_dump_json()))

    def answers(self, make: Callable[[], web.StreamResponse]) -> None:
        async def answer(_request: ExecuteRequest) -> web.StreamResponse:
            return make()

        self.answer = answer

    def refuses(self, *, retry_after_seconds: int) -> None:
        async def answer(_request: ExecuteRequest) -> web.StreamResponse:
            raise Overloaded("All workers are busy.", retry_after_seconds=retry_after_seconds)

        self.answer = answer

    def never_answers(self) -> None:
        async def answer(_request: ExecuteRequest) -> web.StreamResponse:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.was_abandoned.set()
                raise
            return web.Response()

        self.answer = answer

    def dies(self) -> None:
        """Begin, and be gone without a word: the connection ends."""

        async def answer(_request: ExecuteRequest) -> web.StreamResponse:
            raise asyncio.CancelledError

        self.answer = answer

    def app(self, gateway_key: Ed25519PublicKey) -> web.Application:
        verifier = ServiceTokenVerifier("runner-proxy", {"gateway": gateway_key}, SystemClock())
        return build_web_app(
            "runner-proxy",
            routes=[
                *health_routes({}),
                web.post("/v1/execute", self._execute),
                web.get("/.well-known/limits.json", self._limits),
                web.get("/internal/v1/debug-lines", self._debug_lines),
            ],
            problems={Overloaded: Problem("overloaded", HTTPStatus.SERVICE_UNAVAILABLE, "Overloaded")},
            middlewares=[service_auth_middleware(verifier)],
            client_max_size=32 * 1024 * 1024,
        )

    async def _limits(self, _request: web.Request) -> web.Response:
        return web.json_response({"limits": self.limits, "more": "from a younger runner"})

    async def _debug_lines(self, request: web.Request) -> web.Response:
        assert str(caller_of(request).tenant_id) == request.query["tenant_id"]
        after = int(request.query.get("after", "0"))
        lines = DebugLines(state=self.debug_state, lines=self.ring[after:], next=len(self.ring))
        return _json(lines.model_dump_json(by_alias=True))

    async def _execute(self, request: web.Request) -> web.StreamResponse:
        execution = ExecuteRequest.model_validate_json(await request.read())
        self.requests.append(execution)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.was_reached.set()
        return await self.answer(execution)


class Stage:
    """Keeps a peer on one port while it comes and goes."""

    def __init__(self, make_app: Callable[[], web.Application]) -> None:
        self._make_app = make_app
        self._stack = AsyncExitStack()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        served = listening(self._make_app(), host="127.0.0.1", port=self.port, cancel_on_disconnect=True)
        self.port = await self._stack.enter_async_context(served)

    async def close(self) -> None:
        await self._stack.aclose()
        self._stack = AsyncExitStack()


@asynccontextmanager
async def on_stage(make_app: Callable[[], web.Application]) -> AsyncIterator[Stage]:
    stage = Stage(make_app)
    await stage.open()
    try:
        yield stage
    finally:
        await stage.close()


def _json(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")
