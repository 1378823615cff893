"""Another runner-proxy as the place where executions run: `/v1/execute` handed on with our service token."""

import base64
from dataclasses import dataclass
from urllib.parse import parse_qsl

import structlog
from pydantic import ValidationError

from annex_runner_proxy.adapters.runner_answers import (
    GRACE_SECONDS,
    KIND_OF_CODE,
    guest_answer,
    late,
    read_bounded,
    remaining_ms,
    unavailable,
    usage_of,
)
from annex_runner_proxy.domain.errors import CallerRefused, RunnerError, VersionWarming
from annex_runner_proxy.domain.execution import Execution, GuestAnswer, User
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import CallLimits
from annex_runner_proxy.domain.warming import WarmState
from annex_shared.contracts.execute import (
    ExecuteContext,
    ExecuteHttp,
    ExecuteLimits,
    ExecuteRequest,
    ExecuteResponse,
    ExecuteUser,
)
from annex_shared.contracts.warmup import WarmUpRequest, WarmUpView
from annex_shared.errors import AnnexError
from annex_shared.http.client import (
    RemoteRefused,
    RemoteUnavailable,
    ServiceAnswer,
    ServiceClient,
    refusal,
)
from annex_shared.ids import TenantId
from annex_shared.service_tokens import Caller

_EXECUTE, _WARM_UP = "/v1/execute", "/warmup"
_FIRST_REFUSAL = 400
_MEBIBYTE = 1 << 20
_JSON = {"content-type": "application/json"}
# What it says of us, not of the extension; nobody who called us can do anything about it.
_ABOUT_US = frozenset({CallerRefused})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RemoteRunnerProxy:
    """The other one has its own copy of installs and opens secrets itself; none leave here."""

    client: ServiceClient

    async def run(
        self, execution: Execution, install: Install, *, limits: CallLimits, deadline: float
    ) -> GuestAnswer:
        timeout_ms = remaining_ms(deadline)
        request = request_of(execution, install, timeout_ms=timeout_ms, limits=limits)
        try:
            async with self.client.stream(
                "POST",
                _EXECUTE,
                caller=_on_behalf_of(install.tenant_id),
                body=request.model_dump_json(exclude_none=True).encode(),
                headers={
                    **_JSON,
                    # Whatever the deployment there answers by default, we read our own form.
                    "x-execute-compat": "none",
                    "x-ext-config-version": str(install.config_version),
                    "x-ext-secrets-version": str(install.secrets_version),
                },
                request_id=execution.request_id,
                timeout_seconds=timeout_ms / 1000 + GRACE_SECONDS,
            ) as answer:
                body = await read_bounded(answer, limits)
        except RemoteUnavailable as error:
            if error.is_timeout:
                raise late(limits) from error
            raise unavailable("cannot be reached", may_have_run=error.is_sent) from error
        return _read(ServiceAnswer(answer.status, answer.headers, body))

    async def warm_up(self, install: Install, *, wait_seconds: float) -> WarmState:
        wanted = WarmUpRequest(
            tenant_id=str(install.tenant_id),
            extension_id=str(install.extension_id),
            install_id=str(install.install_id),
            wait_ms=round(wait_seconds * 1000),
        )
        try:
            answer = await self.client.request(
                "POST",
                _WARM_UP,
                caller=_on_behalf_of(install.tenant_id),
                body=wanted.model_dump_json(exclude_none=True).encode(),
                headers=_JSON,
                timeout_seconds=wait_seconds + 2,
            )
        except RemoteUnavailable as error:
            raise unavailable("cannot be reached", may_have_run=False) from error
        if answer.status >= _FIRST_REFUSAL:
            raise _told(refusal(answer))
        try:
            return WarmState(WarmUpView.model_validate_json(answer.body).state)
        except ValueError:
            raise unavailable("answered what makes no sense", may_have_run=False) from None

    async def ping(self) -> str:
        """Ask whether it answers at all. Raises RemoteUnavailable."""
        await self.client.ask("GET", "/livez", timeout_seconds=2)
        return "reachable"


def request_of(
    execution: Execution, install: Install, *, timeout_ms: int, limits: CallLimits
) -> ExecuteRequest:
    """Write the execution as the contract has it; limits only shrink on the way."""
    request, controlled = execution.request, install.controlled_egress
    path, _, query = request.url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return ExecuteRequest(
        context=ExecuteContext(
            request_id=execution.request_id,
            tenant_id=str(install.tenant_id),
            extension_id=str(install.extension_id),
            install_id=str(install.install_id),
            version_id=install.version_id,
            content_hash=install.content_hash,
            trigger=execution.trigger,
        ),
        http=ExecuteHttp(
            method=request.method,
            path=path,
            query=dict(pairs),
            query_list=pairs,
            headers=dict(request.headers),
            headers_list=list(request.headers),
            body_b64=None if request.body is None else base64.b64encode(request.body).decode("ascii"),
        ),
        limits=ExecuteLimits(
            timeout_ms=timeout_ms,
            cpu_ms=limits.cpu_ms,
            memory_mb=max(1, limits.memory_bytes // _MEBIBYTE),
            fuel=limits.fuel,
        ),
        user=None if execution.user is None else _to_document(execution.user),
        egress_hosts=None if controlled is None else [str(pattern) for pattern in controlled],
    )


def _to_document(user: User) -> ExecuteUser:
    return ExecuteUser(
        user_id=user.user_id,
        user_email=user.user_email,
        user_name=user.user_name,
        user_type=user.user_type,
        client_name=user.client_name,
        client_id=user.client_id,
        additional_fields=dict(user.additional_fields),
    )


def _on_behalf_of(tenant_id: TenantId) -> Caller:
    return Caller(principal="service:runner-proxy", tenant_id=tenant_id)


def _read(answer: ServiceAnswer) -> GuestAnswer:
    if answer.status >= _FIRST_REFUSAL:
        raise _told(refusal(answer))
    try:
        document = ExecuteResponse.model_validate_json(answer.body)
    except ValidationError as error:
        log.warning("remote_runner_unreadable", status=answer.status, mistakes=error.error_count())
        raise unavailable("answered what makes no sense", may_have_run=True) from None
    return guest_answer(document, effects=document.effects, usage=usage_of(document.usage))


def _told(error: AnnexError) -> RunnerError:
    """Raise its refusal as our own, under the same code; what it says of us is nobody else's business."""
    if not isinstance(error, RemoteRefused):
        return unavailable("answered what makes no sense", may_have_run=True)
    kind = KIND_OF_CODE.get(error.code)
    if kind is None or kind in _ABOUT_US:
        log.error("remote_runner_refused_us", code=error.code)
        return unavailable("refuses us", may_have_run=False)
    details = {name: value for name, value in error.details.items() if name != "execution_id"}
    if kind is VersionWarming:
        details.setdefault("effects", 0)
    return kind(error.message, details=details, retry_after_seconds=error.retry_after_seconds)
