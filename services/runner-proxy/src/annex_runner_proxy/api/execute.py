"""`POST /v1/execute`: 200 and the contract's body whenever the guest answered, a problem otherwise."""

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_runner_proxy.actions.account_for import usage_of
from annex_runner_proxy.actions.execute import ExecutionPorts, execute
from annex_runner_proxy.api.callers import is_compatible, is_legacy
from annex_runner_proxy.api.compatibility import (
    answered_as_predecessor,
    compatible_response,
    egress_of,
    narrowing_of,
    refuse_unknown_capabilities,
    require_routing_headers,
)
from annex_runner_proxy.domain.errors import CallerRefused
from annex_runner_proxy.domain.execution import Execution, GuestAnswer, GuestRequest, User
from annex_runner_proxy.domain.narrowing import NOTHING_TAKEN, Narrowing
from annex_shared.clock import Clock, NewId, SystemClock
from annex_shared.contracts.execute import (
    ExecuteHttp,
    ExecuteRequest,
    ExecuteResponse,
    ExecuteUser,
)
from annex_shared.http.problems import BodyTooLarge, InvalidRequest
from annex_shared.http.request_id import REQUEST_ID
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import ExtensionId, InstallId, TenantId, parse_uuid
from annex_shared.service_tokens import Caller

CONFIG_VERSION_HEADER = "x-ext-config-version"
SECRETS_VERSION_HEADER = "x-ext-secrets-version"
EXECUTION_ID_HEADER = "x-annex-execution-id"
# Who has extensions run (architecture, section 2), and a runner-proxy whose remote runner this one is.
_CALLERS = frozenset({"gateway", "runner-proxy"})


def execute_handler(
    ports: ExecutionPorts,
    *,
    max_request_bytes: int,
    new_id: NewId,
    compatible_by_default: bool = False,
    monotonic: Callable[[], float] = time.monotonic,
    clock: Clock | None = None,
) -> Handler:
    """Make the handler; a request with ``X-Execute-Compat: alga`` is answered as the predecessor does."""
    clock = clock or SystemClock()

    async def post_execute(request: web.Request) -> web.Response:
        started = monotonic()
        document = ExecuteRequest.model_validate_json(await request.read())
        _check_caller(caller_of(request), document.context.tenant_id)
        execution = _to_execution(
            document, request, execution_id=new_id(), started=started, max_request_bytes=max_request_bytes
        )
        answer = await execute(execution, ports=ports)
        return _presented(answer, execution.execution_id)

    async def post_compatible(request: web.Request) -> web.Response:
        started = monotonic()
        document = ExecuteRequest.model_validate_json(await request.read())
        caller = caller_of(request)
        require_routing_headers(request.headers, document)
        _check_caller(caller, document.context.tenant_id)
        capabilities = refuse_unknown_capabilities(document)
        execution = _to_execution(
            document, request, execution_id=new_id(), started=started, max_request_bytes=max_request_bytes
        )
        if is_legacy(caller):
            narrowing = narrowing_of(document, capabilities=capabilities, clock=clock)
            execution = replace(execution, narrowing=narrowing)
        answer = await execute(execution, ports=ports)
        return compatible_response(
            _document(answer, execution.execution_id),
            headers={EXECUTION_ID_HEADER: str(execution.execution_id)},
        )

    compatible = answered_as_predecessor(post_compatible)

    async def post(request: web.Request) -> web.StreamResponse:
        if is_compatible(request, by_default=compatible_by_default):
            return await compatible(request)
        return await post_execute(request)

    return post


def _check_caller(caller: Caller, tenant_id: str) -> None:
    if caller.issuer not in _CALLERS and not is_legacy(caller):
        raise CallerRefused("Only the gateway has extensions run.")
    if caller.tenant_id is not None and str(caller.tenant_id) != tenant_id:
        raise CallerRefused("The service token speaks for another tenant than the request names.")


def _to_execution(
    document: ExecuteRequest,
    request: web.Request,
    *,
    execution_id: UUID,
    started: float,
    max_request_bytes: int,
) -> Execution:
    context = document.context
    install = context.install_id
    return Execution(
        execution_id=execution_id,
        request_id=context.request_id or str(request[REQUEST_ID]),
        tenant_id=TenantId(parse_uuid(context.tenant_id, field="context.tenant_id")),
        extension_id=ExtensionId(parse_uuid(context.extension_id, field="context.extension_id")),
        install_id=InstallId(parse_uuid(install, field="context.install_id")) if install else None,
        content_hash=context.content_hash,
        request=_to_guest_request(document.http, max_request_bytes),
        timeout_ms=document.limits.timeout_ms,
        memory_mb=document.limits.memory_mb,
        cpu_ms=document.limits.cpu_ms,
        fuel=document.limits.fuel,
        started=started,
        config_version=_version(request, CONFIG_VERSION_HEADER),
        secrets_version=_version(request, SECRETS_VERSION_HEADER),
        trigger=context.trigger,
        user=None if document.user is None else _to_user(document.user),
        narrowing=NOTHING_TAKEN if document.egress_hosts is None else Narrowing(egress=egress_of(document)),
    )


def _to_user(user: ExecuteUser) -> User:
    return User(
        user_id=user.user_id,
        user_email=user.user_email,
        user_name=user.user_name,
        user_type=user.user_type,
        client_name=user.client_name,
        client_id=user.client_id,
        additional_fields=tuple(user.additional_fields.items()),
    )


def _to_guest_request(http: ExecuteHttp, max_request_bytes: int) -> GuestRequest:
    query = http.query_pairs()
    return GuestRequest(
        method=http.method.upper(),
        url=f"{http.path}?{urlencode(query)}" if query else http.path,
        headers=tuple(http.header_pairs()),
        body=None if http.body_b64 is None else _decoded(http.body_b64, max_request_bytes),
    )


def _decoded(body_b64: str, max_request_bytes: int) -> bytes:
    try:
        body = base64.b64decode(body_b64, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest('"http.body_b64": it is not base64.') from None
    if len(body) > max_request_bytes:
        raise BodyTooLarge(
            f"The body of {len(body)} bytes is over the limit of {max_request_bytes}. Nothing was run.",
            details={"limit": max_request_bytes, "size_bytes": len(body)},
        )
    return body


def _version(request: web.Request, header: str) -> int:
    """Read a version a caller knows; one that is not a number says nothing."""
    text = request.headers.get(header, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else 0  # noqa: PLR2004 - 64 bits


def _document(answer: GuestAnswer, execution_id: UUID) -> ExecuteResponse:
    return ExecuteResponse(
        status=answer.status,
        headers=dict(answer.headers),
        headers_list=list(answer.headers),
        body_b64=None if answer.body is None else base64.b64encode(answer.body).decode("ascii"),
        execution_id=str(execution_id),
        usage=None if answer.account is None else usage_of(answer.account),
        effects=answer.effects,
    )


def _presented(answer: GuestAnswer, execution_id: UUID) -> web.Response:
    return web.Response(
        body=_document(answer, execution_id).model_dump_json().encode(),
        headers={
            "content-type": "application/json",
            "cache-control": "no-store",
            EXECUTION_ID_HEADER: str(execution_id),
        },
    )
