"""Executions handed to another runner: what it is told, and how its ends become ours."""

import asyncio
import base64
import time

import pytest

from annex_shared.http.client import ServiceClient
from integration.runner_proxy.platform import LEGACY_TOKEN, Platform, running_front
from support.alga_runner import AlgaRunnerState


async def _ready(client: ServiceClient) -> dict[str, dict[str, str]]:
    async with asyncio.timeout(30):
        while True:
            answer = await client.request("GET", "/readyz")
            if answer.status == 200:
                checks: dict[str, dict[str, str]] = answer.json()["checks"]
                return checks
            await asyncio.sleep(0.05)


async def test_a_runner_that_is_gone_is_unavailable_and_nothing_ran(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("orphan")
    async with running_front(platform, folder, "http://127.0.0.1:9") as orphan:
        answer = await orphan.execute(platform.install("ok"))

    assert (answer.status, answer.json()["code"]) == (503, "RUNNER_UNAVAILABLE")
    assert answer.json()["details"]["effects"] == 0
    assert answer.headers["retry-after"] == "1"


async def test_readiness_names_the_remote_runner_instead_of_workers(
    front: Platform, alga_front: Platform
) -> None:
    checks, predecessors = await _ready(front.client), await _ready(alga_front.client)

    assert set(checks) == {"registry", "remote_runner", "installs", "log_verify", "debug_stream", "database"}
    assert predecessors["remote_runner"]["state"] == "reachable, healthz 200"


async def test_time_given_to_the_remote_runner_is_less_than_what_was_given(
    alga_front: Platform, predecessor: AlgaRunnerState
) -> None:
    await alga_front.execute(alga_front.install("ok"), path="/ok", timeout_ms=4_000)

    assert 3_000 < predecessor.requests[-1]["limits"]["timeout_ms"] < 4_000


async def test_predecessor_is_told_who_what_and_what_may_be_used(
    alga_front: Platform, predecessor: AlgaRunnerState
) -> None:
    record = alga_front.install("ok", grants=["cap:http.fetch", "cap:metrics"], config={"a": "1"})

    answer = await alga_front.execute(
        record, path="/ok", query_list=[["a", "1"], ["a", "2"]], headers={"x-request-id": "outer"}, body=b"x"
    )

    request, headers = predecessor.requests[-1], predecessor.headers[-1]
    assert base64.b64decode(answer.json()["body_b64"]) == b"ok"
    assert answer.json()["effects"] == 1
    assert headers["x-alga-tenant"] == record.tenant_id
    assert headers["x-alga-extension"] == record.extension_id
    assert headers["x-ext-install-id"] == record.install_id
    assert headers["x-runner-service-token"] == "shared-with-the-old-runner"
    assert request["context"]["content_hash"] == str(record.content_hash)
    assert request["context"]["config"] == {"a": "1"}
    assert request["providers"] == ["cap:context.read", "cap:http.fetch", "cap:log.emit", "cap:user.read"]
    assert request["http"]["path"] == "/ok"
    assert request["http"]["query"] == {"a": "2"}
    assert "secret_envelope" not in request


async def test_what_the_predecessor_cannot_keep_to_is_not_run_there(
    alga_front: Platform, predecessor: AlgaRunnerState
) -> None:
    asked = len(predecessor.requests)

    answer = await alga_front.execute(alga_front.install("ok"), path="/ok", egress_hosts=["api.example.com"])

    assert (answer.status, answer.json()["code"]) == (501, "EGRESS_LIST_UNENFORCEABLE")
    assert answer.json()["details"]["effects"] == 0
    assert len(predecessor.requests) == asked


async def test_predecessors_own_caching_headers_do_not_reach_a_caller(alga_front: Platform) -> None:
    answer = await alga_front.execute(alga_front.install("ok"), path="/ok")

    assert answer.headers["cache-control"] == "no-store"


async def test_status_a_guest_chose_at_the_predecessors_is_an_answer(alga_front: Platform) -> None:
    answer = await alga_front.execute(alga_front.install("ok"), path="/own-error")

    assert answer.status == 200
    assert (answer.json()["status"], answer.json()["headers"]) == (503, {"retry-after": "7"})


@pytest.mark.parametrize(
    ("path", "status", "code", "effects"),
    [
        ("/unknown-capability", 500, "WORKER_FAULT", 0),
        ("/no-engine", 500, "WORKER_FAULT", 0),
        ("/no-secret", 500, "WORKER_FAULT", 0),
        ("/no-bundle", 404, "BUNDLE_NOT_FOUND", 0),
        ("/trap", 502, "GUEST_TRAP", 1),
        ("/late", 504, "DEADLINE_EXCEEDED", 1),
        ("/large", 502, "RESPONSE_TOO_LARGE", 1),
        ("/bad-status", 502, "GUEST_RESPONSE_INVALID", 1),
        ("/bad-header", 502, "GUEST_RESPONSE_INVALID", 1),
        ("/bad-body", 502, "GUEST_RESPONSE_INVALID", 1),
    ],
)
async def test_predecessors_text_becomes_our_code(
    alga_front: Platform, path: str, status: int, code: str, effects: int
) -> None:
    answer = await alga_front.execute(alga_front.install("ok"), path=path)

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["x-annex-problem"] == code
    assert answer.json()["details"].get("effects") == effects


async def test_predecessor_that_says_nothing_is_left_at_the_deadline(alga_front: Platform) -> None:
    started = time.monotonic()

    answer = await alga_front.execute(alga_front.install("ok"), path="/silent", timeout_ms=500)

    assert (answer.status, answer.json()["code"]) == (504, "DEADLINE_EXCEEDED")
    assert answer.json()["details"]["effects"] == 1
    # Far below the silence, which would last as long as the server.
    assert time.monotonic() - started < 20


async def test_something_else_before_the_predecessor_is_no_answer_of_it(
    alga_front: Platform, predecessor: AlgaRunnerState
) -> None:
    predecessor.status = 502
    answer = await alga_front.execute(alga_front.install("ok"), path="/ok")
    predecessor.status = 200

    assert (answer.status, answer.json()["code"]) == (503, "RUNNER_UNAVAILABLE")


async def test_predecessor_cannot_be_warmed_up_and_that_is_said(alga_front: Platform) -> None:
    answer = await alga_front.warm_up(alga_front.install("ok"))

    assert (answer.status, answer.json()["state"]) == (200, "on-demand")


async def test_our_compatibility_mode_is_understood_as_a_predecessors_runner(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both ends of the dialect, against each other: our adapter asks our compatible `/v1/execute`."""
    async with running_front(
        platform,
        tmp_path_factory.mktemp("chain"),
        platform.client.base_url,
        remote_runner_dialect="alga",
        remote_runner_token=LEGACY_TOKEN,
    ) as chain:
        good = await chain.execute(platform.install("ok"))
        trapped = await chain.execute(platform.install("trap"))

    assert base64.b64decode(good.json()["body_b64"]) == b"ok"
    assert (trapped.status, trapped.json()["code"]) == (502, "GUEST_TRAP")
