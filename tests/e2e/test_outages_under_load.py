"""Each server behind the platform goes and comes back while extensions are called."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from contracts.messaging.link import Link, link_to
from e2e.conftest import SOON_SECONDS, Backings
from support.platform.bundles import HELLO, signed
from support.platform.eventually import eventually
from support.platform.running import Platform, running_platform
from support.platform.tenants import Operator, Tenant, operator_of

AWAY_SECONDS = 3.0
RECOVERY_SECONDS = 40.0
CALLERS = 4
GRANTS = ("cap:config.read", "cap:context.read", "cap:log.emit")
SEGMENT = "annex-demo.hello"
# What a caller may see while a server is away (docs/operations/outages.md); 200 is "answered as always".
SEEN = {
    "redis": {"200"},
    "rabbitmq": {"200"},
    "registry": {"200"},
    "postgresql": {
        "200",
        "EXECUTION_LOG_UNAVAILABLE",
        "EXECUTION_NOT_RECORDED",
        "AUTHENTICATION_UNAVAILABLE",
    },
}


@dataclass
class Load:
    """Callers that go on whatever they are answered, and count it by code."""

    tenant: Tenant
    answers: Counter[str] = field(default_factory=Counter)
    executions: set[str] = field(default_factory=set)
    is_over: bool = False

    async def call(self) -> str:
        answer = await self.tenant.call("GET", SEGMENT, "/hello")
        code = "200" if answer.status == 200 else str(json.loads(answer.body)["code"])
        self.answers[code] += 1
        if code == "200":
            self.executions.add(answer.headers["x-annex-execution-id"])
        return code

    async def go_on(self) -> None:
        while not self.is_over:
            await self.call()
            await asyncio.sleep(0.02)

    async def recorded(self) -> set[str]:
        """Read the ids of the tenant's executions, page by page."""
        found, cursor = set[str](), ""
        while True:
            page = await self.tenant.client.send("GET", f"/api/v1/executions?limit=100{cursor}")
            document = json.loads(page.body)
            found |= {row["execution_id"] for row in document["items"]}
            if document["next_cursor"] is None:
                return found
            cursor = f"&cursor={document['next_cursor']}"

    def take(self) -> Counter[str]:
        """Return what was counted since the last time."""
        taken, self.answers = self.answers, Counter()
        return taken


@dataclass(frozen=True)
class Outages:
    """A platform, and the ways its servers can be taken from it."""

    platform: Platform
    operator: Operator
    links: dict[str, Link]

    @asynccontextmanager
    async def without(self, server: str) -> AsyncIterator[None]:
        if server == "registry":
            async with self.platform.without(server):
                yield
            return
        await self.links[server].cut()
        try:
            yield
        finally:
            await self.links[server].mend()


@pytest.fixture(scope="module")
async def outages(backings: Backings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outages]:
    directory = tmp_path_factory.mktemp("outages")
    async with AsyncExitStack() as stack:
        backing = await stack.enter_async_context(backings.one())
        links = {
            "postgresql": await stack.enter_async_context(link_to(backing.database_url)),
            "redis": await stack.enter_async_context(link_to(backing.redis_url)),
            "rabbitmq": await stack.enter_async_context(link_to(backing.bus_url)),
        }
        linked = replace(
            backing,
            database_url=links["postgresql"].url,
            redis_url=links["redis"].url,
            bus_url=links["rabbitmq"].url,
        )
        platform = await stack.enter_async_context(
            running_platform(directory, linked, repair_seconds=SOON_SECONDS)
        )
        operator = await stack.enter_async_context(operator_of(platform, directory))
        await operator.publish(signed(HELLO, await operator.new_publisher("annex-demo")))
        yield Outages(platform, operator, links)


@pytest.mark.parametrize("server", SEEN)
async def test_calls_meet_what_is_documented_and_go_on_afterwards(outages: Outages, server: str) -> None:
    tenant = await outages.operator.new_tenant()
    await tenant.install("annex-demo/hello", grants=GRANTS)
    await tenant.warm_call("GET", SEGMENT, "/hello")
    load = Load(tenant)
    async with asyncio.TaskGroup() as callers:
        for _ in range(CALLERS):
            callers.create_task(load.go_on())
        await asyncio.sleep(0.5)
        before = load.take()
        async with outages.without(server):
            await asyncio.sleep(AWAY_SECONDS)
            during = load.take()

        async def answered_again() -> bool:
            return await load.call() == "200"

        await eventually(answered_again, seconds=RECOVERY_SECONDS)
        load.take()
        await asyncio.sleep(0.5)
        after = load.take()
        load.is_over = True

    assert set(before) == {"200"}
    # Without PostgreSQL a call that had run waits for its record, as long as the outage lasts here.
    assert during.total() > 0 or server == "postgresql"
    assert set(during) <= SEEN[server], during
    assert set(after) == {"200"}, after
    assert load.executions <= await load.recorded()
