"""Run the program with a pseudo terminal as every stream."""

import asyncio
import os
import pty
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


async def on_a_terminal(
    folder: Path, environment: Mapping[str, str], arguments: Sequence[str], typed: bytes = b""
) -> str:
    """Run to the end, and return what the terminal showed."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", *arguments),
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, typed)
    shown = await asyncio.to_thread(_read_all, ours)
    await process.wait()
    return shown


def _read_all(descriptor: int) -> str:
    parts = []
    try:
        while part := os.read(descriptor, 4096):
            parts.append(part)
    except OSError:
        # Linux answers EIO once the other end of a pseudo terminal is closed.
        pass
    os.close(descriptor)
    return b"".join(parts).decode()
