"""A gateway of the tests' own: it keeps the publish and install contract, and misbehaves when told to."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from annex_shared.bundle import BundleLimits, check_bundle
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.contracts.installs import InstallView, InstallViews
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER, PROBLEM_JSON
from annex_shared.contracts.publish import (
    AddPublisherKey,
    PublishedExtension,
    PublishedVersion,
    PublisherKeyView,
    PublisherView,
    PublishReceipt,
    UploadedFile,
    UploadReceipt,
)
from annex_shared.contracts.secrets import SecretView, SecretViews, SetSecret
from annex_shared.contracts.versions import VersionList, VersionRow, VersionStatusReceipt
from annex_shared.signing import VerifyingKey
from integration.cli.controls_gateway import ControlsOfGateway
from integration.cli.gateway_devices import DevicesOfGateway
from integration.cli.gateway_records import Records
from support.little_log import LittleLog

PUBLISHER = "annex-demo"
ADMIN_KEY = "annex_admin_0123456789abcdef"
USER_KEY = "annex_user_0123456789abcdef"
TENANT = "11111111-1111-7111-8111-111111111111"
REQUEST_ID = "req_01JD8Q6Z4M0T"
FIRST_TIME = datetime(2026, 11, 18, 9, 12, tzinfo=UTC)


class Fault(Enum):
    """What happens to one request instead of its answer."""

    CUT_BEFORE_COMMIT = "cut before commit"
    CUT_AFTER_COMMIT = "cut after commit"
    HANG_BEFORE_COMMIT = "hang before commit"
    BUSY = "busy"
    FOREIGN_PAGE_AFTER_COMMIT = "foreign page after commit"
    RATE_LIMITED = "rate limited"


class Refused(Exception):
    """An answer that is a problem."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


@dataclass(slots=True)
class Upload:
    """A staged archive and what became of it."""

    data: bytes
    state: str = "staged"
    answer: str | None = None


