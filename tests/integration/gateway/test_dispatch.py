"""`POST /internal/v1/dispatch`: for the runner-proxy alone, through every policy but those of a person."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from annex_shared.clock import SystemClock
from annex_shared.contracts.dispatch import DISPATCH_PATH, MAX_DISPATCH_ANSWER_BYTES
from annex_shared.contracts.installs import InstallRecord
from annex_shared.http.client import ServiceAnswer, ServiceClient, client_session
from annex_shared.service_tokens import ServiceTokenIssuer
from integration.gateway.conftest import World

KEYS = {service: Ed25519PrivateKey.generate() for service in ("runner-proxy", "registry")}


class Dispatcher:
    """A service that dispatches, with the gateway it talks to and one install there."""

    def __init__(self, world: World, install: InstallRecord, client: ServiceClient) -> None:
        self.world, self.install, self.client = world, install, client

    async def send(
        self, *, issuer: str = "runner-proxy", headers: dict[str, str] | None = None, **fields: Any
    ) -> ServiceAnswer:
        document = {
            "tenant_id": self.install.tenant_id,
            "install_id": self.install.install_id,
            "trigger": "schedule",
            "method": "POST",
            "path": "/notes",
            "idempotency_key": "run-1",
            "schedule_id": "schedule-1",
        } | fields
        tokens = ServiceTokenIssuer(issuer, KEYS[issuer], SystemClock())
        client = ServiceClient(self.client.session, self.client.base_url, "gateway", tokens)
        return await client.request(
            "POST", DISPATCH_PATH, body=json.dumps(document).encode(), headers=headers
        )


@pytest.fixture
async def dispatcher(world: World, tmp_path: Path) -> AsyncIterator[Dispatcher]:
    install = world.installed()
    keys_file = tmp_path / "peers.json"
    public = {
        name: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for name, key in KEYS.items()
    }
    keys_file.write_text(json.dumps(public))
    tokens = ServiceTokenIssuer("runner-proxy", KEYS["runner-proxy"], SystemClock())
    async with world.gateway(service_keys_file=keys_file), client_session() as session:
        yield Dispatcher(world, install, ServiceClient(session, world.gateway_url, "gateway", tokens))


def code_of(answer: ServiceAnswer) -> tuple[int, str]:
    return answer.status, answer.json()["code"]


async def test_a_schedule_runs_without_a_person_and_says_what_made_it_run(dispatcher: Dispatcher) -> None:
    answer = await dispatcher.send(body_b64=base64.b64encode(b"{}").decode(), headers={"x-request-id": "r1"})

    assert (answer.status, answer.json()["status"]) == (200, 200)
    assert base64.b64decode(answer.json()["body_b64"]) == b"hello"
    (request,) = dispatcher.world.runner.requests
    sent = dict(request.http.header_pairs())
    assert (request.context.trigger, request.user) == ("schedule", None)
    assert (sent["x-annex-trigger"], sent["x-annex-schedule-id"], sent["idempotency-key"]) == (
        "schedule",
        "schedule-1",
        "run-1",
    )


async def test_an_event_is_posted_where_no_caller_gets(dispatcher: Dispatcher) -> None:
    path = "/annex/events/version.published"
    world = dispatcher.world
    world.installed(name="declares-it", endpoints=(("POST", path),))

    delivered = await dispatcher.send(trigger="event", path=path, schedule_id=None, event_id="registry/7")
    called = await world.request("POST", f"/api/ext/acme.declares-it{path}")
    elsewhere = await dispatcher.send(trigger="event", path="/notes", event_id="registry/7")

    assert (delivered.status, called.status, called.code) == (200, 404, "ENDPOINT_NOT_FOUND")
    assert code_of(elsewhere) == (400, "PATH_REFUSED")
    assert dict(world.runner.requests[0].http.header_pairs())["x-annex-event-id"] == "registry/7"
    assert len(world.runner.requests) == 1


async def test_runs_that_nobody_asked_for_are_recorded_with_what_set_them_off(dispatcher: Dispatcher) -> None:
    world = dispatcher.world
    topic = "/annex/events/version.published"

    await dispatcher.send(attempt=2)
    await dispatcher.send(trigger="event", path=topic, schedule_id=None, event_id="registry/7")

    schedules = (await world.get("/api/v1/executions?trigger=schedule")).json()["items"]
    events = (await world.get("/api/v1/executions?trigger=event")).json()["items"]
    assert [(row["schedule_id"], row["attempt"], row["endpoint"]) for row in schedules] == [
        ("schedule-1", 2, "/notes")
    ]
    assert [(row["event_id"], row["attempt"], row["endpoint"]) for row in events] == [
        ("registry/7", None, topic)
    ]
    assert {row["status"] for row in [*schedules, *events]} == {"ok"}
    used = (await world.get("/api/v1/usage")).json()["items"]
    assert [row["invocations"] for row in used] == [2]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"issuer": "registry"}, (403, "CALLER_REFUSED")),
        ({"path": "/nowhere"}, (404, "ENDPOINT_NOT_FOUND")),
        ({"path": "/notes/../admin"}, (400, "PATH_REFUSED")),
        ({"method": "POST", "path": "/notes/7"}, (405, "METHOD_NOT_ALLOWED")),
        ({"method": "DELETE"}, (400, "INVALID_REQUEST")),
        ({"install_id": str(uuid4())}, (404, "EXTENSION_NOT_INSTALLED")),
        ({"tenant_id": str(uuid4())}, (404, "EXTENSION_NOT_INSTALLED")),
        ({"body_b64": "not base64"}, (400, "INVALID_REQUEST")),
        ({"timeout_ms": 1}, (504, "DEADLINE_EXCEEDED")),
    ],
)
async def test_a_policy_that_refuses_is_named(
    dispatcher: Dispatcher, fields: dict[str, Any], refused: tuple[int, str]
) -> None:
    answer = await dispatcher.send(**fields)

    assert code_of(answer) == refused
    assert dispatcher.world.runner.requests == []


async def test_a_disabled_install_is_not_run(dispatcher: Dispatcher) -> None:
    world = dispatcher.world
    disabled = world.installed(name="off", is_enabled=False)

    assert code_of(await dispatcher.send(install_id=disabled.install_id)) == (403, "INSTALL_DISABLED")


async def test_what_administrators_stopped_is_not_run_for_schedules_and_events_either(
    dispatcher: Dispatcher,
) -> None:
    world, install = dispatcher.world, dispatcher.install
    body = {"scope": "extension", "extension_id": install.extension_id, "reason": "It leaks."}
    event: dict[str, Any] = {
        "trigger": "event",
        "path": "/annex/events/version.published",
        "event_id": "registry/7",
    }

    switch = await world.request("POST", "/api/v1/kill-switches", data=json.dumps(body).encode())
    refused = [code_of(await dispatcher.send()), code_of(await dispatcher.send(**event))]
    await world.request("DELETE", f"/api/v1/kill-switches/{switch.json()['switch_id']}")
    again = await dispatcher.send()

    assert refused == [(403, "KILL_SWITCH_ON")] * 2
    assert again.status == 200


async def test_an_api_key_opens_nothing_here(dispatcher: Dispatcher) -> None:
    world = dispatcher.world

    answer = await world.request("POST", DISPATCH_PATH, data=b"{}")

    assert (answer.status, answer.code) == (401, "SERVICE_TOKEN_REFUSED")


async def test_without_keys_of_the_other_services_nobody_is_believed(
    dispatcher: Dispatcher, world: World
) -> None:
    async with world.gateway(service_keys_file=None):
        client = ServiceClient(
            dispatcher.client.session, world.gateway_url, "gateway", dispatcher.client.tokens
        )
        answer = await client.request("POST", DISPATCH_PATH, body=b"{}")

    assert code_of(answer) == (401, "SERVICE_TOKEN_REFUSED")


async def test_the_runner_explains_itself_through_the_gateway(dispatcher: Dispatcher) -> None:
    dispatcher.world.runner.refuses(retry_after_seconds=7)

    answer = await dispatcher.send()

    assert code_of(answer) == (503, "OVERLOADED")
    assert answer.headers["retry-after"] == "7"


async def test_an_answer_over_the_cap_is_refused(dispatcher: Dispatcher) -> None:
    dispatcher.world.runner.says(b"x" * (MAX_DISPATCH_ANSWER_BYTES + 1))

    assert code_of(await dispatcher.send()) == (502, "RESPONSE_TOO_LARGE")


async def test_the_rate_limit_of_the_tenant_holds(dispatcher: Dispatcher, world: World) -> None:
    keys_file = world.key_file.parent / "peers.json"
    async with world.gateway(service_keys_file=keys_file, rate_limit_per_second=0.01, rate_limit_burst=1):
        dispatcher.client = ServiceClient(
            dispatcher.client.session, world.gateway_url, "gateway", dispatcher.client.tokens
        )
        answers = [await dispatcher.send() for _ in range(4)]

    assert code_of(answers[-1]) == (429, "RATE_LIMITED")


async def test_a_delivery_that_succeeded_is_not_run_again(dispatcher: Dispatcher) -> None:
    first, repeat = await dispatcher.send(), await dispatcher.send()

    assert (first.status, repeat.status) == (200, 200)
    assert repeat.json()["body_b64"] == first.json()["body_b64"]
    assert len(dispatcher.world.runner.requests) == 1


async def test_a_delivery_that_failed_is_run_again_by_its_next_attempt(dispatcher: Dispatcher) -> None:
    dispatcher.world.runner.says(b"", status=500, effects=1)
    failed = await dispatcher.send()
    dispatcher.world.runner.says(b"done")

    again = await dispatcher.send()

    assert (failed.json()["status"], again.json()["status"]) == (500, 200)
    assert len(dispatcher.world.runner.requests) == 2
