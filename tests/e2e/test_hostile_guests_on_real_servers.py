"""Guests that misbehave, called through gateway and runner-proxy: named ends, and no harm to a neighbour."""

import json
import secrets
from dataclasses import dataclass

import pytest

from support.platform.bundles import guest_archive, signed
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

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
    for guest in (guest for guest, _, _ in ENDS):
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
