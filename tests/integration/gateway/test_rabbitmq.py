"""The gateway on a real broker."""

import asyncio

from annex_shared.contracts.events import InstallChange
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from integration.gateway.conftest import World
from integration.gateway.test_projections import NOTES, announced


async def test_an_announcement_over_the_broker_reaches_the_gateway(world: World, rabbitmq_url: str) -> None:
    record = world.installed()
    async with rabbitmq_bus(rabbitmq_url, app_id="registry") as bus, world.gateway(bus_url=rabbitmq_url):
        await world.until(NOTES, 200)
        disabled = world.registry.change(record, is_enabled=False)
        async with asyncio.timeout(15):
            # The follower may still be attaching; announcing again is what a relay does too.
            while (await world.get(NOTES)).status != 403:
                await bus.publish(announced(world, disabled, InstallChange.DISABLED))
                await asyncio.sleep(0.1)

        assert (await world.get(NOTES)).code == "INSTALL_DISABLED"
