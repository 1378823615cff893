"""``alga:extension/http``: a guest's request to another server, each condition in its own line."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin

import structlog

from annex_runner_proxy.actions.host.secrets import open_secret
from annex_runner_proxy.domain.egress import (
    METHODS,
    SAFE_METHODS,
    EgressFailed,
    EgressPolicy,
    SubrequestMeter,
    begin_subrequest,
)
from annex_runner_proxy.domain.execution import HeaderPairs
from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction
from annex_runner_proxy.domain.ports import Resolver, Secrets, Sender, WireAnswer, WireRequest
from annex_runner_proxy.domain.request_headers import check_headers, for_another_origin, sendable_headers
from annex_runner_proxy.domain.secret_templates import (
    Outgoing,
    bytes_without_values,
    filled,
    has_secret,
    named_secrets,
    without_values,
)
from annex_runner_proxy.domain.web_target import InvalidUrl, Target, parse_target
from annex_shared.errors import AnnexError
from annex_shared.observability.trace_context import TRACEPARENT_HEADER
from annex_shared.web_hosts import IpAddress, address_of

HTTP_FETCH: Final = "cap:http.fetch"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER: Final = 303
_REWRITTEN: Final = frozenset({301, 302})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Egress:
    """What requests of guests go through. ``max_redirects`` 0 hands a redirect to the guest as it is."""

    resolver: Resolver
    sender: Sender
    secrets: Secrets
    policy: EgressPolicy
    request_seconds: float = 10.0
    resolve_seconds: float = 5.0
    max_redirects: int = 0


def http_functions(egress: Egress) -> HostApi:
    return {"http.fetch": HostFunction(partial(_fetch, egress), HTTP_FETCH, denied=("err", "not-allowed"))}


async def _fetch(egress: Egress, scope: CallScope, request: dict[str, Any]) -> tuple[str, Any]:
    try:
        answer = await _answered(egress, scope, request)
    except EgressFailed as failed:
        # Neither address nor headers: both may carry what only the extension and its host may know.
        log.info(
            "egress_failed",
            error=failed.error,
            reason=failed.reason,
            tenant_id=str(scope.install.tenant_id),
            install_id=str(scope.install.install_id),
            execution_id=str(scope.execution_id),
            request_id=scope.request_id,
        )
        return "err", failed.error
    return "ok", {
        "status": answer.status,
        "headers": [{"name": name, "value": value} for name, value in answer.headers],
        "body": answer.body,
    }


async def _answered(egress: Egress, scope: CallScope, request: dict[str, Any]) -> WireAnswer:
    wanted = _outgoing(request)
    for _ in range(egress.max_redirects + 1):
        meter = begin_subrequest(scope)
        scope.subrequests_in_flight += 1
        try:
            async with asyncio.timeout(min(egress.request_seconds, scope.remaining_seconds())):
                answer = await _one(egress, scope, wanted, meter)
        except TimeoutError:
            raise EgressFailed("transport", "the answer took too long") from None
        finally:
            scope.subrequests_in_flight -= 1
        following = _redirected(wanted, answer) if egress.max_redirects else None
        if following is None:
            return answer
        wanted = following
    raise EgressFailed("transport", "the answer leads from one address to the next")


async def _one(egress: Egress, scope: CallScope, wanted: Outgoing, meter: SubrequestMeter) -> WireAnswer:
    """Judge one address and ask it. Nothing is opened, looked up or sent before the step above it passed."""
    egress.policy.require_host(scope.install, wanted.target)
    _require_bound(scope, wanted)
    addresses = egress.policy.usable(wanted.target.host, await _addresses(egress, scope, wanted.target))
    values = await _opened(egress, scope, wanted)
    ready = filled(wanted, values) if values else wanted
    check_headers(ready.headers)

    def before_sending() -> None:
        if ready.method not in SAFE_METHODS:
            scope.count_effect()

    headers = _traced(ready.headers, scope.traceparent)
    wire = WireRequest(ready.method, ready.target, headers, ready.body)
    answer = await egress.sender.send(wire, addresses, meter=meter, before_sending=before_sending)
    return _without_secrets(answer, values) if values else answer


def _traced(headers: HeaderPairs, traceparent: str | None) -> HeaderPairs:
    """Say which trace a request belongs to, unless the guest has a trace of its own."""
    if traceparent is None or any(name == TRACEPARENT_HEADER for name, _ in headers):
        return headers
    return (*headers, (TRACEPARENT_HEADER, traceparent))


def _outgoing(request: dict[str, Any]) -> Outgoing:
    method = str(request["method"]).upper()
    if method not in METHODS:
        raise EgressFailed("not-allowed", "the method is not one that may be used")
    try:
        target = parse_target(request["url"])
    except InvalidUrl as error:
        raise EgressFailed("invalid-url", str(error)) from None
    headers = sendable_headers((field["name"], field["value"]) for field in request["headers"])
    return Outgoing(method, target, headers, request["body"])


def _require_bound(scope: CallScope, wanted: Outgoing) -> None:
    """Refuse a template for a host its secret is not bound to: what is not bound goes nowhere."""
    for name in named_secrets(wanted):
        secret = next((one for one in scope.install.secrets if one.name == name), None)
        if secret is None or not any(host.matches(*wanted.target.origin) for host in secret.hosts):
            raise EgressFailed("not-allowed", "a secret is not bound to the host")


async def _addresses(egress: Egress, scope: CallScope, target: Target) -> list[IpAddress]:
    literal = address_of(target.host)
    if literal is not None:
        return [literal]
    try:
        async with asyncio.timeout(egress.resolve_seconds):
            return [
                *await egress.resolver.resolve(target.host, target.port, tenant_id=scope.install.tenant_id)
            ]
    except TimeoutError:
        raise EgressFailed("transport", "the name took too long to resolve") from None


async def _opened(egress: Egress, scope: CallScope, wanted: Outgoing) -> dict[str, str]:
    values = {}
    for name in named_secrets(wanted):
        try:
            value = await open_secret(egress.secrets, scope, name)
        except AnnexError as error:
            raise EgressFailed("internal", f"a secret cannot be opened: {type(error).__name__}") from None
        if value is None:
            raise EgressFailed("not-allowed", "a secret is missing or expired")
        values[name] = value
    return values


def _without_secrets(answer: WireAnswer, values: dict[str, str]) -> WireAnswer:
    headers = tuple((name, without_values(value, values)) for name, value in answer.headers)
    return WireAnswer(answer.status, headers, bytes_without_values(answer.body, values))


def _redirected(wanted: Outgoing, answer: WireAnswer) -> Outgoing | None:
    """Return the request a redirect asks for; it passes every check like the first. Raises EgressFailed."""
    location = next((value for name, value in answer.headers if name == "location"), None)
    if answer.status not in _REDIRECTS or location is None:
        return None
    try:
        target = parse_target(urljoin(str(wanted.target), location))
    except (InvalidUrl, ValueError):
        raise EgressFailed("invalid-url", "the answer leads to no usable address") from None
    following = replace(wanted, target=target)
    if wanted.target.scheme == "https" and target.scheme == "http":
        raise EgressFailed("not-allowed", "the answer leads from https to http")
    if target.origin != wanted.target.origin:
        kept = (pair for pair in for_another_origin(wanted.headers) if not has_secret(pair[1]))
        following = replace(following, headers=tuple(kept))
    is_get = answer.status == _SEE_OTHER or (answer.status in _REWRITTEN and wanted.method == "POST")
    if is_get and wanted.method != "HEAD":
        unframed = tuple(pair for pair in following.headers if not pair[0].startswith("content-"))
        following = replace(following, method="GET", body=None, headers=unframed)
    return following
