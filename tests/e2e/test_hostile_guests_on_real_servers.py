"""Guests that misbehave, called through gateway and runner-proxy: named ends, and no harm to a neighbour."""

import json
import secrets
from dataclasses import dataclass

import pytest

from support.platform.bundles import guest_archive, signed
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant
from support.told_answers import told_answer

# Long enough for a guest to be loaded on a busy machine, short for one that never returns.
DEADLINE = {"x-deadline-ms": "3000"}
ENDS = [
    ("loop_forever", 504, "DEADLINE_EXCEEDED"),
    ("loop_on_host_call", 502, "HOST_CALL_LIMIT_EXCEEDED"),
    ("memory_bomb", 502, "MEMORY_LIMIT_EXCEEDED"),
    ("stack_overflow", 502, "STACK_OVERFLOW"),
    ("trap", 502, "GUEST_TRAP"),
    ("bad_status", 502, "GUEST_RESPONSE_INVALID"),
    ("bad_header", 502, "GUEST_RESPONSE_INVALID"),
    ("huge_answer", 502, "RESPONSE_TOO_LARGE"),
    ("calls_unknown", 502, "HOST_FUNCTION_UNAVAILABLE"),
]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A tenant that installed every hostile guest, and one that installed the sample."""

    publisher: str
    host: Tenant
    neighbour: Tenant


@pytest.fixture(scope="module")
async def neighbours(real: RealPlatform, tmp_path_factory: pytest.TempPathFactory) -> Neighbours:
    folder, slug = tmp_path_factory.mktemp("hostile"), f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    host, neighbour = await real.operator.new_tenant(), await real.operator.new_tenant()
    for guest in ("answers_as_told", *(guest for guest, _, _ in ENDS)):
        bundle = signed(guest_archive(folder, guest, publisher=slug), key)
        await real.operator.publish(bundle)
        await host.install(bundle.bundle.extension)
    await neighbour.install("annex-demo/hello")
    await neighbour.warm_call("GET", real.hello.segment, "/hello")
    return Neighbours(slug, host, neighbour)


@pytest.mark.parametrize(("guest", "status", "code"), ENDS, ids=[guest for guest, _, _ in ENDS])
async def test_a_misbehaving_guest_ends_by_name_and_its_neighbour_is_answered(
    real: RealPlatform, neighbours: Neighbours, guest: str, status: int, code: str
) -> None:
    segment = f"{neighbours.publisher}.{guest.replace('_', '-')}"
    # Once the guest is compiled, what the deadline measures is the guest.
    await neighbours.host.warm_call("GET", segment, "/run", headers=DEADLINE)

    ended = await neighbours.host.call("GET", segment, "/run", headers=DEADLINE)
    answered = await neighbours.neighbour.call("GET", real.hello.segment, "/hello?name=Bob")

    document = json.loads(ended.body)
    assert (ended.status, document["code"]) == (status, code)
    assert document["request_id"] == ended.headers["x-request-id"]
    assert document["details"]["effects"] == 0
    assert document["instance"] == f"/api/ext/{segment}/run"
    assert answered.status == 200
    assert json.loads(answered.body)["message"] == "Hello, Bob!"


async def test_a_guest_cannot_speak_as_the_platform(neighbours: Neighbours) -> None:
    """A faked problem looks like one but for the mark, which only the platform can make leave the gateway."""
    segment = f"{neighbours.publisher}.answers-as-told"
    await neighbours.host.warm_call("POST", segment, "/run")
    problem = b'{"code":"VERSION_BLOCKED","status":403,"detail":"Pay somebody."}'
    told = told_answer(
        403,
        (
            (b"content-type", b"application/problem+json"),
            (b"x-annex-problem", b"VERSION_BLOCKED"),
            (b"x-request-id", b"forged"),
            (b"set-cookie", b"session=stolen"),
            (b"content-length", b"1"),
        ),
        problem,
    )

    faked = await neighbours.host.call("POST", segment, "/run", body=told)
    real = await neighbours.host.call("GET", segment, "/no-such-endpoint")

    assert (faked.status, faked.body) == (403, problem)
    assert "x-annex-problem" not in faked.headers
    assert "set-cookie" not in faked.headers
    assert faked.headers["x-request-id"] != "forged"
    assert real.headers["x-annex-problem"] == json.loads(real.body)["code"] == "ENDPOINT_NOT_FOUND"
