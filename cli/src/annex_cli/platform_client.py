"""The gateway's public API as a client sees it; a library without a terminal.

Every method raises PlatformRefused (the platform said no and why), PlatformUnreachable (no answer) or
AnswerNotUnderstood (an answer that is not the platform's).
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlencode
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import ClientSession, ClientTimeout, hdrs
from pydantic import BaseModel, ValidationError
from yarl import URL

from annex_cli.errors import AnswerNotUnderstood, PlatformRefused, PlatformUnreachable
from annex_cli.identity import GatewayVersion, Me
from annex_cli.request_phases import request_phases, watched_phase
from annex_cli.server_events import DebugLinesPage, ServerEvent, server_events
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.controls import (
    ControlChangeViews,
    ControlsView,
    KillSwitchView,
    KillSwitchViews,
    SetControls,
    TurnOnKillSwitch,
)
from annex_shared.contracts.installs import (
    ChangeInstall,
    CreateInstall,
    InstallView,
    InstallViews,
    RollBackInstall,
)
from annex_shared.contracts.limits import LimitViews
from annex_shared.contracts.problems import PROBLEM_JSON, ProblemDocument
from annex_shared.contracts.publish import (
    AbortReceipt,
    AbortUpload,
    AddPublisherKey,
    FinalizeUpload,
    PublisherKeyView,
    PublisherView,
    PublishReceipt,
    UploadReceipt,
)
from annex_shared.contracts.secrets import SecretViews, SetSecret
from annex_shared.contracts.trusted_publishing import (
    AddTrustedPublisher,
    ChangeTrustedOnly,
    ExchangeIdToken,
    PublishToken,
    TrustedOnlyView,
    TrustedPublisherView,
    TrustedPublisherViews,
    TrustedPublishingInfo,
)
from annex_shared.contracts.versions import (
    ChangeVersionStatus,
    VersionDetail,
    VersionList,
    VersionStatusReceipt,
)

_FIRST_REFUSAL = 400
_CHUNK_BYTES = 256 * 1024
_DEBUG_STREAM = "/api/ext-debug/stream"
# The platform says something every few seconds, if only that it is there.
_SILENCE_SECONDS = 30

# From here on the platform may have done what it was asked for.
_SENT = frozenset({"send", "wait"})
_TOO_LATE = {
    "resolve": "has a name that was not resolved within {}",
    "connect": "was not reached within {}",
    "send": "did not answer within {}",
    "wait": "did not answer within {}",
}

Answered = TypeVar("Answered", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read whole; ``headers`` are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Published:
    """What finalize answered; ``is_replayed`` when it is the stored answer of an earlier attempt."""

    receipt: PublishReceipt
    is_replayed: bool


@dataclass(frozen=True, slots=True)
class PlatformClient:
    """Calls one gateway with one API key, "" for what is public; ``timeout_seconds`` bounds every request."""

    session: ClientSession
    gateway_url: str
    api_key: str
    tenant_id: str | None = None
    timeout_seconds: float = 60

    async def upload(
        self,
        archive: Path,
        *,
        size_bytes: int,
        declared_hash: ContentHash,
        on_bytes: Callable[[int], None] | None = None,
    ) -> UploadReceipt:
        """Stage an archive; nothing is published yet. ``on_bytes`` hears how many bytes have left."""
        query = urlencode({"filename": archive.name, "size": size_bytes, "declaredHash": str(declared_hash)})
        answer = await self.request(
            "POST",
            f"/api/ext-bundles/upload-proxy?{query}",
            body=_chunks(archive, on_bytes),
            headers={hdrs.CONTENT_TYPE: "application/octet-stream", hdrs.CONTENT_LENGTH: str(size_bytes)},
        )
        return _read(UploadReceipt, answer)

    async def finalize(self, upload: FinalizeUpload, *, idempotency_key: str) -> Published:
        """Publish what was staged, once and for good."""
        answer = await self._send_json(
            "POST", "/api/ext-bundles/finalize", upload, headers={"Idempotency-Key": idempotency_key}
        )
        return Published(_read(PublishReceipt, answer), "Idempotency-Replayed" in answer.headers)

    async def abort(self, key: str) -> AbortReceipt:
        return _read(
            AbortReceipt, await self._send_json("POST", "/api/ext-bundles/abort", AbortUpload(key=key))
        )

    async def versions(self, extension: str, *, limit: int = 50, cursor: str | None = None) -> VersionList:
        """List versions, newest first; ``extension`` is an id, ``publisher/name`` or ``publisher.name``."""
        query = urlencode({"limit": limit, **({"cursor": cursor} if cursor else {})})
        answer = await self.request("GET", f"/api/v1/extensions/{_path(extension)}/versions?{query}")
        return _read(VersionList, answer)

    async def version(self, extension: str, version: str) -> VersionDetail:
        """Read the version that holds a number, build metadata aside; ``extension`` is ``publisher/name``."""
        path = f"/api/v1/extensions/{_path(extension)}/versions/{quote(version, safe='')}"
        return _read(VersionDetail, await self.request("GET", path))

    async def proof(self, extension: str, version: str) -> bytes:
        """Read the log proof of a version (c2sp.org/tlog-proof), without believing it."""
        path = f"/api/v1/extensions/{_path(extension)}/versions/{quote(version, safe='')}/proof"
        return (await self.request("GET", path)).body

    async def change_version_status(
        self, extension: str, version: str, change: ChangeVersionStatus
    ) -> VersionStatusReceipt:
        """Say something of a version; said twice, it is recorded once."""
        path = f"/api/v1/extensions/{_path(extension)}/versions/{quote(version, safe='')}/status"
        return _read(VersionStatusReceipt, await self._send_json("POST", path, change))

    async def publisher(self, slug: str) -> PublisherView:
        """Read a publisher and the keys that count."""
        return _read(PublisherView, await self.request("GET", f"/api/v1/publishers/{_path(slug)}"))

    async def add_key(self, slug: str, key: AddPublisherKey) -> PublisherKeyView:
        path = f"/api/v1/publishers/{_path(slug)}/keys"
        return _read(PublisherKeyView, await self._send_json("POST", path, key))

    async def rotate_key(self, slug: str, key_id: str, key: AddPublisherKey) -> PublisherKeyView:
        """Add a key and revoke another: both, or neither."""
        path = f"/api/v1/publishers/{_path(slug)}/keys/{_path(key_id)}/rotate"
        return _read(PublisherKeyView, await self._send_json("POST", path, key))

    async def revoke_key(self, slug: str, key_id: str) -> None:
        await self.request("DELETE", f"/api/v1/publishers/{_path(slug)}/keys/{_path(key_id)}")

    async def trusted_publishing(self) -> TrustedPublishingInfo:
        return _read(TrustedPublishingInfo, await self.request("GET", "/api/v1/trusted-publishing"))

    async def exchange_id_token(self, wish: ExchangeIdToken) -> PublishToken:
        """Exchange an issuer's token, once, for one that publishes one extension."""
        return _read(PublishToken, await self._send_json("POST", "/api/v1/trusted-publishing/token", wish))

    async def trusted_publishers(self, slug: str) -> TrustedPublisherViews:
        path = f"/api/v1/publishers/{_path(slug)}/trusted-publishers"
        return _read(TrustedPublisherViews, await self.request("GET", path))

    async def add_trusted_publisher(self, slug: str, wish: AddTrustedPublisher) -> TrustedPublisherView:
        path = f"/api/v1/publishers/{_path(slug)}/trusted-publishers"
        return _read(TrustedPublisherView, await self._send_json("POST", path, wish))

    async def remove_trusted_publisher(self, slug: str, trusted_id: str) -> None:
        await self.request(
            "DELETE", f"/api/v1/publishers/{_path(slug)}/trusted-publishers/{_path(trusted_id)}"
        )

    async def change_trusted_only(self, extension: str, wish: ChangeTrustedOnly) -> TrustedOnlyView:
        path = f"/api/v1/extensions/{_path(extension)}/trusted-only"
        return _read(TrustedOnlyView, await self._send_json("PUT", path, wish))

    async def me(self) -> Me | None:
        """Ask who this key is; None where the platform is too old to tell."""
        answer = await self.send("GET", "/api/v1/me")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if answer.status >= _FIRST_REFUSAL:
            raise refusal_of(answer)
        return _read(Me, answer)

    async def gateway_version(self) -> GatewayVersion:
        return _read(GatewayVersion, await self.request("GET", "/api/v1/version"))

    async def installs(self) -> InstallViews:
        return _read(InstallViews, await self.request("GET", "/api/v1/installs"))

    async def install(self, create: CreateInstall) -> InstallView:
        return _read(InstallView, await self._send_json("POST", "/api/v1/installs", create))

    async def change_install(self, install_id: str, change: ChangeInstall) -> InstallView:
        answer = await self._send_json("PATCH", f"/api/v1/installs/{_path(install_id)}", change)
        return _read(InstallView, answer)

    async def roll_back_install(self, install_id: str, wish: RollBackInstall) -> InstallView:
        answer = await self._send_json("POST", f"/api/v1/installs/{_path(install_id)}/rollback", wish)
        return _read(InstallView, answer)

    async def secrets(self, install_id: str) -> SecretViews:
        answer = await self.request("GET", f"/api/v1/installs/{_path(install_id)}/secrets")
        return _read(SecretViews, answer)

    async def set_secret(self, install_id: str, name: str, wish: SetSecret) -> InstallView:
        path = f"/api/v1/installs/{_path(install_id)}/secrets/{quote(name, safe='')}"
        return _read(InstallView, await self._send_json("PUT", path, wish))

    async def delete_secret(self, install_id: str, name: str) -> InstallView:
        path = f"/api/v1/installs/{_path(install_id)}/secrets/{quote(name, safe='')}"
        return _read(InstallView, await self.request("DELETE", path))

    async def controls(self, address: str) -> ControlsView:
        """Read what is said at a place; ``address`` is one of ``controls.ControlsPlace``."""
        return _read(ControlsView, await self.request("GET", address))

    async def set_controls(self, address: str, wish: SetControls) -> ControlsView:
        return _read(ControlsView, await self._send_json("PUT", address, wish))

    async def control_history(
        self, address: str, *, limit: int, after: str | None = None
    ) -> ControlChangeViews:
        query = urlencode({"limit": limit, **({"after": after} if after else {})})
        return _read(ControlChangeViews, await self.request("GET", f"{address}/history?{query}"))

    async def kill_switches(self) -> KillSwitchViews:
        return _read(KillSwitchViews, await self.request("GET", "/api/v1/kill-switches"))

    async def turn_on(self, wish: TurnOnKillSwitch) -> KillSwitchView:
        return _read(KillSwitchView, await self._send_json("POST", "/api/v1/kill-switches", wish))

    async def turn_off(self, switch_id: str, reason: str) -> None:
        query = urlencode({"reason": reason})
        await self.request("DELETE", f"/api/v1/kill-switches/{_path(switch_id)}?{query}")

    async def limits(self) -> LimitViews:
        return _read(LimitViews, await self.request("GET", "/.well-known/limits.json"))

    async def request(
        self,
        method: str,
        path_and_query: str,
        *,
        body: bytes | AsyncIterator[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; a problem document is raised as PlatformRefused."""
        answer = await self.send(method, path_and_query, body=body, headers=headers)
        if answer.status >= _FIRST_REFUSAL:
            raise refusal_of(answer)
        return answer

    async def send(
        self,
        method: str,
        path_and_query: str,
        *,
        body: bytes | AsyncIterator[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; any status is an answer."""
        sent = {hdrs.ACCEPT_ENCODING: "identity", **(headers or {})}
        if self.api_key:
            sent["x-api-key"] = self.api_key
        if self.tenant_id:
            sent["x-tenant-id"] = self.tenant_id
        with watched_phase() as phase:
            try:
                async with self.session.request(
                    method,
                    URL(self.gateway_url.rstrip("/") + path_and_query, encoded=True),
                    data=body,
                    headers=sent,
                    timeout=ClientTimeout(total=self.timeout_seconds),
                    allow_redirects=False,
                ) as answer:
                    phase.name = "wait"
                    return Answer(answer.status, answer.headers, await answer.read())
            except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
                raise self._unreachable(error, phase.name) from None

    async def send_document(self, method: str, path: str, document: Mapping[str, object]) -> Answer:
        """Send a JSON document; any status is an answer."""
        return await self.send(
            method, path, body=json.dumps(document).encode(), headers={hdrs.CONTENT_TYPE: "application/json"}
        )

    async def debug_lines(self, query: str) -> DebugLinesPage:
        """Read the last lines of an extension."""
        return _read(DebugLinesPage, await self.request("POST", f"{_DEBUG_STREAM}?{query}"))

    @asynccontextmanager
    async def debug_stream(
        self, query: str, *, last_event_id: str | None
    ) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        """Open the live lines of an extension; a silence of half a minute counts as a lost connection."""
        sent = {hdrs.ACCEPT: "text/event-stream", hdrs.ACCEPT_ENCODING: "identity", "x-api-key": self.api_key}
        if self.tenant_id:
            sent["x-tenant-id"] = self.tenant_id
        if last_event_id is not None:
            sent["Last-Event-ID"] = last_event_id
        url = URL(f"{self.gateway_url.rstrip('/')}{_DEBUG_STREAM}?{query}", encoded=True)
        timeout = ClientTimeout(total=None, sock_connect=self.timeout_seconds, sock_read=_SILENCE_SECONDS)
        try:
            async with self.session.get(url, headers=sent, timeout=timeout, allow_redirects=False) as answer:
                if answer.status >= _FIRST_REFUSAL:
                    raise refusal_of(Answer(answer.status, answer.headers, await answer.read()))
                yield server_events(answer.content)
        except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
            raise self._unreachable(error, "wait") from None

    async def _send_json(
        self, method: str, path: str, body: BaseModel, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return await self.request(
            method,
            path,
            body=body.model_dump_json(by_alias=True, exclude_unset=True).encode(),
            headers={hdrs.CONTENT_TYPE: "application/json", **(headers or {})},
        )

    def _unreachable(self, error: Exception, phase: str) -> PlatformUnreachable:
        """Say where the request ended; only before the connection stood is it sure that nothing was done."""
        match error:
            case TimeoutError():
                what, phase = _TOO_LATE[phase].format(f"{self.timeout_seconds:.3g} s"), _settled(phase)
            case aiohttp.ClientConnectorDNSError():
                what, phase = "has a name that does not resolve", "resolve"
            case aiohttp.ClientSSLError():
                what, phase = "has a certificate or TLS version that is not accepted", "TLS"
            case aiohttp.ClientConnectorError() | aiohttp.ClientProxyConnectionError():
                what, phase = "refused the connection", "connect"
            case _:
                what, phase = "cut the connection before its answer", _settled(phase)
        url = URL(self.gateway_url)
        proxy = _proxy_for(url)
        via = f" The proxy in use is {proxy}." if proxy else ""
        return PlatformUnreachable(
            f"The gateway {url.origin()} {what}.{via}",
            is_sent=phase in _SENT,
            phase=phase,
            host=url.raw_authority,
            proxy=proxy,
        )


@asynccontextmanager
async def platform_client(
    gateway_url: str,
    api_key: str,
    *,
    tenant_id: str | None = None,
    timeout_seconds: float = 60,
    trace: aiohttp.TraceConfig | None = None,
) -> AsyncIterator[PlatformClient]:
    """Open a client with a session of its own; proxies come from the environment, as people expect."""
    traces = [request_phases(), *([trace] if trace else [])]
    async with ClientSession(
        trust_env=True,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=traces,
        headers={hdrs.USER_AGENT: f"annex/{version('annex-cli')}"},
    ) as session:
        yield PlatformClient(session, gateway_url, api_key, tenant_id, timeout_seconds)


def _settled(phase: str) -> str:
    """Name the phase: a body leaves unseen, so once the connection stands the answer is missing."""
    return "wait" if phase in _SENT else phase


def _proxy_for(url: URL) -> str | None:
    """Name the proxy that the environment sets for an address, without its credentials."""
    proxy = getproxies().get(url.scheme)
    if proxy is None or proxy_bypass(url.host or ""):
        return None
    return str(URL(proxy).origin())


async def _chunks(archive: Path, on_bytes: Callable[[int], None] | None) -> AsyncIterator[bytes]:
    sent = 0
    with archive.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
            sent += len(chunk)
            if on_bytes is not None:
                on_bytes(sent)


def _path(text: str) -> str:
    return "/".join(quote(part, safe="") for part in text.split("/"))


def _read(kind: type[Answered], answer: Answer) -> Answered:
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError:
        raise AnswerNotUnderstood(
            f"The answer ({answer.status}) is not what this version of annex understands. Is --gateway right?"
        ) from None


def refusal_of(answer: Answer) -> PlatformRefused | AnswerNotUnderstood:
    content_type = answer.headers.get("Content-Type", "")
    if not content_type.startswith(PROBLEM_JSON):
        return AnswerNotUnderstood(f"The answer is {answer.status} without a reason. Is --gateway right?")
    retry_after = answer.headers.get("Retry-After", "")
    seconds = int(retry_after) if retry_after.isdecimal() else None
    return PlatformRefused(_read(ProblemDocument, answer), retry_after_seconds=seconds)


def read_answer(kind: type[Answered], answer: Answer) -> Answered:
    """Read an answer as what it must be, for requests made elsewhere. Raises AnswerNotUnderstood."""
    return _read(kind, answer)