@dataclass(slots=True)
class Gateway:
    """Its state is public: a test arranges it and looks at it."""

    url: str = ""
    versions: list[VersionRow] = field(default_factory=list)
    capabilities: dict[str, list[str]] = field(default_factory=dict)
    config_schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    installs: list[InstallView] = field(default_factory=list)
    former: list[InstallView] = field(default_factory=list)
    secrets: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    keys: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    finalize_faults: list[Fault] = field(default_factory=list)
    upload_faults: list[Fault] = field(default_factory=list)
    install_faults: list[Fault] = field(default_factory=list)
    other_faults: list[Fault] = field(default_factory=list)
    log_faults: list[Fault] = field(default_factory=list)
    guest: Callable[[web.Request], Awaitable[web.Response]] | None = None
    tells_capabilities: bool = True
    debug_lines: list[DebugEvent] = field(default_factory=list)
    debug_ending: str = "limit"
    log: LittleLog | None = None
    me: dict[str, Any] | None = None
    devices: DevicesOfGateway = field(default_factory=DevicesOfGateway)
    withdrawn_keys: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    signatures: list[str | None] = field(default_factory=list)
    commits: int = 0
    tenants_running: int = 3
    publisher_keys: dict[str, PublisherKeyView] = field(default_factory=dict)
    controls: ControlsOfGateway = field(default_factory=lambda: ControlsOfGateway(Refused))
    revoked_keys: set[str] = field(default_factory=set)
    arrival: asyncio.Condition = field(default_factory=asyncio.Condition)
    records: Records = field(default_factory=lambda: Records(Refused))

    async def who(self, request: web.Request) -> web.Response:
        if self.me is None:
            raise Refused(404, "ROUTE_NOT_FOUND", "There is nothing at this address.")
        if request.headers.get("x-api-key") not in (ADMIN_KEY, USER_KEY):
            raise Refused(401, "API_KEY_REFUSED", "This API key is not known here.")
        return web.json_response(self.me)

    async def version(self, _request: web.Request) -> web.Response:
        return web.json_response({"service": "gateway", "version": "0.1.0"})

    async def withdraw_key(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        self.withdrawn_keys.append(request.match_info["key_id"])
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def poll_lines(self, _: web.Request) -> web.Response:
        events = [event.model_dump(by_alias=True) for event in self.debug_lines]
        return web.json_response({"events": events, "lastId": str(len(events))})

    async def stream_lines(self, request: web.Request) -> web.StreamResponse:
        """Send a line more than the client has, break off, and in the end say why it is the end."""
        if self.debug_ending == "refused" and self.requests.count("GET /api/ext-debug/stream") > 1:
            raise Refused(401, "API_KEY_REVOKED", "This API key was revoked.")
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        taken = int(request.headers.get("Last-Event-ID", "0"))
        for number, event in list(enumerate(self.debug_lines, 1))[max(0, taken - 1) : taken + 1]:
            await response.write(f"id: {number}\ndata: {event.model_dump_json(by_alias=True)}\n\n".encode())
        if taken < len(self.debug_lines) and self.debug_ending == "limit":
            assert request.transport is not None
            request.transport.close()
        else:
            ending = json.dumps(
                {"reason": self.debug_ending, "message": "The session reached its longest time."}
            )
            await response.write(f": heartbeat\n\nevent: end\ndata: {ending}\n\n".encode())
        return response

    async def heard(self, request: str, times: int = 1) -> None:
        """Wait until a request has come so many times."""
        async with asyncio.timeout(30), self.arrival:
            await self.arrival.wait_for(lambda: self.requests.count(request) >= times)

    async def upload(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        data = await request.read()
        await self._misbehave(request, self.upload_faults)
        content_hash = ContentHash.of(data)
        assert request.query["declaredHash"] == str(content_hash)
        key = f"sha256/_staging/{uuid5(NAMESPACE_URL, str(len(self.uploads)))}/bundle.tar.zst"
        self.uploads[key] = Upload(data)
        receipt = UploadReceipt(
            upload=UploadedFile(key=key),
            filename=request.query["filename"],
            size=len(data),
            content_hash=content_hash,
        )
        return _json(receipt.model_dump_json(by_alias=True))

    async def finalize(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        content = await request.read()
        fault = self.finalize_faults.pop(0) if self.finalize_faults else None
        if fault in (Fault.CUT_BEFORE_COMMIT, Fault.HANG_BEFORE_COMMIT, Fault.BUSY, Fault.RATE_LIMITED):
            await self._fail(request, fault)
        answer, is_replay = self._commit(json.loads(content), request.headers["Idempotency-Key"], content)
        if fault is not None:
            await self._fail(request, fault)
        return _json(answer, headers={"Idempotency-Replayed": "true"} if is_replay else {})

    def _commit(self, body: dict[str, Any], key: str, content: bytes) -> tuple[str, bool]:
        digest = hashlib.sha256(content).digest()
        if key in self.keys:
            kept, answer = self.keys[key]
            if kept != digest:
                raise Refused(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used before.")
            return answer, True
        upload = self.uploads.get(body["key"])
        if upload is None or upload.state == "aborted":
            raise Refused(404, "UPLOAD_NOT_FOUND", "Nothing is staged under this key for you.")
        if upload.answer is not None:
            return upload.answer, True
        answer = self._publish(upload)
        self.signatures.append((body.get("signature") or {}).get("text"))
        upload.state, upload.answer = "published", answer
        self.keys[key] = (digest, answer)
        return answer, False

    def _publish(self, upload: Upload) -> str:
        checked = check_bundle(io.BytesIO(upload.data), BundleLimits())
        manifest, content_hash = checked.manifest, ContentHash.of(upload.data)
        number, name = str(manifest.version), f"{manifest.publisher}/{manifest.name}"
        existing = self.find(number)
        if existing is not None:
            upload.state = "refused"
            raise Refused(
                409,
                "VERSION_ALREADY_EXISTS",
                f'Version "{number}" of {name} is already published and cannot be changed. '
                "Choose a new version number and publish again.",
                details={
                    "extension": name,
                    "version": number,
                    "existing_version": existing.version,
                    "published_at": "2026-11-18T09:12:00Z",
                    "content_hash": str(existing.content_hash),
                    "same_content": existing.content_hash == content_hash,
                    "log_index": None,
                    "suggested_version": "1.0.1",
                },
            )
        self.commits += 1
        log_index = self.log.publish(name, number, content_hash, len(upload.data)) if self.log else None
        row = self.add_version(number, content_hash, size_bytes=len(upload.data), log_index=log_index)
        self.capabilities[number] = list(manifest.capabilities)
        receipt = PublishReceipt(
            extension=PublishedExtension(
                id=_id(name), name=str(manifest.name), publisher=str(manifest.publisher)
            ),
            version=PublishedVersion(id=row.version_id, version=number),
            content_hash=content_hash,
            canonical_key=f"sha256/{content_hash.hex}/bundle.tar.zst",
            size_bytes=len(upload.data),
            log_index=log_index,
            proof=self.log.proof(log_index) if self.log and log_index is not None else None,
        )
        return receipt.model_dump_json(by_alias=True)

    def add_version(
        self,
        number: str,
        content_hash: ContentHash,
        *,
        size_bytes: int = 1024,
        log_index: int | None = None,
    ) -> VersionRow:
        row = VersionRow(
            version_id=_id(number),
            version=number,
            published_at=FIRST_TIME.replace(day=18 - len(self.versions) if len(self.versions) < 18 else 1),
            content_hash=content_hash,
            size_bytes=size_bytes,
            status="published",
            signer=None,
            log_index=log_index,
            bundle_count=1,
            installed=False,
        )
        self.versions.append(row)
        return row

    def find(self, number: str) -> VersionRow | None:
        return next((row for row in self.versions if row.version == number), None)

    async def abort(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        body = await request.json()
        await self._misbehave(request, self.other_faults)
        upload = self.uploads.get(body["key"])
        is_staged = upload is not None and upload.state == "staged"
        if upload is not None and is_staged:
            upload.state = "aborted"
        return web.json_response({"status": "deleted" if is_staged else "noop", "key": body["key"]})

    async def list_versions(self, request: web.Request) -> web.Response:
        self.admit(request)
        if not self.versions:
            raise Refused(404, "EXTENSION_NOT_FOUND", 'There is no extension "annex-demo/hello".')
        begin, limit = int(request.query.get("cursor", 0)), int(request.query.get("limit", 50))
        end = begin + limit
        page = VersionList(
            extension_id=_id("annex-demo/hello"),
            extension="annex-demo/hello",
            items=self.versions[begin:end],
            next_cursor=str(end) if end < len(self.versions) else None,
        )
        return _json(page.model_dump_json())

    async def get_version(self, request: web.Request) -> web.Response:
        self.admit(request)
        await self._misbehave(request, self.other_faults)
        row = self.find(request.match_info["version"])
        if row is None:
            raise Refused(404, "VERSION_NOT_FOUND", "annex-demo/hello has no such version.")
        told = {"capabilities": self.capabilities.get(row.version, [])} if self.tells_capabilities else {}
        schema = self.config_schemas.get(row.version)
        manifest = {"manifest": {"configSchema": schema}} if schema else {}
        return web.json_response({**row.model_dump(mode="json"), **told, **manifest})

    async def get_proof(self, request: web.Request) -> web.Response:
        self.admit(request)
        row = self.find(request.match_info["version"])
        if row is None:
            raise Refused(404, "VERSION_NOT_FOUND", "annex-demo/hello has no such version.")
        assert self.log is not None
        assert row.log_index is not None
        return web.Response(text=self.log.proof(row.log_index))

    async def get_log(self, request: web.Request) -> web.Response:
        await self._misbehave(request, self.log_faults)
        served = self.log.served(request.match_info["path"]) if self.log else None
        if served is None:
            raise Refused(404, "LOG_TILE_NOT_FOUND", "The signed part of the log has no such tile.")
        return web.Response(body=served)

    async def change_status(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        body = await request.json()
        row = self.find(request.match_info["version"])
        if row is None:
            raise Refused(404, "VERSION_NOT_FOUND", "annex-demo/hello has no such version.")
        wanted = "published" if body["status"] == "active" else body["status"]
        is_changed = not body["dry_run"] and (row.status, row.status_reason) != (wanted, body["reason"])
        if is_changed:
            place = self.versions.index(row)
            update = {"status": wanted, "status_reason": body["reason"]}
            self.versions[place] = row.model_copy(update=update)
        if not body["dry_run"]:
            await self._misbehave(request, self.other_faults)
        receipt = VersionStatusReceipt(
            extension="annex-demo/hello",
            version_id=row.version_id,
            version=row.version,
            status_before=row.status,
            status=row.status if body["dry_run"] else wanted,
            reason=body["reason"],
            changed=is_changed,
            dry_run=body["dry_run"],
            tenants_running=self.tenants_running,
        )
        return _json(receipt.model_dump_json())

    async def list_keys(self, request: web.Request) -> web.Response:
        self.admit(request)
        if request.match_info["slug"] != PUBLISHER:
            raise Refused(404, "PUBLISHER_NOT_FOUND", "There is no publisher of that name.")
        view = PublisherView(slug=PUBLISHER, keys=list(self.publisher_keys.values()))
        return _json(view.model_dump_json())

    async def add_key(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        body = AddPublisherKey.model_validate_json(await request.read())
        assert "PRIVATE" not in body.public_key_pem
        key_id = VerifyingKey.load(body.public_key_pem.encode()).key_id
        if key_id in self.publisher_keys or key_id in self.revoked_keys:
            raise Refused(409, "PUBLISHER_KEY_ALREADY_EXISTS", f"The key {key_id} was added before.")
        if "key_id" in request.match_info:
            self._revoke(request.match_info["key_id"])
        view = PublisherKeyView(
            key_id=key_id,
            added_at="2026-11-18T09:12:00Z",
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            log_index=len(self.publisher_keys) + 2 * len(self.revoked_keys),
        )
        self.publisher_keys[key_id] = view
        await self._misbehave(request, self.other_faults)
        return _json(view.model_dump_json(), status=HTTPStatus.CREATED)

    async def revoke_key(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        self._revoke(request.match_info["key_id"])
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _revoke(self, key_id: str) -> None:
        if self.publisher_keys.pop(key_id, None) is None:
            raise Refused(404, "PUBLISHER_KEY_NOT_FOUND", f'{PUBLISHER} has no active key "{key_id}".')
        self.revoked_keys.add(key_id)

    async def list_installs(self, request: web.Request) -> web.Response:
        self.admit(request)
        return _json(InstallViews(items=self.installs).model_dump_json())

    async def install(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        body = await request.json()
        if self.installs:
            raise Refused(409, "EXTENSION_ALREADY_INSTALLED", f"{body['extension']} is installed already.")
        row = self.find(body["version"])
        assert row is not None
        view = InstallView(
            install_id=_id("install"),
            extension_id=_id("annex-demo/hello"),
            extension=body["extension"],
            version_id=row.version_id,
            version=row.version,
            content_hash=row.content_hash,
            status="enabled",
            is_enabled=True,
            capabilities=self.capabilities.get(row.version, []),
            grants=sorted(body["grants"]),
            denied=sorted(body.get("denied", [])),
            config=body["config"],
            secret_names=[],
            revision=1,
            created_at=FIRST_TIME,
            updated_at=FIRST_TIME,
        )
        self.installs.append(view)
        await self._misbehave(request, self.install_faults)
        return _json(view.model_dump_json(), status=HTTPStatus.CREATED)

    async def change_install(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        body = await request.json()
        before = self._install(request)
        self._refuse_stale(before, body)
        if "version" in body and before.is_pinned:
            raise Refused(409, "INSTALL_PINNED", f"The install is pinned to {before.version}.")
        row = self.find(body["version"]) if "version" in body else None
        moved = {"version": row.version, "version_id": row.version_id} if row else {}
        asked = {"capabilities": self.capabilities.get(row.version, [])} if row else {}
        changeable = ("grants", "denied", "config", "is_pinned", "is_enabled")
        named = {key: body[key] for key in changeable if key in body}
        view = before.model_copy(update={**moved, **asked, **named})
        if view != before:
            self.former.append(before)
            view = self._kept(view)
        await self._misbehave(request, self.install_faults)
        return _json(view.model_dump_json())

    async def uninstall(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        self._install(request)
        self.installs.clear()
        await self._misbehave(request, self.install_faults)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def roll_back(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        body = await request.json()
        before = self._install(request)
        self._refuse_stale(before, body)
        wanted = body["version"]
        states = [
            one for one in self.former if one.version != before.version and wanted in (None, one.version)
        ]
        if not states:
            raise Refused(404, "NO_EARLIER_VERSION", "This install never ran another version.")
        self.former.append(before)
        view = self._kept(states[-1].model_copy(update={"revision": before.revision}))
        return _json(view.model_dump_json())

    async def list_secrets(self, request: web.Request) -> web.Response:
        self.admit(request)
        self._install(request)
        items = [
            SecretView(
                name=name,
                status="active",
                set_at=FIRST_TIME,
                set_by="admin",
                expires_at=expires_at,
                overdue_at=None,
                key_id="key",
            )
            for name, (_, expires_at) in sorted(self.secrets.items())
        ]
        return _json(SecretViews(items=items, max_age_days=None, overdue_policy="warn").model_dump_json())

    async def set_secret(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        before = self._install(request)
        wish = SetSecret.model_validate_json(await request.read())
        self.secrets[request.match_info["name"]] = (wish.value, wish.expires_at)
        view = self._kept(before.model_copy(update={"secret_names": sorted(self.secrets)}))
        return _json(view.model_dump_json())

    async def delete_secret(self, request: web.Request) -> web.Response:
        self.admit(request, ADMIN_KEY)
        before = self._install(request)
        if self.secrets.pop(request.match_info["name"], None) is None:
            raise Refused(404, "SECRET_NOT_FOUND", "This install has no such secret.")
        view = self._kept(before.model_copy(update={"secret_names": sorted(self.secrets)}))
        return _json(view.model_dump_json())

    def _install(self, request: web.Request) -> InstallView:
        if not self.installs or self.installs[0].install_id != request.match_info["install_id"]:
            raise Refused(404, "INSTALL_NOT_FOUND", "This tenant has no install with that id.")
        return self.installs[0]

    def _refuse_stale(self, install: InstallView, body: dict[str, Any]) -> None:
        if body.get("if_revision", install.revision) != install.revision:
            raise Refused(409, "INSTALL_CHANGED_MEANWHILE", "The install was changed meanwhile.")

    def _kept(self, view: InstallView) -> InstallView:
        self.installs[0] = view.model_copy(update={"revision": view.revision + 1})
        return self.installs[0]

    async def call(self, request: web.Request) -> web.Response:
        self.admit(request)
        if self.guest is None:
            raise Refused(404, "ENDPOINT_NOT_FOUND", "annex-demo/hello 1.0.0 has no endpoint GET /nothing.")
        return await self.guest(request)

    def admit(self, request: web.Request, *keys: str) -> None:
        if request.headers.get("x-api-key") not in (keys or (ADMIN_KEY, USER_KEY)):
            raise Refused(
                403,
                "PERMISSION_DENIED",
                "You need extension:publish in this tenant.",
                details={"permission": "extension:publish"},
            )

    async def _misbehave(self, request: web.Request, faults: list[Fault]) -> None:
        if faults:
            await self._fail(request, faults.pop(0))

    async def _fail(self, request: web.Request, fault: Fault) -> None:
        match fault:
            case Fault.BUSY:
                raise Refused(503, "REGISTRY_BUSY", "The registry is busy. Nothing changed.", retryable=True)
            case Fault.RATE_LIMITED:
                raise Refused(429, "RATE_LIMITED", "You have used your requests for this minute.")
            case Fault.HANG_BEFORE_COMMIT:
                await asyncio.sleep(60)
            case Fault.FOREIGN_PAGE_AFTER_COMMIT:
                raise web.HTTPBadGateway(text="<html>a proxy's own page</html>", content_type="text/html")
            case _:
                if request.transport is not None:
                    request.transport.abort()
                await asyncio.sleep(60)


@asynccontextmanager
async def running_gateway() -> AsyncIterator[Gateway]:
    """Serve a gateway on a free port of this machine."""
    gateway = Gateway()
    app = web.Application(client_max_size=1 << 26, middlewares=[_explained(gateway)])
    app.add_routes(
        [
            web.post("/api/ext-bundles/upload-proxy", gateway.upload),
            web.post("/api/ext-bundles/finalize", gateway.finalize),
            web.post("/api/ext-bundles/abort", gateway.abort),
            web.get("/api/v1/extensions/{publisher}/{name}/versions", gateway.list_versions),
            web.get("/api/v1/extensions/{publisher}/{name}/versions/{version}", gateway.get_version),
            web.get("/api/v1/extensions/{publisher}/{name}/versions/{version}/proof", gateway.get_proof),
            web.get("/log/{path:.+}", gateway.get_log),
            web.post("/api/ext-debug/stream", gateway.poll_lines),
            web.get("/api/ext-debug/stream", gateway.stream_lines),
            web.post(
                "/api/v1/extensions/{publisher}/{name}/versions/{version}/status", gateway.change_status
            ),
            web.get("/api/v1/publishers/{slug}", gateway.list_keys),
            web.post("/api/v1/publishers/{slug}/keys", gateway.add_key),
            web.post("/api/v1/publishers/{slug}/keys/{key_id}/rotate", gateway.add_key),
            web.delete("/api/v1/publishers/{slug}/keys/{key_id}", gateway.revoke_key),
            web.get("/api/v1/me", gateway.who),
            web.get("/api/v1/version", gateway.version),
            *gateway.devices.routes(),
            web.delete("/api/v1/api-keys/{key_id}", gateway.withdraw_key),
            web.get("/api/v1/installs", gateway.list_installs),
            web.post("/api/v1/installs", gateway.install),
            web.patch("/api/v1/installs/{install_id}", gateway.change_install),
            web.post("/api/v1/installs/{install_id}/rollback", gateway.roll_back),
            web.delete("/api/v1/installs/{install_id}", gateway.uninstall),
            *gateway.records.routes(),
            web.get("/api/v1/installs/{install_id}/secrets", gateway.list_secrets),
            web.put("/api/v1/installs/{install_id}/secrets/{name}", gateway.set_secret),
            web.delete("/api/v1/installs/{install_id}/secrets/{name}", gateway.delete_secret),
            web.route("*", "/api/ext/{extension}{path:/.*}", gateway.call),
            *gateway.controls.routes(gateway.admit),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gateway
    finally:
        await runner.cleanup()


def _explained(gateway: Gateway) -> Any:
    @web.middleware
    async def explain(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        async with gateway.arrival:
            gateway.requests.append(f"{request.method} {request.path}")
            gateway.arrival.notify_all()
        try:
            answer = await handler(request)
        except Refused as refused:
            return _problem(request, refused)
        answer.headers["x-request-id"] = REQUEST_ID
        return answer

    return explain


def _problem(request: web.Request, refused: Refused) -> web.Response:
    document = {
        "type": f"/errors/{refused.code.lower().replace('_', '-')}",
        "title": refused.code.capitalize().replace("_", " "),
        "status": refused.status,
        "detail": refused.message,
        "instance": request.path,
        "code": refused.code,
        "message": refused.message,
        "request_id": REQUEST_ID,
        **refused.more,
    }
    # Lower-case names, as the platform writes them: header names must be found in any case.
    headers = {
        "content-type": PROBLEM_JSON,
        PLATFORM_PROBLEM_HEADER: refused.code,
        "x-request-id": REQUEST_ID,
    }
    return web.Response(status=refused.status, body=json.dumps(document).encode(), headers=headers)


def _json(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, body=text.encode(), headers={"content-type": "application/json", **(headers or {})}
    )


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))
