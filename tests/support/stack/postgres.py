"""A private PostgreSQL from the distribution, or from the wheel when the distribution has none."""

import signal
from functools import partial
from pathlib import Path

import asyncpg

from annex_standalone.servers.launch import find_launcher
from support.stack import install
from support.stack.ports import Ports
from support.stack.processes import Workplace, end
from support.stack.server import Server

READY_SECONDS = 60
SUPERUSER = "annex"
# The data is thrown away after the run, so nothing waits for the disk. Any password is accepted: tests
# log in as roles they created, and only loopback can connect.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10min",
    "log_min_messages": "warning",
}


class PostgresMissing(Exception):
    pass


def binaries() -> Path:
    """Prefer the distribution's PostgreSQL; the wheel is the fallback."""
    found = install.debian_postgres_bin() or install.wheel_postgres_bin()
    if found is None:
        raise PostgresMissing(install.advice(["postgresql"]))
    return found


async def start(place: Workplace, ports: Ports) -> Server:
    """Create a cluster and start it without a socket, on one loopback port."""
    bin_directory, data, port = binaries(), place.directory / "data", ports.take()
    place.launcher = await find_launcher()
    place.launcher.own(place.directory)
    await place.run(
        bin_directory / "initdb",
        *("-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        "--no-instructions",
    )
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    process = await place.spawn(
        bin_directory / "postgres", "-D", data, "-p", str(port), *options, on_parent_death=signal.SIGQUIT
    )
    url = f"postgresql://{SUPERUSER}@127.0.0.1:{port}/postgres"
    await place.ready(process, partial(accepts, url), READY_SECONDS)

    async def stop() -> None:
        # An immediate shutdown: nobody will open this data again.
        await end(process, signal.SIGQUIT)

    return Server("postgres", {"ANNEX_TEST_DATABASE_URL": url}, (process.pid,), stop)


async def accepts(url: str) -> bool:
    """Tell whether a session can be opened."""
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.exceptions.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True
