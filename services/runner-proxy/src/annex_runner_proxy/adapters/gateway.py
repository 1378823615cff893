"""The gateway as runner-proxy asks it: run this extension for a schedule or an event."""

import base64
from dataclasses import dataclass

from pydantic import ValidationError

from annex_runner_proxy.domain.dispatches import Attempted, Kind, Lease, is_final, is_success
from annex_runner_proxy.sandbox.messages import Failure
from annex_shared.contracts.dispatch import DISPATCH_PATH, DispatchAnswer, DispatchRequest
from annex_shared.http.client import RemoteRefused, RemoteUnavailable, ServiceAnswer, ServiceClient, refusal
from annex_shared.service_tokens import Caller

# The gateway answers with its own refusal at the end of the time it was given.
_GRACE_SECONDS = 5.0
_FIRST_REFUSAL, _FIRST_FAULT = 400, 500
_SHOWN_ERROR = 500
_JSON = "application/json"
_CLOUD_EVENT = "application/cloudevents+json"
# Refusals before the extension was run, however often one asks; all but these are tried again.
_HOPELESS = frozenset(
    {
        "ENDPOINT_NOT_FOUND",
        "EXTENSION_NOT_INSTALLED",
        "INSTALL_DISABLED",
        "METHOD_NOT_ALLOWED",
        "PATH_REFUSED",
        "VERSION_BLOCKED",
        "VERSION_WITHOUT_HANDLER",
        "COMPONENT_INVALID",
        "BUNDLE_NOT_FOUND",
    }
)
# Ends of a run that did begin, or may have: they count against the budget. A worker's ends are all of them.
_CHARGED = frozenset({*(failure.value for failure in Failure), "WORKER_CRASHED", "EXECUTION_NOT_RECORDED"})


@dataclass(frozen=True, slots=True)
class GatewayDoor:
    """Meets ``Gateway``."""

    client: ServiceClient
    timeout_ms: int

    async def send(self, lease: Lease) -> Attempted:
        dispatch = lease.dispatch
        request = to_request(lease, timeout_ms=self.timeout_ms)
        try:
            answer = await self.client.request(
                "POST",
                DISPATCH_PATH,
                caller=Caller(principal="service:runner-proxy", tenant_id=dispatch.tenant_id),
                body=request.model_dump_json(exclude_none=True).encode(),
                headers={"content-type": _JSON},
                timeout_seconds=self.timeout_ms / 1000 + _GRACE_SECONDS,
            )
        except RemoteUnavailable as error:
            return Attempted(
                is_success=False,
                is_final=False,
                is_charged=error.is_sent,
                error_code="GATEWAY_UNAVAILABLE",
                error=error.message,
            )
        return _understood(answer)


def to_request(lease: Lease, *, timeout_ms: int) -> DispatchRequest:
    dispatch = lease.dispatch
    is_event = dispatch.kind is Kind.EVENT
    body = dispatch.body
    return DispatchRequest(
        tenant_id=dispatch.tenant_id,
        install_id=dispatch.install_id,
        trigger="event" if is_event else "schedule",
        method="POST" if dispatch.method == "POST" else "GET",
        path=dispatch.path,
        headers=[] if body is None else [("content-type", _CLOUD_EVENT if is_event else _JSON)],
        body_b64=None if body is None else base64.b64encode(body.encode()).decode("ascii"),
        timeout_ms=timeout_ms,
        idempotency_key=str(dispatch.id),
        schedule_id=None if is_event else dispatch.lane,
        event_id=dispatch.event_id,
        attempt=lease.attempt,
    )


def _understood(answer: ServiceAnswer) -> Attempted:
    if answer.status >= _FIRST_REFUSAL:
        return _refused(answer)
    try:
        document = DispatchAnswer.model_validate_json(answer.body)
    except ValidationError:
        return Attempted(
            is_success=False,
            is_final=False,
            is_charged=True,
            error_code="GATEWAY_UNAVAILABLE",
            error="The gateway answered what makes no sense.",
        )
    good = is_success(document.status)
    return Attempted(
        is_success=good,
        is_final=not good and is_final(document.status),
        is_charged=True,
        status=document.status,
        error_code=None if good else "EXTENSION_ANSWERED_ERROR",
        error=None if good else f"The extension answered {document.status}.",
        execution_id=document.execution_id,
    )


def _refused(answer: ServiceAnswer) -> Attempted:
    error = refusal(answer)
    if not isinstance(error, RemoteRefused):
        return Attempted(
            is_success=False,
            is_final=False,
            is_charged=answer.status >= _FIRST_FAULT,
            error_code="GATEWAY_UNAVAILABLE",
            error=f"The gateway answered {answer.status} without saying why.",
        )
    execution_id = (error.document.details or {}).get("execution_id")
    return Attempted(
        is_success=False,
        is_final=error.code in _HOPELESS,
        is_charged=error.code in _CHARGED,
        error_code=error.code,
        error=error.message[:_SHOWN_ERROR],
        execution_id=execution_id if isinstance(execution_id, str) else None,
        retry_after_seconds=error.retry_after_seconds,
    )
