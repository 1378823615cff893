"""The private PostgreSQL of the embedded platform: a socket only its owner can reach, no TCP port."""

import asyncio
import shutil
import signal
from asyncio.subprocess import DEVNULL, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import asyncpg

from annex_standalone.servers.binaries import POSTGRES_MAJOR, postgres_bin
from annex_standalone.servers.directory import (
    ServerDirectory,
    claimed_directory,
    private_socket_directory,
)
from annex_standalone.servers.errors import (
    DataDirectoryForeign,
    DataDirectoryOfAnotherVersion,
    ServerDidNotStart,
)
from annex_standalone.servers.launch import Launcher, find_launcher
from annex_standalone.servers.process import (
    ENVIRONMENT,
    ServerProgram,
    StopPlan,
    log_tail,
    rotate_log,
    running,
)

NAME = "PostgreSQL"
SUPERUSER = "annex"
DATABASE = "postgres"
# Part of the socket's file name and nothing more: there is no listener.
SOCKET_NUMBER = 5432
INITDB_SECONDS = 120
# Recovery after a crash can take a while on a slow disk.
READY_SECONDS = 90
CONNECT_SECONDS = 5
STOP_PLAN = StopPlan(((signal.SIGINT, 20), (signal.SIGQUIT, 5)))
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    # Statements and key values stay out of the log: they are the tenants' data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; every role may log in, because only the owner's processes reach the socket."""

    url: str
    pid: int
    socket_directory: Path
    ended: Callable[[], Awaitable[int]]

    def url_for(self, role: str) -> str:
        """Return the address under which a service logs in as its own role."""
        return _url(role, self.socket_directory)


@asynccontextmanager
async def postgres_server(home: Path, *, launcher: Launcher | None = None) -> AsyncIterator[PostgresServer]:
    """Run PostgreSQL over ``<home>/postgres`` for the length of the block; create it the first time."""
    program_directory, launcher = postgres_bin(), launcher or await find_launcher()
    async with claimed_directory((home / "postgres").absolute(), NAME) as directory:
        launcher.own(directory.path)
        refuse_unknown_data(directory.path / "data")
        await _initialise(program_directory, directory.path, launcher)
        with private_socket_directory(directory.path, f".s.PGSQL.{SOCKET_NUMBER}") as socket_directory:
            launcher.own(socket_directory)
            program = _program(program_directory, directory, socket_directory)
            url = _url(SUPERUSER, socket_directory)
            async with running(program, launcher) as process:
                await process.ready(partial(accepts, url), limit_seconds=READY_SECONDS)
                yield PostgresServer(url, process.pid, socket_directory, process.ended)


def refuse_unknown_data(data: Path) -> None:
    """Refuse a data directory that this version did not write."""
    if not data.exists():
        return
    version_file = data / "PG_VERSION"
    if not version_file.is_file():
        raise DataDirectoryForeign(NAME, data)
    found = version_file.read_text(encoding="ascii", errors="replace").strip()
    if found != POSTGRES_MAJOR:
        raise DataDirectoryOfAnotherVersion(data, found=found, supported=POSTGRES_MAJOR)


async def accepts(url: str) -> bool:
    """Tell whether a session can be opened."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, asyncpg.exceptions.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


async def _initialise(program_directory: Path, directory: Path, launcher: Launcher) -> None:
    """Create the cluster beside its place and move it there whole, so that half of one is never opened."""
    data, fresh, log = directory / "data", directory / "data.new", directory / "postgres.log"
    if data.exists():
        return
    shutil.rmtree(fresh, ignore_errors=True)
    offset = rotate_log(log)
    code = await _initdb(program_directory, fresh, launcher, log)
    if code != 0:
        reason = f"initdb ended with code {code}"
        raise ServerDidNotStart(NAME, reason, log_tail=log_tail(log, offset))
    fresh.rename(data)


async def _initdb(program_directory: Path, data: Path, launcher: Launcher, log: Path) -> int:
    options = ("-U", SUPERUSER, "--auth-local=trust", "--auth-host=reject", "-E", "UTF8", "--locale=C.UTF-8")
    argv: list[str | Path] = [program_directory / "initdb", "-D", data, *options, "--no-instructions"]
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *launcher.command(argv, on_parent_death=signal.SIGKILL),
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            cwd=data.parent,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(INITDB_SECONDS):
            return await process.wait()
    except TimeoutError:
        return -signal.SIGKILL
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _program(program_directory: Path, directory: ServerDirectory, socket_directory: Path) -> ServerProgram:
    settings = {**SETTINGS, "unix_socket_directories": f'"{socket_directory}"', "port": str(SOCKET_NUMBER)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return ServerProgram(
        name=NAME,
        argv=[program_directory / "postgres", "-D", directory.path / "data", *options],
        log=directory.path / "postgres.log",
        directory=directory.path,
        lock_descriptor=directory.lock_descriptor,
        stop_plan=STOP_PLAN,
    )


def _url(role: str, socket_directory: Path) -> str:
    place = quote(str(socket_directory), safe="/")
    return f"postgresql://{role}@/{DATABASE}?host={place}&port={SOCKET_NUMBER}"
