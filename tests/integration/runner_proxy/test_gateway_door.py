"""How what the gateway answers, or does not, is understood: over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_runner_proxy.adapters.gateway import GatewayDoor
from annex_runner_proxy.domain.dispatches import Dispatch, Kind, Lease
from annex_shared.clock import SystemClock
from annex_shared.contracts.dispatch import DISPATCH_PATH, DispatchAnswer, DispatchRequest
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.http.client import ServiceClient, client_session
from annex_shared.http.server import build_web_app, listening
from annex_shared.service_tokens import ServiceTokenIssuer
from unit.runner_proxy.fakes import INSTALL, TENANT

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LEASE = Lease(
    Dispatch(
        id=UUID(int=7),
        tenant_id=TENANT,
        install_id=INSTALL,
        kind=Kind.EVENT,
        lane="version.published",
        cause="event",
        method="POST",
        path="/annex/events/version.published",
        body="{}",
        due_at=NOW,
        created_at=NOW,
        event_id="registry/7",
    ),
    fence=1,
    attempt=1,
    charged=0,
)


def answered(status: int) -> web.Response:
    document = DispatchAnswer(status=status, execution_id="execution-1")
    return web.Response(body=document.model_dump_json().encode(), content_type="application/json")


def refused(status: int, code: str) -> web.Response:
    document = ProblemDocument(
        type=f"/errors/{code.lower()}",
        title=code,
        status=status,
        detail="It cannot be.",
        instance="/",
        code=code,
        message="It cannot be.",
        request_id="r",
    )
    return web.Response(
        status=status, body=document.model_dump_json().encode(), content_type="application/problem+json"
    )


@asynccontextmanager
async def gateway(answer: web.Response, seen: list[DispatchRequest]) -> AsyncIterator[str]:
    async def dispatch(request: web.Request) -> web.Response:
        seen.append(DispatchRequest.model_validate_json(await request.read()))
        return answer

    app = build_web_app("gateway", routes=[web.post(DISPATCH_PATH, dispatch)], problems={})
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def door() -> AsyncIterator[GatewayDoor]:
    tokens = ServiceTokenIssuer("runner-proxy", Ed25519PrivateKey.generate(), SystemClock())
    async with client_session() as session:
        yield GatewayDoor(ServiceClient(session, "http://127.0.0.1:9", "gateway", tokens), timeout_ms=1_000)


def door_to(door: GatewayDoor, url: str) -> GatewayDoor:
    client = ServiceClient(door.client.session, url, "gateway", door.client.tokens)
    return GatewayDoor(client, door.timeout_ms)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answered(204), (True, False, True, None)),
        (answered(302), (True, False, True, None)),
        (answered(404), (False, True, True, "EXTENSION_ANSWERED_ERROR")),
        (answered(429), (False, False, True, "EXTENSION_ANSWERED_ERROR")),
        (answered(500), (False, False, True, "EXTENSION_ANSWERED_ERROR")),
        (refused(502, "GUEST_TRAP"), (False, False, True, "GUEST_TRAP")),
        (refused(502, "CPU_LIMIT_EXCEEDED"), (False, False, True, "CPU_LIMIT_EXCEEDED")),
        (refused(502, "GUEST_HANDLER_FAILED"), (False, False, True, "GUEST_HANDLER_FAILED")),
        (refused(504, "DEADLINE_EXCEEDED"), (False, False, True, "DEADLINE_EXCEEDED")),
        (refused(503, "OVERLOADED"), (False, False, False, "OVERLOADED")),
        (refused(429, "RATE_LIMITED"), (False, False, False, "RATE_LIMITED")),
        (refused(429, "QUOTA_EXCEEDED"), (False, False, False, "QUOTA_EXCEEDED")),
        (refused(503, "EXECUTION_LOG_UNAVAILABLE"), (False, False, False, "EXECUTION_LOG_UNAVAILABLE")),
        (refused(500, "EXECUTION_NOT_RECORDED"), (False, False, True, "EXECUTION_NOT_RECORDED")),
        (refused(403, "INSTALL_DISABLED"), (False, True, False, "INSTALL_DISABLED")),
        (refused(404, "ENDPOINT_NOT_FOUND"), (False, True, False, "ENDPOINT_NOT_FOUND")),
        (web.Response(status=502, text="a proxy"), (False, False, True, "GATEWAY_UNAVAILABLE")),
        (web.Response(text="nonsense"), (False, False, True, "GATEWAY_UNAVAILABLE")),
    ],
)
async def test_an_answer_is_a_success_a_final_refusal_or_a_reason_to_try_again(
    door: GatewayDoor, answer: web.Response, expected: tuple[Any, ...]
) -> None:
    async with gateway(answer, []) as url:
        attempted = await door_to(door, url).send(LEASE)

    assert (attempted.is_success, attempted.is_final, attempted.is_charged, attempted.error_code) == expected


async def test_a_gateway_that_is_not_there_costs_nothing(door: GatewayDoor) -> None:
    attempted = await door.send(LEASE)

    assert (attempted.is_success, attempted.is_final, attempted.is_charged) == (False, False, False)
    assert attempted.error_code == "GATEWAY_UNAVAILABLE"


async def test_what_is_sent_names_the_event_and_keeps_its_key(door: GatewayDoor) -> None:
    seen: list[DispatchRequest] = []
    async with gateway(answered(200), seen) as url:
        for _ in range(2):
            await door_to(door, url).send(LEASE)

    assert {one.idempotency_key for one in seen} == {str(LEASE.dispatch.id)}
    assert (seen[0].trigger, seen[0].event_id, seen[0].schedule_id) == ("event", "registry/7", None)
    assert [one.attempt for one in seen] == [LEASE.attempt] * len(seen)
    assert ("content-type", "application/cloudevents+json") in seen[0].headers
