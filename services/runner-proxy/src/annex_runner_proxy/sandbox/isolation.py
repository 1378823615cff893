"""A sandbox process gives up what it does not need, then tries to use it and reports what it could not."""

import ctypes
import errno
import os
import resource
import signal
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from annex_runner_proxy.sandbox.landlock import LandlockUnavailable, restrict_files
from annex_runner_proxy.sandbox.seccomp import SeccompUnavailable, install_filter

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET = 0x40000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CAPABILITY_VERSION_3 = 0x20080522


class IsolationLevel(StrEnum):
    """How far a process is confined, weakest first; each level includes the ones before it."""

    NONE = "none"
    NO_NETWORK = "no-network"
    NO_FILES = "no-files"


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the process found it can no longer do; ``level`` sums it up."""

    refuses_sockets: bool
    refuses_processes: bool
    refuses_files: bool
    has_own_network: bool
    landlock_abi: int

    @property
    def level(self) -> IsolationLevel:
        if not (self.refuses_sockets and self.refuses_processes):
            return IsolationLevel.NONE
        return IsolationLevel.NO_FILES if self.refuses_files else IsolationLevel.NO_NETWORK

    def to_message(self) -> dict[str, object]:
        return {
            "level": str(self.level),
            "refuses_sockets": self.refuses_sockets,
            "refuses_processes": self.refuses_processes,
            "refuses_files": self.refuses_files,
            "has_own_network": self.has_own_network,
            "landlock_abi": self.landlock_abi,
        }


def leave_the_parents_world(parent: int) -> None:
    """Empty the environment, die with the parent, ignore the terminal. First thing a sandbox process does."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.clearenv()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have died before the line above; then nobody would ever tell us.
    if os.getppid() != parent:
        os._exit(0)


def cap_resources(*, data_bytes: int, open_files: int, cpu_seconds: int | None = None) -> None:
    """Bound private memory (not address space: Wasm reserves much and uses little), files and core dumps."""
    for limit, value in (
        (resource.RLIMIT_DATA, data_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, cpu_seconds),
    ):
        if value is not None:
            _, ceiling = resource.getrlimit(limit)
            bounded = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
            resource.setrlimit(limit, (bounded, bounded))


def confine(*, readable: Sequence[Path]) -> Isolation:
    """Lock this process down as far as the machine lets us, and report what was verified, not what was asked.

    Every module and library the process will need must be loaded before; threads started later inherit it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    has_own_network = _leave_the_network(libc)
    _drop_capabilities(libc)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    landlock_abi = 0
    with suppress(LandlockUnavailable):
        landlock_abi = restrict_files(readable)
    with suppress(SeccompUnavailable):
        install_filter()
    return Isolation(
        refuses_sockets=_refuses_sockets(),
        refuses_processes=_refuses_processes(libc),
        refuses_files=_refuses_files(),
        has_own_network=has_own_network,
        landlock_abi=landlock_abi,
    )


def _leave_the_network(libc: ctypes.CDLL) -> bool:
    """Move to an empty network: with privilege directly, otherwise through a user namespace if allowed."""
    apart = _CLONE_NEWNET | _CLONE_NEWIPC
    return bool(libc.unshare(apart) == 0 or libc.unshare(_CLONE_NEWUSER | apart) == 0)


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    libc.capset(header, bytes(24))


def _refuses_sockets() -> bool:
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
        except OSError:
            continue
        return False
    return True


def _refuses_processes(libc: ctypes.CDLL) -> bool:
    try:
        child = os.fork()
    except OSError:
        pass
    else:
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return False
    # An execve that is let through fails with ENOENT or ENOTDIR; one that is filtered with EPERM.
    return bool(libc.execve(b"/nonexistent/annex", None, None) != 0 and ctypes.get_errno() == errno.EPERM)


def _refuses_files() -> bool:
    for path in ("/etc/passwd", "/proc/self/environ", "/proc/1/environ"):
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            continue
        return False
    return True
