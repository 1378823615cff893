"""What guests can do to a call, and what they cannot do to the next one."""

import asyncio
import base64

import pytest

from integration.runner_proxy.platform import OTHER_TENANT, Platform


@pytest.mark.parametrize(
    ("guest", "status", "code"),
    [
        ("trap", 502, "GUEST_TRAP"),
        ("stack_overflow", 502, "STACK_OVERFLOW"),
        ("memory_bomb", 502, "MEMORY_LIMIT_EXCEEDED"),
        ("rp_memory_in_one_step", 502, "MEMORY_LIMIT_EXCEEDED"),
        ("rp_memory_kept_quiet", 502, "MEMORY_LIMIT_EXCEEDED"),
        ("rp_two_memories", 502, "MEMORY_LIMIT_EXCEEDED"),
        ("bad_status", 502, "GUEST_RESPONSE_INVALID"),
        ("bad_header", 502, "GUEST_RESPONSE_INVALID"),
        ("many_headers", 502, "RESPONSE_TOO_LARGE"),
        ("huge_answer", 502, "RESPONSE_TOO_LARGE"),
        ("huge_header", 502, "RESPONSE_TOO_LARGE"),
        ("unliftable_answer", 502, "RESPONSE_TOO_LARGE"),
        ("loop_forever", 504, "DEADLINE_EXCEEDED"),
        ("rp_loop_after_host_call", 504, "DEADLINE_EXCEEDED"),
    ],
)
async def test_misbehaving_guest_has_its_own_code_and_the_next_tenant_is_served(
    platform: Platform, guest: str, status: int, code: str
) -> None:
    bystander = platform.install("ok", tenant_id=str(OTHER_TENANT))

    answer = await platform.execute(platform.install(guest), timeout_ms=2_000, limits={"memory_mb": 64})
    after = await platform.execute(bystander)

    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["x-annex-problem"] == code
    assert answer.json()["details"]["effects"] == 0
    assert after.json()["status"] == 200


async def test_core_module_answers_like_a_component(platform: Platform) -> None:
    answer = await platform.execute(platform.install("core_module"))

    assert answer.json()["status"] == 200
    assert base64.b64decode(answer.json()["body_b64"]) == b"ok"


@pytest.mark.parametrize(
    ("guest", "reason"),
    [
        ("module_without_alloc", "alloc(i32) -> i32"),
        ("module_wrong_handler", "handler(i32, i32, i32) -> i32"),
    ],
)
async def test_unfit_core_module_is_refused_with_a_reason(
    platform: Platform, guest: str, reason: str
) -> None:
    answer = await platform.execute(platform.install(guest))
    again = await platform.execute(platform.install(guest))

    assert (answer.status, answer.json()["code"]) == (502, "COMPONENT_INVALID")
    assert reason in answer.json()["details"]["reason"]
    assert again.json()["code"] == "COMPONENT_INVALID"


async def test_endless_host_calls_end_at_their_limit(platform: Platform) -> None:
    answer = await platform.execute(platform.install("loop_on_host_call"))

    assert (answer.status, answer.json()["code"]) == (502, "HOST_CALL_LIMIT_EXCEEDED")


async def test_memory_up_to_the_limit_is_no_offence(platform: Platform) -> None:
    answer = await platform.execute(platform.install("rp_memory_kept_quiet"), limits={"memory_mb": 104})

    assert answer.json()["status"] == 200


async def test_calls_of_many_tenants_run_while_one_loops(platform: Platform) -> None:
    loop = platform.install("loop_forever")
    bystander = platform.install("echo_body", tenant_id=str(OTHER_TENANT))
    await platform.execute(bystander, body=b"warm")
    looping = asyncio.create_task(platform.execute(loop, timeout_ms=3_000))

    answers = [await platform.execute(bystander, body=bytes([number])) for number in range(20)]

    assert not looping.done()
    assert [base64.b64decode(answer.json()["body_b64"]) for answer in answers] == [
        bytes([number]) for number in range(20)
    ]
    assert (await looping).json()["code"] == "DEADLINE_EXCEEDED"


async def test_nothing_of_one_call_is_seen_by_the_next(platform: Platform) -> None:
    record = platform.install("rp_counts_calls")

    first = await platform.execute(record)
    second = await platform.execute(record)

    assert [first.json()["status"], second.json()["status"]] == [201, 201]
