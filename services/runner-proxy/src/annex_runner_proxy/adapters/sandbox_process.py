"""Start a sandbox program with nothing of ours: no environment, only the named descriptors, own session."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

_TAIL_BYTES: Final = 2000
_READ_BYTES: Final = 4096


class SandboxProcess:
    """A child that is always reaped; ``stderr_tail`` is the end of what it said, for operators only."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._tail = b""
        self._draining = asyncio.create_task(self._drain(), name=f"stderr of {process.pid}")

    @classmethod
    async def start(
        cls,
        module: str,
        *,
        descriptors: Sequence[int],
        arguments: Sequence[str] = (),
        with_output: bool = False,
    ) -> "SandboxProcess":
        """Run ``python -I -m <module> <descriptor>… <our pid> <argument>…``."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            module,
            *(str(descriptor) for descriptor in descriptors),
            str(os.getpid()),
            *arguments,
            stdin=DEVNULL,
            stdout=PIPE if with_output else DEVNULL,
            stderr=PIPE,
            env={},
            cwd="/",
            pass_fds=tuple(descriptors),
            close_fds=True,
            start_new_session=True,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    @property
    def stderr_tail(self) -> str:
        return self._tail.decode("utf-8", "replace")

    async def output(self) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - only asked of processes started with_output
        return await self._process.stdout.read()

    def kill(self) -> None:
        """Kill it by its id: the process object's own way would first reap a child that has just ended.

        Whoever waits for its end would then be told 255 in place of what ended it.
        """
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for its end and reap it; a negative code is the signal that ended it."""
        code = await self._process.wait()
        await asyncio.wait({self._draining})
        return code

    async def _drain(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it is always a pipe
        while chunk := await self._process.stderr.read(_READ_BYTES):
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]
