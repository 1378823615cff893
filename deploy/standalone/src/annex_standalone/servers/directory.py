"""The directory of one private server: ours alone, and free only when the server has really ended."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from annex_standalone.servers.errors import (
    DataDirectoryForeign,
    DataDirectoryInUse,
    DataDirectoryNotWritable,
    SocketPathTooLong,
)

# A server whose parent was killed shuts down by itself; the next start waits that long for it.
LEAVE_SECONDS = 30
POLL_SECONDS = 0.05
# sun_path holds 108 bytes with the terminating zero.
SOCKET_PATH_BYTES = 107
OWNER_LOCK, SERVER_LOCK = "owner.lock", "server.lock"


@dataclass(frozen=True, slots=True)
class ServerDirectory:
    """A claimed directory; the server inherits ``lock_descriptor`` and so holds its own lock."""

    path: Path
    lock_descriptor: int


@contextmanager
def private_socket_directory(directory: Path, socket_name: str) -> Iterator[Path]:
    """Make an empty directory that only its owner may enter, on a path short enough for a socket.

    It stands in the server's directory; below a deep one it stands among the temporary files instead.
    """
    place = directory / "socket"
    if len(os.fsencode(place / socket_name)) <= SOCKET_PATH_BYTES:
        # What a killed server left is not in use: its lock is ours now.
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="annex-", ignore_cleanup_errors=True) as temporary:
        socket = Path(temporary) / socket_name
        if len(os.fsencode(socket)) > SOCKET_PATH_BYTES:
            raise SocketPathTooLong(socket, limit_bytes=SOCKET_PATH_BYTES)
        yield Path(temporary)


@asynccontextmanager
async def claimed_directory(path: Path, server: str) -> AsyncIterator[ServerDirectory]:
    """Make or adopt the directory and hold it for the length of the block."""
    with _writable(path, server), contextlib.ExitStack() as stack:
        _adopt(path, server)
        owner = stack.enter_context(_opened(path / OWNER_LOCK))
        if not _locked(owner):
            raise DataDirectoryInUse(server, path)
        descriptor = stack.enter_context(_opened(path / SERVER_LOCK))
        await _until_left(descriptor, path, server)
        kept = stack.pop_all()
    with kept:
        yield ServerDirectory(path, descriptor)


def _adopt(path: Path, server: str) -> None:
    if path.is_dir() and any(path.iterdir()) and not (path / SERVER_LOCK).is_file():
        raise DataDirectoryForeign(server, path)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


async def _until_left(descriptor: int, path: Path, server: str) -> None:
    for _ in range(int(LEAVE_SECONDS / POLL_SECONDS)):
        if _locked(descriptor):
            return
        await asyncio.sleep(POLL_SECONDS)
    raise DataDirectoryInUse(server, path)


@contextmanager
def _writable(path: Path, server: str) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise DataDirectoryNotWritable(server, path) from None


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Take the lock; it goes with the last process that has the file open, however that ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
