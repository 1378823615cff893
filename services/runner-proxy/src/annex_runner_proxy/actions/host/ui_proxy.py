"""``alga:extension/ui-proxy``: routes of the host application, as the predecessor's runner called them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from annex_runner_proxy.actions.host.secrets import open_secret
from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction
from annex_runner_proxy.domain.ports import HostApplication, Secrets
from annex_shared.errors import AnnexError
from annex_shared.observability.trace_context import TRACEPARENT_HEADER

UI_PROXY: Final = "cap:ui.proxy"
_API_KEY: Final = "api_key"
_MAX_ROUTE: Final = 2_048
_OK, _BAD, _NOT_FOUND, _SERVER = 200, 400, 404, 500
_DENIED: Final = frozenset({401, 403, 429})


class RouteRefused(Exception):
    """A route is none that a browser would read as it stands."""


@dataclass(frozen=True, slots=True)
class UiProxy:
    """``application`` None answers every route with route-not-found."""

    application: HostApplication | None
    secrets: Secrets
    timeout_seconds: float = 5.0
    auth_key: str | None = None


def ui_proxy_functions(proxy: UiProxy) -> HostApi:
    return {"ui-proxy.call-route": HostFunction(partial(_call, proxy), UI_PROXY, denied=("err", "denied"))}


async def _call(proxy: UiProxy, scope: CallScope, route: str, payload: bytes | None) -> tuple[str, Any]:
    if proxy.application is None:
        return "err", "route-not-found"
    try:
        path = path_of(route, str(scope.install.extension_id))
    except RouteRefused:
        return "err", "bad-request"
    try:
        headers = await _headers(proxy, scope)
    except AnnexError:
        return "err", "internal"
    if payload is not None:
        scope.count_effect()
        headers["content-type"] = "application/json"
    reply = await proxy.application.ask(
        "GET" if payload is None else "POST",
        path,
        headers=headers,
        body=payload,
        timeout_seconds=min(proxy.timeout_seconds, scope.remaining_seconds()),
    )
    return ("err", "internal") if reply is None else _result(reply.status, reply.content)


def path_of(route: str, extension_id: str) -> str:
    """Return the path to ask for. Raises RouteRefused.

    What begins with `api/` is the host application's, everything else lies below the extension's id. No
    spelling of `.` or `..` leaves it.
    """
    text = route.strip(" ")
    if len(text) > _MAX_ROUTE or not text.isascii() or not text.isprintable() or not text:
        raise RouteRefused
    if any(char in text for char in ' \\#"<>^`{|}'):
        raise RouteRefused
    path, question, query = text.partition("?")
    path = path.removeprefix("/")
    segments = path.split("/")
    for segment in segments:
        plain = unquote(unquote(segment))
        if plain in {".", ".."} or any(mark in plain for mark in "/\\") or not plain.isprintable():
            raise RouteRefused
    if any(not segment for segment in segments[:-1]):
        raise RouteRefused
    base = f"/{path}" if path.startswith("api/") else f"/{extension_id}/{path}"
    return f"{base}{question}{query}"


async def _headers(proxy: UiProxy, scope: CallScope) -> dict[str, str]:
    install = scope.install
    headers = {
        "x-request-id": scope.request_id,
        "x-alga-tenant": str(install.tenant_id),
        "x-alga-extension": str(install.extension_id),
        "x-ext-install-id": str(install.install_id),
        "x-ext-version-id": install.version_id,
    }
    if scope.traceparent is not None:
        headers[TRACEPARENT_HEADER] = scope.traceparent
    if scope.user is not None:
        headers |= {"x-user-id": scope.user.user_id, "x-user-email": scope.user.user_email}
    if proxy.auth_key is not None:
        headers["authorization"] = f"Bearer {proxy.auth_key}"
    key = await open_secret(proxy.secrets, scope, _API_KEY)
    if key is not None:
        headers["x-api-key"] = key
    return sendable(headers)


def sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """Leave out what cannot stand in a header; a name or key with a line end is nobody's."""
    return {name: value for name, value in headers.items() if value.isprintable()}


def _result(status: int, content: bytes) -> tuple[str, Any]:
    if _OK <= status < _OK + 100:
        return "ok", content
    if status in _DENIED:
        return "err", "denied"
    if status == _NOT_FOUND:
        return "err", "route-not-found"
    return ("err", "bad-request") if _BAD <= status < _SERVER else ("err", "internal")
