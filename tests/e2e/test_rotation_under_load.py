"""A rotated secret and a changed setting count from the next call on, also while calls run all the time."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annex_shared.contracts.installs import ChangeInstall
from support.platform.bundles import guest_archive, signed
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

CALLERS, ROTATIONS = 4, 12


@dataclass(slots=True)
class Heard:
    """The numbers each caller was answered with, in order, and every answer that was none."""

    numbers: list[list[int]] = field(default_factory=lambda: [[] for _ in range(CALLERS)])
    refusals: list[str] = field(default_factory=list)


@asynccontextmanager
async def asked_all_the_time(tenant: Tenant, segment: str) -> AsyncIterator[Heard]:
    heard = Heard()

    async def ask(caller: int) -> None:
        while True:
            answer = await tenant.call("GET", segment, "/run")
            if answer.status == 200:
                heard.numbers[caller].append(int(answer.body))
            else:
                heard.refusals.append(f"{answer.status} {answer.body.decode()}")

    async with asyncio.TaskGroup() as group:
        callers = [group.create_task(ask(caller)) for caller in range(CALLERS)]
        yield heard
        for caller in callers:
            caller.cancel()


async def _count_from_the_next_call(
    tenant: Tenant, segment: str, change: Callable[[int], Awaitable[None]]
) -> None:
    await change(0)
    await tenant.warm_call("GET", segment, "/run")
    seen = []

    async with asked_all_the_time(tenant, segment) as heard:
        for number in range(1, ROTATIONS + 1):
            await change(number)
            seen.append((number, int((await tenant.call("GET", segment, "/run")).body)))

    assert [next_call for _, next_call in seen] == [changed for changed, _ in seen]
    assert heard.refusals == []
    assert all(numbers == sorted(numbers) and numbers for numbers in heard.numbers)


async def test_a_rotated_secret_counts_from_the_next_call_on(real: RealPlatform, tmp_path: Path) -> None:
    slug = f"p{secrets.token_hex(4)}"
    reader = signed(
        guest_archive(tmp_path, "reads_secret", publisher=slug, capabilities=["cap:secrets.get"]),
        await real.operator.new_publisher(slug),
    )
    await real.operator.publish(reader)
    tenant = await real.operator.new_tenant()
    install = await tenant.install(reader.bundle.extension, grants=["cap:secrets.get"])

    async def rotate(number: int) -> None:
        await tenant.client.request(
            "PUT",
            f"/api/v1/installs/{install.install_id}/secrets/api_key",
            body=json.dumps({"value": str(number)}).encode(),
            headers={"content-type": "application/json"},
        )

    await _count_from_the_next_call(tenant, reader.segment, rotate)


async def test_a_changed_setting_counts_from_the_next_call_on(real: RealPlatform, tmp_path: Path) -> None:
    slug = f"p{secrets.token_hex(4)}"
    reader = signed(
        guest_archive(tmp_path, "reads_config", publisher=slug), await real.operator.new_publisher(slug)
    )
    await real.operator.publish(reader)
    tenant = await real.operator.new_tenant()
    install = await tenant.install(reader.bundle.extension)

    async def set_greeting(number: int) -> None:
        await tenant.client.change_install(
            install.install_id, ChangeInstall(config={"greeting": str(number)})
        )

    await _count_from_the_next_call(tenant, reader.segment, set_greeting)
