"""What `/v1/execute` promises, asked of a runner-proxy that runs calls and of one that hands them on."""

import base64
from uuid import uuid4

import pytest

from integration.runner_proxy.platform import OTHER_TENANT, Platform, sealed_for


@pytest.fixture(params=["local", "remote"])
def runner(request: pytest.FixtureRequest, platform: Platform, front: Platform) -> Platform:
    return platform if request.param == "local" else front


def _body(document: dict[str, str]) -> bytes:
    return base64.b64decode(document["body_b64"])


async def test_answers_200_with_what_the_guest_said(runner: Platform) -> None:
    answer = await runner.execute(runner.install("ok"))

    document = answer.json()
    assert (answer.status, document["status"], document["effects"]) == (200, 200, 0)
    assert document["headers_list"] == [["content-type", "text/plain"]]
    assert _body(document) == b"ok"
    assert document["usage"]["response_bytes"] == 2
    assert document["execution_id"] == answer.headers["x-annex-execution-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert "x-annex-problem" not in answer.headers


async def test_bytes_of_a_body_arrive_and_come_back(runner: Platform) -> None:
    body = bytes(range(256)) * 256

    answer = await runner.execute(runner.install("echo_body"), method="POST", body=body)

    assert _body(answer.json()) == body


async def test_no_body_and_an_empty_body_are_two_things(runner: Platform) -> None:
    record = runner.install("echo_body")

    absent, empty = await runner.execute(record), await runner.execute(record, body=b"")

    assert (absent.json()["body_b64"], empty.json()["body_b64"]) == (None, "")


@pytest.mark.parametrize(
    ("guest", "status", "code"),
    [
        ("trap", 502, "GUEST_TRAP"),
        ("stack_overflow", 502, "STACK_OVERFLOW"),
        ("bad_status", 502, "GUEST_RESPONSE_INVALID"),
        ("huge_answer", 502, "RESPONSE_TOO_LARGE"),
        ("rp_memory_in_one_step", 502, "MEMORY_LIMIT_EXCEEDED"),
        ("loop_forever", 504, "DEADLINE_EXCEEDED"),
    ],
)
async def test_end_of_a_guest_has_its_own_code(runner: Platform, guest: str, status: int, code: str) -> None:
    record = runner.install(guest)
    await runner.warm_up(record, wait_ms=20_000)
    timeout_ms = 1_000 if code == "DEADLINE_EXCEEDED" else 20_000

    answer = await runner.execute(record, timeout_ms=timeout_ms, limits={"memory_mb": 64})

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["x-annex-problem"] == code
    assert answer.json()["details"]["effects"] == 0
    assert answer.json()["details"]["execution_id"]


async def test_config_is_the_installs_and_not_the_requests(runner: Platform) -> None:
    record = runner.install("reads_config", config={"greeting": "hello"})

    answer = await runner.execute(record)

    assert _body(answer.json()) == b"hello"


async def test_newer_config_version_is_read_before_the_call_runs(runner: Platform) -> None:
    record = runner.install("reads_config", config={"greeting": "old"})
    await runner.execute(record)
    newer = {"config": {"greeting": "new"}, "config_version": 2, "revision": 2}
    runner.registry.put(record.model_copy(update=newer))

    answer = await runner.execute(record, headers={"x-ext-config-version": "2"})

    assert _body(answer.json()) == b"new"


async def test_granted_secret_is_opened_where_the_guest_runs(runner: Platform) -> None:
    install_id = str(uuid4())
    record = runner.install(
        "reads_secret",
        install_id=install_id,
        grants=["cap:secrets.get"],
        sealed_secrets=sealed_for(install_id, api_key="s3cret-value"),
    )

    answer = await runner.execute(record)

    assert _body(answer.json()) == b"s3cret-value"


async def test_install_of_another_tenant_does_not_exist(runner: Platform) -> None:
    record = runner.install("ok").model_copy(update={"tenant_id": str(OTHER_TENANT)})

    answer = await runner.execute(record)

    assert (answer.status, answer.json()["code"]) == (404, "INSTALL_NOT_FOUND")


async def test_disabled_install_is_refused(runner: Platform) -> None:
    answer = await runner.execute(runner.install("ok", is_enabled=False))

    assert (answer.status, answer.json()["code"]) == (403, "INSTALL_DISABLED")


async def test_another_bundle_than_the_installed_one_is_refused(runner: Platform) -> None:
    record = runner.install("ok")

    answer = await runner.execute(record.model_copy(update={"content_hash": runner.publish("trap")}))

    assert (answer.status, answer.json()["code"]) == (409, "INSTALL_VERSION_MISMATCH")


async def test_warm_up_says_when_the_version_is_ready(runner: Platform) -> None:
    record = runner.install("imports_nothing")

    answer = await runner.warm_up(record, wait_ms=20_000)

    assert (answer.status, answer.json()["state"]) == (200, "ready")
    assert answer.json()["content_hash"] == str(record.content_hash)
