"""Platform events on their way to extensions: into the queue of deliveries before they are acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable

from annex_runner_proxy.actions.subscriptions import SubscriptionPorts, deliver_event
from annex_runner_proxy.domain.errors import DatabaseUnavailable
from annex_shared.contracts.events import CloudEvent
from annex_shared.messaging.port import Handler

# Within the time a handler has: an outage of some seconds must not use up the attempts of a delivery.
_ATTEMPTS = 12
_WAIT_SECONDS = 2.0


def on_deliverable(
    ports: SubscriptionPorts, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Handler:
    async def handle(event: CloudEvent) -> None:
        for _ in range(_ATTEMPTS - 1):
            try:
                await deliver_event(event, ports=ports)
            except DatabaseUnavailable:
                await sleep(_WAIT_SECONDS)
            else:
                return
        await deliver_event(event, ports=ports)

    return handle
