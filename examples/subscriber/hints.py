"""RabbitMQ as a wake-up: a message says that there may be more to read, and nothing else is taken from it."""

import asyncio
import sys

import aio_pika


async def listen(url: str, woken: asyncio.Event) -> None:
    """Set ``woken`` for whatever comes; repeated, reordered or forged messages can do no more than that."""

    async def hint(_message: object) -> None:
        woken.set()

    while True:
        try:
            connection = await aio_pika.connect(url, timeout=10)
            async with connection, connection.channel() as channel:
                exchange = await channel.declare_exchange("annex.events", "topic", durable=True)
                queue = await channel.declare_queue(exclusive=True)
                await queue.bind(exchange, "#")
                await queue.consume(hint, no_ack=True)
                woken.set()  # something may have been said while nobody listened
                await connection.closed()
        except Exception as fault:  # noqa: BLE001 - a lost broker shows itself in many ways; the feed needs none
            print(f"RabbitMQ cannot be heard now, trying again: {fault}", file=sys.stderr)
        await asyncio.sleep(1)
