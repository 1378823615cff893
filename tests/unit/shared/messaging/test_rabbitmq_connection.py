"""One exception for all the ways in which the client library reports a broken conversation."""

import asyncio

import pytest
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError

from annex_shared.messaging.rabbitmq_connection import BrokerLost, broker_faults


@pytest.mark.parametrize(
    "fault",
    [
        AMQPConnectionError(),
        ChannelInvalidStateError(),
        Exception(),
        TimeoutError(),
        asyncio.CancelledError(),
    ],
)
async def test_whatever_ends_a_conversation_means_the_broker_was_lost(fault: BaseException) -> None:
    with pytest.raises(BrokerLost) as lost, broker_faults():
        raise fault

    assert lost.value.__cause__ is fault


async def test_our_own_cancellation_stays_a_cancellation() -> None:
    async def wait() -> None:
        with broker_faults():
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
