"""One connection to RabbitMQ, opened in the background and again whenever it is lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from aio_pika import Connection
from aio_pika.abc import AbstractChannel, AbstractConnection
from yarl import URL

from annex_shared.messaging.delivery import cancelled_from_outside

log: structlog.stdlib.BoundLogger = structlog.get_logger()

# A silent peer is given up after about three of these.
_HEARTBEAT_SECONDS = 10
_CONNECT_TIMEOUT_SECONDS = 10.0
_CHANNEL_TIMEOUT_SECONDS = 10.0
_CLOSE_TIMEOUT_SECONDS = 5.0
_FIRST_DELAY_SECONDS = 0.2
_MAX_DELAY_SECONDS = 5.0


class BrokerLost(Exception):
    """A conversation with the broker failed; its channel is spent, a new one may succeed."""


@contextmanager
def broker_faults() -> Iterator[None]:
    """Turn every way in which the client library reports a failure into BrokerLost.

    It rejects what waits on a closed channel with whatever closed the channel: AMQP errors, a bare
    Exception, and also CancelledError, which must not pass for the cancellation of our own task.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        if cancelled_from_outside():
            raise
        raise BrokerLost("The channel was closed.") from error
    except BrokerLost:
        raise
    except Exception as error:
        raise BrokerLost(f"{type(error).__name__}: {error}") from error


class BrokerConnection:
    """Keeps at most one connection; channels are opened by whoever needs one and not kept alive here."""

    def __init__(self, url: str, *, name: str) -> None:
        self._url = URL(url)
        if "heartbeat" not in self._url.query:
            self._url = self._url.update_query(heartbeat=_HEARTBEAT_SECONDS)
        self._name = name
        self._connection: AbstractConnection | None = None
        self._connected = asyncio.Event()
        self._task = asyncio.create_task(self._keep_connected(), name="rabbitmq connection")

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def open_channel(self, *, confirms: bool) -> AbstractChannel:
        """Wait for the connection, without a limit of its own, and open a channel on it."""
        await self._connected.wait()
        connection = self._connection
        if connection is None:
            raise BrokerLost("The connection was lost again.")
        with broker_faults():
            async with asyncio.timeout(_CHANNEL_TIMEOUT_SECONDS):
                channel = connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
                await channel.initialize()
                return channel

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            connection = Connection(self._url, client_properties={"connection_name": self._name})
            lost = asyncio.Event()
            connection.close_callbacks.add(lambda *_, lost=lost: lost.set())
            try:
                with broker_faults():
                    await self._connect(connection)
                failures = 0
                await lost.wait()
                log.warning("broker_connection_lost", host=self._url.host)
            except BrokerLost as error:
                failures += 1
                log.warning("broker_unreachable", host=self._url.host, reason=str(error), failures=failures)
            finally:
                self._connected.clear()
                self._connection = None
                await close_quietly(connection)
            await asyncio.sleep(min(_FIRST_DELAY_SECONDS * 2 ** min(failures, 16), _MAX_DELAY_SECONDS))

    async def _connect(self, connection: Connection) -> None:
        async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
            await connection.connect(timeout=_CONNECT_TIMEOUT_SECONDS)
        self._connection = connection
        self._connected.set()
        log.info("broker_connected", host=self._url.host, vhost=self._url.path)


async def close_quietly(closable: AbstractChannel | AbstractConnection) -> None:
    """Close what may be broken already; its end is certain either way, so nothing is reported."""
    with suppress(BrokerLost), broker_faults():
        async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
            await closable.close()
