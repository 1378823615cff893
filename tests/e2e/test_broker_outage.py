"""RabbitMQ is away while things happen: afterwards everybody has everything, once in effect and in order."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from annex_shared.contracts.events import CloudEvent
from annex_shared.contracts.installs import ChangeInstall, InstallView
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from e2e.test_events_on_real_servers import GRANTS, everything_is_heard, greeting, hears, pending_events
from e2e.test_subscriber import caught_up, whole_feed
from support.platform.bundles import guest_archive, signed
from support.platform.eventually import eventually
from support.platform.real import RealPlatform
from support.platform.subscriber import subscriber
from support.platform.tenants import Tenant

EVENT_SECONDS = 20
WORK_QUEUE = "outage.work"


@dataclass(slots=True)
class Worker:
    """Work done once per group: a repeat is older than the last and has no effect."""

    effects: dict[str, list[int]] = field(default_factory=lambda: {"registry": [], "installs": []})

    async def handle(self, event: CloudEvent) -> None:
        done = self.effects[event.feed]
        if not done or event.serial > done[-1]:
            done.append(event.serial)


@dataclass(slots=True)
class Busy:
    """What goes on while the broker is away, until somebody says that it is enough."""

    real: RealPlatform
    folder: Path
    tenant: Tenant
    install: InstallView
    versions: int = 0
    gone: list[tuple[Tenant, InstallView]] = field(default_factory=list)
    new: list[Tenant] = field(default_factory=list)

    async def until(self, seconds: float) -> None:
        slug = f"p{secrets.token_hex(4)}"
        key = await self.real.operator.new_publisher(slug)
        ends_at = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < ends_at:
            archive = guest_archive(
                self.folder, "ok", publisher=slug, name=slug, version=f"1.{self.versions}.0"
            )
            await self.real.operator.publish(signed(archive, key))
            self.versions += 1
            await self._change_installs()
            await asyncio.sleep(1)

    async def _change_installs(self) -> None:
        change = self.tenant.client.change_install
        await change(self.install.install_id, ChangeInstall(is_enabled=False))
        await change(
            self.install.install_id,
            ChangeInstall(is_enabled=True, config={"greeting": f"Ahoy {self.versions}"}),
        )
        newcomer = await self.real.operator.new_tenant()
        install = await newcomer.install("annex-demo/hello", grants=GRANTS)
        if self.versions % 2:
            await newcomer.client.request("DELETE", f"/api/v1/installs/{install.install_id}")
            self.gone.append((newcomer, install))
        else:
            self.new.append(newcomer)


async def page_status(real: RealPlatform, tenant: Tenant, install: InstallView) -> int:
    address = f"{real.platform.ui_host_url}/ext-ui/{real.hello.segment}/{install.content_hash}/index.html"
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{address}?tenant={tenant.tenant_id}") as got,
    ):
        return got.status


@pytest.mark.parametrize(
    "outage_seconds",
    [20, pytest.param(240, marks=[pytest.mark.long])],
)
@pytest.mark.timeout(600)
async def test_after_an_outage_every_consumer_has_every_event_once_in_effect_and_in_order(
    unrepaired: RealPlatform, tmp_path: Path, outage_seconds: int
) -> None:
    real, worker = unrepaired, Worker()
    tenant = await real.operator.new_tenant()
    install = await tenant.install("annex-demo/hello", grants=GRANTS, config={"greeting": "Hello"})
    leaver = await real.operator.new_tenant()
    left = await leaver.install("annex-demo/hello", grants=GRANTS)
    assert await hears(real, tenant, "Hello, Ada!")
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(rabbitmq_bus(real.bus_link.url, app_id="worker"))
        work = await bus.work(
            queue=WORK_QUEUE, bindings=["version.published.#", "install.changed.#"], handler=worker.handle
        )
        await stack.enter_async_context(work)
        async with asyncio.timeout(EVENT_SECONDS):
            await work.attached()
        started_at = {feed: serials[-1] for feed, serials in (await everything_is_heard(real)).items()}
        (tmp_path / "subscriber").mkdir()
        follower = await stack.enter_async_context(
            subscriber(
                tmp_path / "subscriber",
                gateway_url=real.platform.gateway_url,
                api_key=real.platform.admin.api_key,
                feed="registry",
                amqp_url=real.bus_link.url,
            )
        )
        await real.bus_link.cut()
        busy = Busy(real, tmp_path, tenant, install)
        await busy.until(outage_seconds)
        await leaver.client.request("DELETE", f"/api/v1/installs/{left.install_id}")
        waiting = await pending_events(real)
        await real.bus_link.mend()

        heard = await everything_is_heard(real)
        effects = await caught_up(follower, real.operator.client, "registry")

        async def work_is_done() -> bool:
            return all(worker.effects[feed][-1:] == serials[-1:] for feed, serials in heard.items())

        assert await eventually(work_is_done, seconds=EVENT_SECONDS)

    # The outbox kept what nobody could be told, and is empty now.
    assert waiting == 4 * busy.versions + len(busy.gone) + 1
    assert await pending_events(real) == 0
    # A stranger, work done once per group, and the example: every event, once, in order.
    assert heard == {feed: list(range(1, serials[-1] + 1)) for feed, serials in heard.items()}
    assert worker.effects == {
        feed: list(range(started_at[feed] + 1, serials[-1] + 1)) for feed, serials in heard.items()
    }
    assert effects == await whole_feed(real.operator.client, "registry")
    # Gateway, runner-proxy and ui-host, which look by themselves only once an hour here.
    assert await hears(real, tenant, f"Ahoy {busy.versions}, Ada!")
    assert await hears(real, busy.new[-1], "Hello, Ada!")
    for gone, removed in [*busy.gone[-1:], (leaver, left)]:
        assert await greeting(real, gone) == "EXTENSION_NOT_INSTALLED"
        assert await page_status(real, gone, removed) == 404
    assert await page_status(real, tenant, install) == 200
