"""The private Valkey of the embedded platform: an append-only file, a socket, no TCP port."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import redis.asyncio
from redis.exceptions import RedisError

from annex_standalone.servers.binaries import valkey_server as valkey_program
from annex_standalone.servers.directory import (
    ServerDirectory,
    claimed_directory,
    private_socket_directory,
)
from annex_standalone.servers.launch import Launcher, find_launcher
from annex_standalone.servers.process import ServerProgram, StopPlan, running

NAME = "Valkey"
SOCKET_NAME = "valkey.sock"
READY_SECONDS = 60
CONNECT_SECONDS = 5
STOP_PLAN = StopPlan(((signal.SIGTERM, 15),))


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """A running server; ``url`` is for any Redis client that speaks over Unix sockets."""

    url: str
    pid: int
    ended: Callable[[], Awaitable[int]]


@asynccontextmanager
async def valkey_server(home: Path, *, launcher: Launcher | None = None) -> AsyncIterator[ValkeyServer]:
    """Run Valkey over ``<home>/valkey`` for the length of the block."""
    executable, launcher = valkey_program(), launcher or await find_launcher()
    async with claimed_directory((home / "valkey").absolute(), NAME) as directory:
        launcher.own(directory.path)
        with private_socket_directory(directory.path, SOCKET_NAME) as socket_directory:
            launcher.own(socket_directory)
            socket = socket_directory / SOCKET_NAME
            url = f"unix://{quote(str(socket), safe='/')}?db=0"
            async with running(_program(executable, directory, socket), launcher) as process:
                await process.ready(partial(answers, url), limit_seconds=READY_SECONDS)
                yield ValkeyServer(url, process.pid, process.ended)


async def answers(url: str) -> bool:
    """Tell whether Valkey answers PING, which it refuses while it loads its file."""
    client = redis.asyncio.from_url(url, socket_timeout=CONNECT_SECONDS)
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()


def _program(executable: Path, directory: ServerDirectory, socket: Path) -> ServerProgram:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory.path),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
    }
    return ServerProgram(
        name=NAME,
        argv=[executable, *(word for name, value in options.items() for word in (f"--{name}", value))],
        log=directory.path / "valkey.log",
        directory=directory.path,
        lock_descriptor=directory.lock_descriptor,
        stop_plan=STOP_PLAN,
    )
