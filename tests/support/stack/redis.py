"""A private Redis with enough numbered databases for every test to have its own."""

import asyncio
import signal
from functools import partial

from support.stack.install import REQUIREMENTS, advice
from support.stack.ports import Ports
from support.stack.processes import Workplace, end
from support.stack.server import Server

READY_SECONDS = 30
DATABASES = 4096
OPTIONS = (
    *("--bind", "127.0.0.1", "--daemonize", "no", "--databases", str(DATABASES)),
    *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
)


class RedisMissing(Exception):
    pass


async def start(place: Workplace, ports: Ports) -> Server:
    """Start Redis on one loopback port with its files in the place's directory."""
    for requirement in REQUIREMENTS:
        if requirement.server == "Redis" and requirement.missing_packages():
            raise RedisMissing(advice(requirement.missing_packages()))
    port = ports.take()
    process = await place.spawn(
        "redis-server",
        "--port",
        str(port),
        "--dir",
        place.directory,
        *OPTIONS,
        on_parent_death=signal.SIGTERM,
    )
    await place.ready(process, partial(pongs, port), READY_SECONDS)

    async def stop() -> None:
        await end(process, signal.SIGTERM)

    return Server("redis", {"ANNEX_TEST_REDIS_URL": f"redis://127.0.0.1:{port}"}, (process.pid,), stop)


async def pongs(port: int) -> bool:
    """Tell whether Redis answers PING."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        async with asyncio.timeout(5):
            return await reader.readline() == b"+PONG\r\n"
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
