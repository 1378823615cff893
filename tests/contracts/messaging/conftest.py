"""The two buses behind one fixture."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import structlog
from structlog.testing import LogCapture

from annex_shared.messaging.delivery import DeliveryPolicy
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.messaging.port import Bus
from annex_shared.messaging.rabbitmq import rabbitmq_bus

QUICK = DeliveryPolicy(first_retry_delay_seconds=0.01, max_retry_delay_seconds=0.1)
PUBLISH_TIMEOUT_SECONDS = 30

OpenBus = Callable[[DeliveryPolicy], AbstractAsyncContextManager[Bus]]


@pytest.fixture(params=["in_process", "rabbitmq"])
def open_bus(request: pytest.FixtureRequest) -> OpenBus:
    """Open further buses of the kind under test; those of one test share a broker if there is one."""
    url: str | None = request.getfixturevalue("rabbitmq_url") if request.param == "rabbitmq" else None

    @asynccontextmanager
    async def opened(policy: DeliveryPolicy) -> AsyncIterator[Bus]:
        if url is None:
            async with in_process_bus(publish_timeout_seconds=PUBLISH_TIMEOUT_SECONDS, policy=policy) as bus:
                yield bus
        else:
            async with rabbitmq_bus(
                url, app_id="tests", publish_timeout_seconds=PUBLISH_TIMEOUT_SECONDS, policy=policy
            ) as bus:
                yield bus

    return opened


@pytest.fixture
async def bus(open_bus: OpenBus) -> AsyncIterator[Bus]:
    async with open_bus(QUICK) as bus:
        yield bus


@pytest.fixture
def logged() -> Iterator[LogCapture]:
    """Collect the log events of the test."""
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture
    structlog.configure(**before)
